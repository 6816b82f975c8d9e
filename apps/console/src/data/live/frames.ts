import type {
  BrokerState,
  JournalEntry as JournalLine,
  LiveClusterData,
  LiveHello,
  LiveJournalData,
  LiveError as LiveRefusal,
  LiveSubscribed,
} from '@yak/protocol/schemas'

/** The frames of GET /v1/live (docs/live-channel.md), as the pages use them. */

export type { BrokerState, JournalLevel, LiveBroker as BrokerView } from '@yak/protocol/schemas'

export type HelloFrame = Omit<LiveHello, 'limits'>

export type SubscribedFrame = LiveSubscribed

export type ReplicaState = BrokerState['partitions'][number]

export type ClusterData = Omit<LiveClusterData, 'type' | 'id'>

/** No page needs `data` to be there: the sentence says it all. */
export type JournalEntry = Omit<JournalLine, 'data'> & Partial<Pick<JournalLine, 'data'>>

export type JournalData = Omit<LiveJournalData, 'type' | 'id'>

export type LiveError = Omit<LiveRefusal, 'type' | 'id'>

export type ServerFrame =
  | HelloFrame
  | SubscribedFrame
  | { readonly type: 'data'; readonly id: string; readonly seq: number }
  | { readonly type: 'unsubscribed'; readonly id: string }
  | ({ readonly type: 'error'; readonly id?: string } & LiveError)
  | { readonly type: 'heartbeat'; readonly at: number }
  | { readonly type: 'pong'; readonly echo: number | string; readonly at: number }
