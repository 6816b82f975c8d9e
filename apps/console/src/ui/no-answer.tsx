import { useConsoleData } from '../data/console-data.tsx'
import { useClusterPart, useConnection, usePeers } from '../data/hooks.ts'
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

/** In place of a page that cannot be shown without the cluster. */
export function NoAnswer({ what }: { what: string }) {
  const { live } = useConsoleData()
  const { peers } = usePeers()
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
