import type { BrokerReference, HealthResponse } from '@yak/protocol/schemas'
import type { Logger } from 'pino'
import type { AnswerBudget } from '../answer-budget.ts'
import type { Chaos } from '../chaos/chaos.ts'
import type { BrokerConfig } from '../config.ts'
import type { BrokerEvents } from '../events/broker-events.ts'
import type { Connections } from '../http/connection.ts'
import type { Journal } from '../journal/journal.ts'
import type { BrokerMetrics } from '../metrics/broker-metrics.ts'
import type { WaitingFetches } from '../records/binary-fetch.ts'
import type { Topic } from '../topics/topic.ts'

/** What the console asks of a broker beyond the JSON paths. Every broker has it, a follower too. */
export interface ConsoleServices {
  readonly events: BrokerEvents
  readonly journal: Journal
  /** When this process began to count, milliseconds since 1970. */
  readonly startedAt: number
  /** Infinite before the first look. */
  readonly freeDiskBytes: number
  /** Where the built console lies; undefined: beside this package. */
  readonly consoleDir: string | undefined
  /** Undefined without `--chaos true`. */
  readonly chaos: Chaos | undefined
  /** Every member of the cluster, this broker too, and where clients reach it. */
  members(): readonly BrokerReference[]
}

/** What the live channel and the journal are made of. `BrokerServices` is one. */
export interface LiveServices extends ConsoleServices {
  readonly config: BrokerConfig
  readonly logger: Logger
  readonly version: string
  readonly brokerId: string
  readonly clusterId: string
  /** Where clients reach this broker. */
  readonly url: string
  /** By name; throws while the logs are recovered. */
  readonly topics: { list(): readonly Topic[]; get(name: string): Topic }
  readonly answers: AnswerBudget
  readonly metrics: BrokerMetrics
  readonly waits: WaitingFetches
  readonly connections: Connections
  readonly clock: () => number
  onStopping(listener: () => void): () => void
  health(): HealthResponse
}
