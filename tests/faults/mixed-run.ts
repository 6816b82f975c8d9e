import type { CheckReport } from '../checker/checker.ts'
import { FaultRun } from './harness/fault-run.ts'
import { type Gap, gapsIn, gapsText } from './harness/gaps.ts'
import { Nemesis } from './harness/nemesis.ts'
import { until } from './harness/until.ts'

/** After so long a storm everything is healed, and writes have to be acknowledged again within what is promised. */
const stormMs = 12_000

/** Beside what is promised: the clients' own way to the new leader, and a machine that does other things as well. */
const slackMs = 3_000

export interface MixedReport {
  readonly brokers: number
  readonly seed: number
  readonly faults: ReadonlyMap<string, number>
  readonly report: CheckReport
  /** Times without acknowledged writes, each longer than one lease + 1 s and explained. */
  readonly gaps: readonly Gap[]
  /** From the end of the last fault until all brokers were in sync again. */
  readonly wholeAfterMs: number
}

/**
 * Faults of all kinds under load for a while, with a calm now and then; then everything is healed, and the checker reads the
 * history. Lease 1 s. Throws on every anomaly, and when writes waited for longer than the faults explain.
 */
export async function mixedRun(options: {
  readonly seed: number
  readonly forMs: number
  /** Default three brokers with m = 2. */
  readonly cluster?: { readonly brokers: number; readonly minInsync: number }
  /** Ends the faults early; the verdict comes all the same. */
  readonly signal?: AbortSignal
}): Promise<MixedReport> {
  const { brokers, minInsync } = options.cluster ?? { brokers: 3, minInsync: 2 }
  await using run = await FaultRun.start({ isLinked: true, leaseMs: 1_000, brokers, minInsync })
  const { cluster } = run
  const producers = [
    run.producer('patient', { everyMs: 10, deliveryTimeoutMs: 120_000 }).start(),
    run.producer('usual', { everyMs: 10 }).start(),
    run.producer('hasty', { everyMs: 10, deliveryTimeoutMs: 500 }).start(),
  ]
  run.reader('r1').start()
  run.reader('r2').start()
  const bounds = {
    brokerIds: cluster.brokers.map(({ id }) => id),
    quorum: Math.max(brokers - minInsync + 1, Math.floor(brokers / 2) + 1),
    leaseMs: cluster.leaseMs,
    slackMs,
  }
  const over = AbortSignal.any([
    AbortSignal.timeout(options.forMs),
    ...(options.signal === undefined ? [] : [options.signal]),
  ])
  const nemesis = new Nemesis(run, options.seed)
  while (!over.aborted) {
    await nemesis.torment(AbortSignal.any([over, AbortSignal.timeout(stormMs)]))
    await cluster.heal()
    const before = producers.reduce((sum, { acknowledged }) => sum + acknowledged, 0)
    // What follows if they are not is the judge's to say, who keeps the history.
    await until('writes again', () => producers.reduce((sum, { acknowledged }) => sum + acknowledged, 0) > before, {
      withinMs: 2 * bounds.leaseMs + 2_000 + slackMs,
    }).catch(() => {})
  }
  const healedMs = performance.now()
  await cluster.untilWhole(60_000)
  const wholeAfterMs = performance.now() - healedMs
  const report = await run.verdict()
  const gaps = gapsIn(run.acknowledgedAtMs(), nemesis.outages, bounds)
  const unexplained = gaps.filter(({ isExplained }) => !isExplained)
  if (unexplained.length > 0) {
    const folder = await run.keep()
    throw new Error(
      `Writes waited for longer than faults explain; the history is in ${folder}:\n${gapsText(unexplained)}`,
    )
  }
  return { brokers, seed: options.seed, faults: nemesis.counts, report, gaps, wholeAfterMs }
}

/** The report as a person reads it. */
export function mixedReportText({ brokers, seed, faults, report, gaps, wholeAfterMs }: MixedReport): string {
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
    ...gapsText(gaps)
      .split('\n')
      .filter(Boolean)
      .map((line) => ['a gap of', line]),
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
