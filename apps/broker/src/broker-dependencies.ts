import type { Storage } from '@yak/log'
import type { Logger } from 'pino'
import type { ProcessChaos } from './chaos/chaos.ts'
import type { SettingSources } from './config.ts'
import type { LogLines } from './log-lines.ts'
import type { Rules } from './replication/core/rules/rules.ts'

/** What the program around a broker brings along, and what a test may replace. */
export interface BrokerDependencies {
  /** Gives up the start: what was begun is closed again, and `startBroker` rejects with the reason. Later it does nothing. */
  readonly signal?: AbortSignal
  /** Default: one that writes to standard output by the configured level, and to `logLines`. */
  readonly logger?: Logger
  /** What `logger` wrote last, to be told; a logger that is given writes it there itself. Default: none yet. */
  readonly logLines?: LogLines
  /** Where the settings came from, to be told. Default: those that are given came from code. */
  readonly settingSources?: SettingSources
  /** Where the logs lie. Default: the data folder. */
  readonly storage?: Storage
  /** Collects young garbage; see `youngCollection`. Default: left to V8. */
  readonly collectYoung?: () => void
  /** Wall clock, milliseconds since 1970. */
  readonly clock?: () => number
  /** Of the replication core; to take one out and see a test notice. */
  readonly rules?: Rules
  /** Where the built console lies. Default: where it is built beside this package. */
  readonly consoleDir?: string
  /** What `--chaos true` may do to this process. Default: nothing. */
  readonly processChaos?: ProcessChaos
}
