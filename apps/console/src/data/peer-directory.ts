import type { ClusterResponse } from '@yak/protocol/schemas'
import { mergePeers, type Peer } from '../lib/peers.ts'
import { readStorage, writeStorage } from './preferences.ts'
import { Store } from './store.ts'

export interface PeerState {
  readonly peers: readonly Peer[]
  /** The broker in use: address of the last that answered. */
  readonly current: string
  /** The broker that served this page. */
  readonly home: string
}

const storageKey = 'yak.peers'

/** Every broker the page knows, so that it lives on when the one that served it is gone; kept for the next visit too. */
export class PeerDirectory {
  readonly store: Store<PeerState>

  constructor(home: string) {
    const stored = readStorage(storageKey)
    const known = Array.isArray(stored) ? stored.filter(isPeer) : []
    // Peers of another cluster that this origin served before do no harm: the first answer replaces them.
    const peers = known.some(({ url }) => url === home) ? known : [{ id: null, url: home }]
    this.store = new Store<PeerState>({ peers, current: home, home })
  }

  /** After each GET /cluster. */
  learn(cluster: Pick<ClusterResponse, 'brokers'>, saidBy: { readonly id: string; readonly url: string } | null): void {
    const state = this.store.get()
    const named =
      saidBy === null
        ? state.peers
        : state.peers.map((peer) => (peer.url === saidBy.url ? { ...peer, id: saidBy.id } : peer))
    const peers = withoutTwins(mergePeers(named, cluster.brokers, state.home), state)
    if (peers === state.peers) return
    this.store.set({ ...state, peers })
    writeStorage(storageKey, peers)
  }

  /** That broker answered; from now on it is asked first. */
  use(url: string): void {
    const state = this.store.get()
    if (state.current !== url) this.store.set({ ...state, current: url })
  }

  idOf(url: string): string | null {
    return this.store.get().peers.find((peer) => peer.url === url)?.id ?? null
  }

  urlOf(id: string): string | null {
    return this.store.get().peers.find((peer) => peer.id === id)?.url ?? null
  }

  urls(): readonly string[] {
    return this.store.get().peers.map(({ url }) => url)
  }
}

/** The home address stands for the broker with its id; asking it under two names would try a dead one twice. */
function withoutTwins(peers: readonly Peer[], { home }: PeerState): readonly Peer[] {
  const own = peers.find(({ url }) => url === home)
  if (own === undefined || own.id === null) return peers
  const kept = peers.filter((peer) => peer === own || peer.id !== own.id)
  return kept.length === peers.length ? peers : kept
}

const isPeer = (value: unknown): value is Peer =>
  typeof value === 'object' && value !== null && typeof (value as Peer).url === 'string' && 'id' in value
