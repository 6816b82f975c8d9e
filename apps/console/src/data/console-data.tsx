import { createContext, type ReactNode, useContext } from 'react'
import { ApiClient } from './api/api-client.ts'
import type { BrokersTold } from './brokers-told.ts'
import { ClusterFeed } from './cluster-feed.ts'
import { JournalFeed } from './journal-feed.ts'
import { type History, noHistory } from './journal-past.ts'
import { LiveChannel } from './live/live-channel.ts'
import { PeerDirectory } from './peer-directory.ts'
import { preferences } from './preferences.ts'
import { Store } from './store.ts'

/** The file that is looked at in place of a cluster. */
export interface SnapshotOrigin {
  readonly name: string
  readonly takenAt: number
  /** Of the page it was taken on. */
  readonly url: string
  readonly clusterId: string
}

/** Everything a page talks to brokers through; made once. */
export interface ConsoleData {
  readonly peers: PeerDirectory
  readonly api: ApiClient
  readonly live: LiveChannel
  readonly cluster: ClusterFeed
  readonly journal: JournalFeed
  /** What was asked for of the time before the live feed. */
  readonly past: Store<History>
  /** Null: a cluster. */
  readonly snapshot: SnapshotOrigin | null
  /** In a snapshot, what brokers told of themselves when it was taken; elsewhere they are asked. */
  readonly told: BrokersTold
}

/** With a snapshot nobody is ever asked. */
export function createConsoleData(
  home: string,
  snapshot: SnapshotOrigin | null = null,
  told: BrokersTold = {},
): ConsoleData {
  const peers = new PeerDirectory(home)
  const api = new ApiClient(peers, () => preferences.get().token, snapshot !== null)
  const live = new LiveChannel(peers)
  const feeds = { cluster: new ClusterFeed(live, api, peers), journal: new JournalFeed(live) }
  return { peers, api, live, ...feeds, past: new Store(noHistory), snapshot, told }
}

export function startConsoleData({ live, cluster, journal }: ConsoleData): void {
  cluster.start()
  journal.start()
  live.start()
}

const Context = createContext<ConsoleData | null>(null)

export function ConsoleDataProvider({ data, children }: { data: ConsoleData; children: ReactNode }) {
  return <Context value={data}>{children}</Context>
}

export function useConsoleData(): ConsoleData {
  const data = useContext(Context)
  if (data === null) throw new TypeError('useConsoleData needs a ConsoleDataProvider above it')
  return data
}
