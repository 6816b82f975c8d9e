import { type DestinationStream, type Logger, pino } from 'pino'
import type { BrokerConfig } from './config.ts'
import { keptLogLevel, type LogLines } from './log-lines.ts'

/** Where a log goes by its level. */
export interface LogOutputs {
  /** All of it. */
  readonly output: DestinationStream
  /** From `error` on, once more. */
  readonly problems?: DestinationStream
}

/**
 * The log of a broker: to the outputs by its `--log-level`, nothing there when that is `silent`; and its newest lines to `lines`,
 * whatever that level: who looks there does so after something went wrong.
 */
export function brokerLogger(
  { id, logLevel }: Pick<BrokerConfig, 'id' | 'logLevel'>,
  lines: LogLines,
  { output, problems }: LogOutputs,
): Logger {
  const kept = { level: keptLogLevel, stream: lines } as const
  const streams: pino.StreamEntry[] = [kept]
  if (logLevel !== 'silent') streams.push({ level: logLevel, stream: output })
  if (logLevel !== 'silent' && problems !== undefined) streams.push({ level: 'error', stream: problems })
  const keepsMore = logLevel === 'silent' || pino.levels.values[logLevel]! > pino.levels.values[keptLogLevel]!
  return pino({ level: keepsMore ? keptLogLevel : logLevel, base: { broker: id } }, pino.multistream(streams))
}
