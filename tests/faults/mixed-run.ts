import type { CheckReport } from '../checker/checker.ts'
import { FaultRun } from './harness/fault-run.ts'
import { Nemesis } from './harness/nemesis.ts'

export interface MixedReport {
  readonly brokers: number
  readonly seed: number
  readonly faults: ReadonlyMap<string, number>
  readonly report: CheckReport
  /** From the end of the last fault until all brokers were in sync again. */
  readonly wholeAfterMs: number
}

/**
 * Faults of all kinds under load for a while; then everything is healed, and the checker reads the history. Lease 1 s. Throws
 * on every anomaly.
 */
export async function mixedRun(options: {
  readonly seed: number
  readonly forMs: number
  /** Default three brokers with m = 2. */
  readonly cluster?: { readonly brokers: number; readonly minInsync: number }
  /** Ends the faults early; the verdict comes all the same. */
  readonly signal?: AbortSignal
}): Promise<MixedReport> {
  await using run = await FaultRun.start({ isLinked: true, leaseMs: 1_000, ...options.cluster })
  const { cluster } = run
  run.producer('patient', { everyMs: 10, deliveryTimeoutMs: 120_000 }).start()
  run.producer('usual', { everyMs: 10 }).start()
  run.producer('hasty', { everyMs: 10, deliveryTimeoutMs: 500 }).start()
  run.reader('r1').start()
  run.reader('r2').start()
  const signals = [AbortSignal.timeout(options.forMs), ...(options.signal === undefined ? [] : [options.signal])]
  const nemesis = new Nemesis(run, { seed: options.seed, signal: AbortSignal.any(signals) })
  await nemesis.torment()
  const healedMs = performance.now()
  await cluster.heal()
  await cluster.untilWhole(60_000)
  const wholeAfterMs = performance.now() - healedMs
  return {
    brokers: cluster.size,
    seed: options.seed,
    faults: nemesis.counts,
    report: await run.verdict(),
    wholeAfterMs,
  }
}

/** The report as a person reads it. */
export function mixedReportText({ brokers, seed, faults, report, wholeAfterMs }: MixedReport): string {
  const { sends, longestGapMs, p50Ms, p99Ms, p99DuringFaultsMs, recoveries } = report.availability
  const ms = (value: number) => `${Math.round(value).toLocaleString('en')} ms`
  const slowest = recoveries
    .filter(({ phase, recoveredAfterMs }) => phase === 'end' && recoveredAfterMs !== undefined)
    .sort((left, right) => right.recoveredAfterMs! - left.recoveredAfterMs!)[0]
  const rows = [
    ['run', `${brokers} brokers, seed ${seed}`],
    ['faults', [...faults].map(([name, count]) => `${count} × ${name}`).join(', ')],
    ['sends', `${sends.ok} acknowledged, ${sends.failed} refused, ${sends.unknown} unknown`],
    ['records', `${report.records} in ${report.partitions} partitions, ${report.polls} polls`],
    ['longest gap', `${ms(longestGapMs)} without an acknowledged write`],
    ['latency', `p50 ${ms(p50Ms)}, p99 ${ms(p99Ms)}, p99 during faults ${ms(p99DuringFaultsMs)}`],
    [
      'slowest back',
      slowest === undefined ? 'none' : `${ms(slowest.recoveredAfterMs!)} after the end of: ${slowest.fault}`,
    ],
    ['in sync again', `${ms(wholeAfterMs)} after the last fault`],
    ['anomalies', String(report.anomalies.length)],
  ]
  return rows.map(([name, text]) => `  ${name!.padEnd(14)}${text}\n`).join('')
}
