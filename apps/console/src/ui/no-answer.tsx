import { useLayoutEffect } from 'react'
import { useConsoleData } from '../data/console-data.tsx'
import { useClusterPart, useConnection, usePeers } from '../data/hooks.ts'
import { Store, useStore } from '../data/store.ts'
import { ErrorPanel } from './error-panel.tsx'

/** Tries before a page that never heard of the cluster says so instead of waiting on. */
const triesBefore = 2
const isUnknown = (cluster: object | null) => cluster === null

/** Nobody has answered since the page was opened, and not only just now. */
export function useNoAnswer(): boolean {
  const { machine } = useConnection()
  const unknown = useClusterPart(isUnknown)
  return unknown && machine.phase === 'waiting' && machine.attempt > triesBefore
}

/** Panels in the page that say so, which then need not be said above it too. */
const panels = new Store(0)

export function useNoAnswerShown(): boolean {
  return useStore(panels) > 0
}

/** In place of a page that cannot be shown without the cluster. */
export function NoAnswer({ what }: { what: string }) {
  const { live } = useConsoleData()
  const { peers } = usePeers()
  useLayoutEffect(() => {
    panels.update((count) => count + 1)
    return () => panels.update((count) => count - 1)
  }, [])
  return (
    <ErrorPanel
      what={what}
      error={
        new Error(
          `No answer from ${peers.map(({ url }) => url).join(', ')}. The console keeps trying; check that a broker runs and can be reached from here.`,
        )
      }
      onRetry={() => live.retryNow()}
    />
  )
}
