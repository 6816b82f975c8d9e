import { COVERAGE, Coverage, type CoverageKind } from './coverage.ts'
import type { SeedResult } from './seed-result.ts'

/** Adds up the results of many seeds. */
export class Summary {
  readonly coverage = new Coverage()
  readonly failed: SeedResult[] = []
  /** In how many seeds each kind was met. */
  readonly seedsWith = new Coverage()
  seeds = 0
  events = 0
  sends = 0
  records = 0
  simulatedMs = 0
  readonly #recoveriesMs: number[] = []

  add(result: SeedResult): void {
    this.seeds++
    this.events += result.eventCount
    this.sends += result.sends
    this.records += result.records
    this.simulatedMs += result.simulatedMs
    this.#recoveriesMs.push(result.recoveredAfterMs)
    this.coverage.add(result.coverage)
    for (const kind of result.coverage.keys()) this.seedsWith.count(kind)
    if (result.failures.length > 0) this.failed.push(result)
  }

  text(elapsedMs: number): string {
    const rate = (this.seeds / elapsedMs) * 1_000
    const recoveries = this.#recoveriesMs.toSorted((left, right) => left - right)
    const at = (part: number) => (recoveries[Math.floor((recoveries.length - 1) * part)] ?? 0).toFixed(0)
    return [
      ...coverageTable(this.coverage, this.seedsWith, this.seeds),
      '',
      `${this.seeds} seeds in ${(elapsedMs / 1_000).toFixed(1)} s: ${rate.toFixed(1)} seeds/s, ${thousands(this.events)} events, ${thousands(this.simulatedMs / 1_000)} s simulated, ${thousands(this.sends)} sends, ${thousands(this.records)} records`,
      `first acknowledgement after the last fault: half ${at(0.5)} ms, 99 % ${at(0.99)} ms, worst ${at(1)} ms`,
      this.failed.length === 0
        ? 'no failure'
        : `${this.failed.length} SEEDS FAILED: ${this.failed.map(({ seed }) => seed).join(' ')}`,
    ].join('\n')
  }
}

function coverageTable(coverage: Coverage, seedsWith: Coverage, seeds: number): string[] {
  const rows = (Object.keys(COVERAGE) as CoverageKind[]).map((kind) => {
    const meaning = COVERAGE[kind]
    const part = `${((seedsWith.of(kind) / Math.max(1, seeds)) * 100).toFixed(0)} %`
    return `${kind.padEnd(28)} ${thousands(coverage.of(kind)).padStart(12)} ${part.padStart(6)} of seeds  ${meaning}`.trimEnd()
  })
  const holes = coverage.holes()
  const hole = holes.length === 0 ? 'every kind was met' : `HOLES, never met: ${holes.join(', ')}`
  return [...rows, hole]
}

export function thousands(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',')
}
