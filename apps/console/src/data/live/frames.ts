import type { ClusterResponse, TopicDescription } from '@yak/protocol/schemas'

/** The frames of GET /v1/live (docs/live-channel.md). */

export interface HelloFrame {
  readonly type: 'hello'
  readonly brokerId: string
  readonly clusterId: string
  readonly version: string
  readonly startedAt: number
  readonly at: number
  readonly heartbeatMs: number
}

export interface BrokerCounters {
  readonly recordsIn: number
  readonly bytesIn: number
  readonly recordsOut: number | null
  readonly bytesOut: number
  readonly recordsReplicated: number | null
  readonly bytesReplicated: number | null
  readonly requests: number
  readonly failedRequests: number
  readonly refusedRequests: number
}

export interface BrokerState {
  readonly brokerId: string
  readonly clusterId: string
  readonly url: string
  readonly version: string
  readonly asOf: number
  /** Counters belong to (brokerId, startedAt). */
  readonly startedAt: number
  readonly role: 'leader' | 'follower' | 'candidate'
  readonly epoch: number
  readonly leader: { readonly id: string; readonly url: string } | null
  readonly isr: readonly string[]
  readonly coordinator: { readonly type: string; readonly connected: boolean }
  readonly reasons: readonly string[]
  readonly uptimeMs: number
  readonly rssBytes: number
  readonly heapUsedBytes: number
  readonly eventLoopDelayMs: number
  readonly freeDiskBytes: number | null
  readonly connections: number
  readonly liveConnections: number
  readonly counters: BrokerCounters
  readonly journalSeq: number
  readonly partitionCount: number
  readonly partitions: readonly ReplicaState[]
}

export interface ReplicaState {
  readonly topic: string
  readonly partition: number
  readonly logStartOffset: number
  readonly logEndOffset: number
  readonly highWatermark: number
  readonly sizeBytes: number
  readonly error: string | null
}

export interface BrokerView {
  readonly id: string
  readonly url: string
  readonly state: BrokerState | null
  readonly receivedAt: number | null
  readonly error: { readonly code: string; readonly detail: string } | null
}

export interface ClusterData {
  readonly seq: number
  readonly asOf: number
  readonly saidBy: string
  readonly cluster: ClusterResponse
  readonly brokers: readonly BrokerView[]
  readonly topics: readonly TopicDescription[]
  readonly removedTopics: readonly string[]
  readonly hasMoreTopics: boolean
}

export type JournalLevel = 'info' | 'warn' | 'error'

export interface JournalEntry {
  readonly seq: number
  readonly at: number
  readonly brokerId: string
  readonly epoch: number
  readonly type: string
  readonly level: JournalLevel
  readonly text: string
  readonly data?: Readonly<Record<string, unknown>>
}

export interface JournalData {
  readonly seq: number
  readonly entries: readonly JournalEntry[]
  readonly after: Readonly<Record<string, number>>
  readonly missing: readonly { readonly brokerId: string; readonly detail: string }[]
}

export interface SubscribedFrame {
  readonly type: 'subscribed'
  readonly id: string
  readonly channel: string
  readonly topic?: string
  readonly topicId?: string
  readonly next?: Readonly<Record<string, number>>
}

export interface LiveError {
  readonly code: string
  readonly detail: string
  readonly retriable: boolean
  readonly details?: Readonly<Record<string, unknown>>
}

export type ServerFrame =
  | HelloFrame
  | SubscribedFrame
  | { readonly type: 'data'; readonly id: string; readonly seq: number }
  | { readonly type: 'unsubscribed'; readonly id: string }
  | ({ readonly type: 'error'; readonly id?: string } & LiveError)
  | { readonly type: 'heartbeat'; readonly at: number }
  | { readonly type: 'pong'; readonly echo: number | string; readonly at: number }
