import { useCluster, useConnection, useNow, useSnapshot } from '../../data/hooks.ts'
import { useNoAnswer } from '../../ui/no-answer.tsx'

/** Polling renews every two seconds; after three missed it is no answer. */
const pollingIsFreshMs = 6_500
/** A page that just opened, or is at its first try, is connecting, not disconnected, until it is told below that nobody answers. */
const patienceMs = 3_000
const openedAt = Date.now()

/** Whether brokers answer: over the live channel, by polling, not yet, or no more. Of a snapshot nobody is asked. */
export function useReach(): 'live' | 'polling' | 'connecting' | 'lost' | 'snapshot' {
  const { machine, since } = useConnection()
  const cluster = useCluster()
  const now = useNow(1_000)
  const snapshot = useSnapshot()
  const noAnswer = useNoAnswer()
  if (snapshot !== null) return 'snapshot'
  if (machine.phase === 'open') return 'live'
  if (cluster?.via === 'polling' && now - cluster.receivedAt < pollingIsFreshMs) return 'polling'
  const begunAt = machine.phase === 'connecting' && machine.attempt === 0 ? Math.max(since, openedAt) : openedAt
  return cluster === null && now - begunAt < patienceMs && !noAnswer ? 'connecting' : 'lost'
}
