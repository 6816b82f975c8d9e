import type { Figure } from '../benchmark.ts'
import { PERCENTILES, type Percentiles } from './latencies.ts'
import type { LoadProcess } from './load-process.ts'

export const MESSAGES_PER_SECOND = 1_000
/** Of a program that has just begun: V8 compiles as long, and longer. */
export const FIRST_SECONDS = 30
/**
 * V8 compiles what was called some thousand times: at 1,000 messages/s it goes on for minutes, and its compiler takes the processors
 * (docs/decisions/0011-v8-threads.md). Ten times as many have it done, and then it has to get used to the measured pace again.
 */
const BUSY = { perSecond: 10_000, seconds: 10 }
const SETTLING_SECONDS = 20
const MEASURED_SECONDS = 40

/**
 * Runs a load until V8 has compiled what it uses, and then for the seconds that count, which it answers: notes them as `measured`, and the
 * first as `first`. Without a pause, and so not in turns with another load: a program that has nothing to do for some seconds is collected
 * wholly by V8 and loses compiled code with it, and its next turn would begin with the compiler.
 */
export async function runSteadily(scale: number, load: LoadProcess): Promise<number> {
  const seconds = Math.max(4, Math.round(MEASURED_SECONDS * scale))
  await load.pass(MESSAGES_PER_SECOND, FIRST_SECONDS, 'first')
  await load.pass(BUSY.perSecond, BUSY.seconds, 'busy')
  await load.pass(MESSAGES_PER_SECOND, SETTLING_SECONDS, 'settling')
  await load.pass(MESSAGES_PER_SECOND, seconds, 'measured')
  return seconds
}

/** One figure for each percentile of `measured`, beside the same of `limit`. */
export function percentileFigures(
  name: string,
  measured: Percentiles,
  limit: { readonly name: string; readonly percentiles: Percentiles },
  targets: Partial<Percentiles>,
  settings: NonNullable<Figure['settings']>,
): Figure[] {
  return PERCENTILES.map((percentile) => ({
    name: name.replace('%', `p${percentile}`),
    value: measured[percentile],
    unit: 'ms',
    limit: { name: `${limit.name} p${percentile}`, value: limit.percentiles[percentile] },
    ...(targets[percentile] !== undefined && { target: targets[percentile] }),
    settings,
  }))
}
