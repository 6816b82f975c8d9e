/**
 * `pnpm faults --minutes N [--seed N]`: random faults for as long as one likes, in rounds of two minutes, each with a cluster of its own.
 * Exit code 1 with the first anomaly; its history is kept.
 */
import { parseArgs } from 'node:util'
import { isRedisServerInstalled } from '@yak/election/testing'
import { mixedReportText, mixedRun } from './mixed-run.ts'

const roundMs = 120_000

/** By turns. */
const clusters = [
  { brokers: 3, minInsync: 2 },
  { brokers: 2, minInsync: 1 },
  { brokers: 5, minInsync: 3 },
] as const

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' } } })
const minutes = Number(values.minutes)
const firstSeed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed)
if (!(minutes > 0) || !Number.isSafeInteger(firstSeed)) {
  process.stderr.write('Give --minutes a number above 0, and --seed a whole number.\n')
  process.exit(2)
}
if (!isRedisServerInstalled()) process.exit(2)

/** Ctrl-C ends the faults, and the round is judged; the second one ends at once. */
const stop = new AbortController()
process.on('SIGINT', () => {
  if (stop.signal.aborted) process.exit(130)
  stop.abort()
})

const endMs = performance.now() + minutes * 60_000
const totals = { rounds: 0, faults: 0, acknowledged: 0, longestGapMs: 0 }
for (let seed = firstSeed; performance.now() < endMs && !stop.signal.aborted; seed++) {
  process.stdout.write(`round ${totals.rounds + 1}\n`)
  try {
    const forMs = Math.ceil(Math.min(roundMs, Math.max(5_000, endMs - performance.now())))
    const cluster = clusters[totals.rounds % clusters.length]!
    const mixed = await mixedRun({ seed, forMs, cluster, signal: stop.signal })
    process.stdout.write(mixedReportText(mixed))
    totals.rounds++
    for (const count of mixed.faults.values()) totals.faults += count
    totals.acknowledged += mixed.report.availability.sends.ok
    totals.longestGapMs = Math.max(totals.longestGapMs, mixed.report.availability.longestGapMs)
  } catch (error) {
    process.stderr.write(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(1)
  }
}
process.stdout.write(
  `${totals.rounds} rounds, ${totals.faults} faults, ${totals.acknowledged} acknowledged records, none lost, doubled or out of order; ` +
    `longest gap ${Math.round(totals.longestGapMs)} ms\n`,
)
