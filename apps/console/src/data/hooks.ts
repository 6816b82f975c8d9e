import type { TopicDescription } from '@yak/protocol/schemas'
import { useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import { sortBrokerIds } from '../lib/brokers.ts'
import type { ApiClient } from './api/api-client.ts'
import type { ClusterSnapshot } from './cluster-feed.ts'
import { type SnapshotOrigin, useConsoleData } from './console-data.tsx'
import type { Journal } from './journal-feed.ts'
import type { Connection } from './live/live-channel.ts'
import { MessageStream, type StreamSpec, type StreamView } from './message-stream.ts'
import type { PeerState } from './peer-directory.ts'
import { type Preferences, preferences } from './preferences.ts'
import { useStore, useStorePart } from './store.ts'

export function useApi(): ApiClient {
  return useConsoleData().api
}

/** The cluster as last told; null before the first answer. Renders about once a second: see `useClusterPart`. */
export function useCluster(): ClusterSnapshot | null {
  return useStore(useConsoleData().cluster.store)
}

/** A part of it; renders only when that part changes. `pick` must be a constant function. */
export function useClusterPart<Part>(pick: (cluster: ClusterSnapshot | null) => Part): Part {
  return useStorePart(useConsoleData().cluster.store, pick)
}

const noTopics: readonly TopicDescription[] = []
const pickTopics = (cluster: ClusterSnapshot | null) => cluster?.topics ?? null
const pickIds = (cluster: ClusterSnapshot | null): readonly string[] =>
  sortBrokerIds(cluster?.brokers.map(({ id }) => id) ?? [])

/** All topics, sorted by name, with leader, epoch, isr and offsets of each partition; empty before the first answer. */
export function useTopics(): readonly TopicDescription[] {
  return useClusterPart(pickTopics) ?? noTopics
}

/** One topic as the live channel has it; undefined: there is none, null: not known yet. */
export function useTopic(name: string): TopicDescription | undefined | null {
  const topics = useClusterPart(pickTopics)
  return topics === null ? null : topics.find((topic) => topic.name === name)
}

/** Ids of all brokers in the order of their colours and letters. */
export function useBrokerIds(): readonly string[] {
  const told = useClusterPart(pickIds)
  const { peers } = usePeers()
  // Before the first answer those that are known from before, so that no broker changes its colour with it.
  return useMemo(
    () => (told.length > 0 ? told : sortBrokerIds(peers.flatMap(({ id }) => (id === null ? [] : [id])))),
    [told, peers],
  )
}

/** What happened, newest last. */
export function useJournal(): Journal {
  return useStore(useConsoleData().journal.store)
}

export function useConnection(): Connection {
  return useStore(useConsoleData().live.store)
}

export function usePeers(): PeerState {
  return useStore(useConsoleData().peers.store)
}

export function usePreference<Name extends keyof Preferences>(name: Name): Preferences[Name] {
  const { subscribe, get } = preferences
  return useSyncExternalStore(subscribe, () => get()[name])
}

/** The file that is looked at in place of a cluster; null: a cluster. */
export function useSnapshot(): SnapshotOrigin | null {
  return useConsoleData().snapshot
}

/** What is shown is older than it should be. A snapshot is as old as it says. */
export function useStale(): boolean {
  const online = useOnline()
  const snapshot = useSnapshot()
  return !online && snapshot === null
}

/** True while the live channel is open or polling answers: reads and writes can be tried. */
export function useOnline(): boolean {
  const { machine } = useConnection()
  const cluster = useCluster()
  const now = useNow(1_000)
  const snapshot = useSnapshot()
  if (snapshot !== null) return false
  return machine.phase === 'open' || (cluster !== null && now - cluster.receivedAt < 5_000)
}

/** Why nothing can be written now, for the buttons that would; undefined when it can be tried. */
export function useNoWriteReason(): string | undefined {
  const online = useOnline()
  const snapshot = useSnapshot()
  if (snapshot !== null) return 'A snapshot cannot be changed: there is no cluster behind it.'
  return online ? undefined : 'No broker answers.'
}

/** The time, renewed every `intervalMs`, by one timer for all who ask for the same interval. In a snapshot it stands still. */
export function useNow(intervalMs: number): number {
  const snapshot = useSnapshot()
  const clock = clockOf(intervalMs)
  const now = useSyncExternalStore(snapshot === null ? clock.subscribe : never, clock.get)
  return snapshot?.takenAt ?? now
}

interface Clock {
  readonly subscribe: (listener: () => void) => () => void
  readonly get: () => number
}
const clocks = new Map<number, Clock>()

function clockOf(intervalMs: number): Clock {
  const known = clocks.get(intervalMs)
  if (known !== undefined) return known
  const listeners = new Set<() => void>()
  let now = Date.now()
  let timer: ReturnType<typeof setInterval> | undefined
  const clock: Clock = {
    get: () => now,
    subscribe: (listener) => {
      listeners.add(listener)
      if (timer === undefined) {
        now = Date.now()
        timer = setInterval(() => {
          now = Date.now()
          for (const each of listeners) each()
        }, intervalMs)
      }
      return () => {
        listeners.delete(listener)
        if (listeners.size > 0) return
        clearInterval(timer)
        timer = undefined
      }
    },
  }
  clocks.set(intervalMs, clock)
  return clock
}

/** A live stream that belongs to this component: opened, and opened anew when `spec` changes (compared as JSON). */
export function useMessages(spec: StreamSpec | null): {
  readonly stream: MessageStream | null
  readonly view: StreamView | null
} {
  const { live } = useConsoleData()
  const wanted = JSON.stringify(spec)
  const stream = useMemo(() => {
    const parsed = JSON.parse(wanted) as StreamSpec | null
    return parsed === null ? null : new MessageStream(live, parsed)
  }, [live, wanted])
  useEffect(() => {
    stream?.open()
    return () => stream?.close()
  }, [stream])
  const view = useSyncExternalStore(stream?.view.subscribe ?? never, () => stream?.view.get() ?? null)
  return { stream, view }
}

const never = () => () => undefined

/** True when the viewport is at least this wide (CSS pixels); for layouts that differ in more than style. */
export function useWide(minWidth: number): boolean {
  const [query] = useState(() => matchMedia(`(min-width: ${minWidth}px)`))
  return useSyncExternalStore(
    (listener) => {
      query.addEventListener('change', listener)
      return () => query.removeEventListener('change', listener)
    },
    () => query.matches,
  )
}
