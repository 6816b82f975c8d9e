import type { ClusterResponse, HealthResponse } from '@yak/protocol/schemas'
import type { Logger } from 'pino'
import type { AnswerBudget } from './answer-budget.ts'
import type { ByteBudget } from './byte-budget.ts'
import type { ClusterView } from './cluster/cluster-view.ts'
import type { BrokerConfig, SettingSources } from './config.ts'
import type { FencedWrites } from './events/fenced-writes.ts'
import type { BodyPool } from './http/body-pool.ts'
import type { Connections } from './http/connection.ts'
import type { ConsoleServices } from './live/live-services.ts'
import type { LogLines } from './log-lines.ts'
import type { BrokerMetrics } from './metrics/broker-metrics.ts'
import type { CounterHistory } from './metrics/counter-history.ts'
import type { Subscriptions } from './pages/subscriptions.ts'
import type { Uploads } from './pages/uploads.ts'
import type { AppendGate } from './records/append-gate.ts'
import type { BinaryFetch, WaitingFetches } from './records/binary-fetch.ts'
import type { ReplicaInbox } from './replication/transport/replica-inbox.ts'
import type { ProducerIds } from './topics/producer-ids.ts'
import type { Topics } from './topics/topics.ts'
import type { YoungGarbage } from './young-garbage.ts'

/** Everything a route may ask for. `startBroker` makes it; routes get nothing else. */
export interface BrokerServices extends ConsoleServices {
  readonly config: BrokerConfig
  readonly settingSources: SettingSources
  readonly version: string
  readonly logger: Logger
  readonly logLines: LogLines
  readonly clusterId: string
  readonly brokerId: string
  /** Who leads and who is in sync, as this broker sees it. */
  readonly cluster: ClusterView
  /** Where clients reach this broker. */
  readonly url: string
  readonly topics: Topics
  /** Where messages of peers go. */
  readonly replicaInbox: ReplicaInbox
  readonly producerIds: ProducerIds
  readonly gate: AppendGate
  readonly fencedWrites: FencedWrites
  readonly binaryFetch: BinaryFetch
  readonly waits: WaitingFetches
  readonly answers: AnswerBudget
  readonly requestBudget: ByteBudget
  readonly bodyPool: BodyPool
  readonly garbage: YoungGarbage
  readonly connections: Connections
  readonly metrics: BrokerMetrics
  readonly counterHistory: CounterHistory
  readonly uploads: Uploads
  readonly subscriptions: Subscriptions
  readonly clock: () => number
  /** Throws LEADER_NOT_AVAILABLE while the logs are recovered, SHUTTING_DOWN from the moment of a stop. */
  assertServing(): void
  /** Calls back once when the broker stops, at once if it does already: long-polls end. Returns how to stop listening. */
  onStopping(listener: () => void): () => void
  /** Throws as `assertServing` does; NOT_LEADER where another broker leads, LEADER_NOT_AVAILABLE where nobody does. */
  assertLeading(): void
  health(): HealthResponse
  /** This broker's view, and what its peers say of themselves. */
  describeCluster(): Promise<ClusterResponse>
}
