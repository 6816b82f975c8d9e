import { createContext, type ReactNode, useContext } from 'react'
import { ApiClient } from './api/api-client.ts'
import { ClusterFeed } from './cluster-feed.ts'
import { JournalFeed } from './journal-feed.ts'
import { LiveChannel } from './live/live-channel.ts'
import { PeerDirectory } from './peer-directory.ts'
import { preferences } from './preferences.ts'

/** Everything a page talks to brokers through; made once. */
export interface ConsoleData {
  readonly peers: PeerDirectory
  readonly api: ApiClient
  readonly live: LiveChannel
  readonly cluster: ClusterFeed
  readonly journal: JournalFeed
}

export function createConsoleData(home: string): ConsoleData {
  const peers = new PeerDirectory(home)
  const api = new ApiClient(peers, () => preferences.get().token)
  const live = new LiveChannel(peers)
  return { peers, api, live, cluster: new ClusterFeed(live, api, peers), journal: new JournalFeed(live) }
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
