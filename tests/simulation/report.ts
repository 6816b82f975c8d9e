import { COVERAGE, Coverage, type CoverageKind, REAL_LOG_ONLY } from './coverage.ts'
import type { SeedResult } from './seed-result.ts'
import { WAITS, type WriteWait } from './write-waits.ts'

/** Adds up the results of many seeds. */
export class Summary {
  readonly coverage = new Coverage()
  readonly failed: SeedResult[] = []
  /** In how many seeds each kind was met. */
  readonly seedsWith = new Coverage()
  /** Of the driver on the real log, and of the core on a modelled one. */
  readonly driven = { seeds: 0, coverage: new Coverage() }
  readonly modelled = { seeds: 0, coverage: new Coverage() }
  seeds = 0
  events = 0
  sends = 0
  records = 0
  simulatedMs = 0
  readonly #recoveriesMs: number[] = []
  readonly #waits: WriteWait[] = []

  add(result: SeedResult): void {
    this.seeds++
    this.events += result.eventCount
    this.sends += result.sends
    this.records += result.records
    this.simulatedMs += result.simulatedMs
    this.#recoveriesMs.push(result.recoveredAfterMs)
    this.#waits.push(...result.waits)
    this.coverage.add(result.coverage)
    const part = result.isModelled ? this.modelled : this.driven
    part.seeds++
    part.coverage.add(result.coverage)
    for (const kind of result.coverage.keys()) this.seedsWith.count(kind)
    if (result.failures.length > 0) this.failed.push(result)
  }

  /** Never met by either kind of seeds. */
  get holes(): CoverageKind[] {
    return this.coverage.holes()
  }

  text(elapsedMs: number): string {
    const rate = (this.seeds / elapsedMs) * 1_000
    const at = quantilesOf(this.#recoveriesMs)
    return [
      ...this.#coverageTable(),
      '',
      `${this.driven.seeds} seeds of the driver on the real log, ${this.modelled.seeds} of the core on a modelled one`,
      `${this.seeds} seeds in ${(elapsedMs / 1_000).toFixed(1)} s: ${rate.toFixed(1)} seeds/s, ${thousands(this.events)} events, ${thousands(this.simulatedMs / 1_000)} s simulated, ${thousands(this.sends)} sends, ${thousands(this.records)} records`,
      `first acknowledgement after the last fault: half ${at(0.5)} ms, 99 % ${at(0.99)} ms, worst ${at(1)} ms`,
      ...WAITS.map((after) => this.#waitsText(after)),
      this.failed.length === 0
        ? 'no failure'
        : `${this.failed.length} SEEDS FAILED: ${this.failed.map(({ seed }) => seed).join(' ')}`,
    ].join('\n')
  }

  /** In parts of what I9 allows. */
  #waitsText(after: WriteWait['after']): string {
    const waits = this.#waits.filter((wait) => wait.after === after)
    const at = quantilesOf(waits.map(({ ms, boundMs }) => (ms / boundMs) * 100))
    return `writes waited after ${after}, of what they may: half ${at(0.5)} %, 99 % ${at(0.99)} %, worst ${at(1)} % (${waits.length} seeds)`
  }

  #coverageTable(): string[] {
    const { driven, modelled, seedsWith, seeds } = this
    const head = `${''.padEnd(32)} ${'real log'.padStart(11)} ${'modelled'.padStart(11)} ${'seeds'.padStart(6)}`
    const rows = (Object.keys(COVERAGE) as CoverageKind[]).map((kind) => {
      const counts = [driven, modelled].map(({ coverage }) => thousands(coverage.of(kind)).padStart(11)).join(' ')
      const part = `${((seedsWith.of(kind) / Math.max(1, seeds)) * 100).toFixed(0)} %`
      return `${kind.padEnd(32)} ${counts} ${part.padStart(6)}  ${COVERAGE[kind]}`.trimEnd()
    })
    return [head, ...rows, ...holesOf(true, driven), ...holesOf(false, modelled)]
  }
}

function quantilesOf(values: readonly number[]): (part: number) => string {
  const sorted = values.toSorted((left, right) => left - right)
  return (part) => (sorted[Math.floor((sorted.length - 1) * part)] ?? 0).toFixed(0)
}

function holesOf(
  isReal: boolean,
  { seeds, coverage }: { readonly seeds: number; readonly coverage: Coverage },
): string[] {
  if (seeds === 0) return []
  const what = isReal ? 'the real log' : 'the modelled log'
  const holes = coverage.holes().filter((kind) => isReal || !REAL_LOG_ONLY.has(kind))
  return [holes.length === 0 ? `every kind was met on ${what}` : `HOLES, never met on ${what}: ${holes.join(', ')}`]
}

export function thousands(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',')
}
