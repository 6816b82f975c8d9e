import { useRef, useState } from 'react'
import { ApiError } from '../../data/api/api-error.ts'
import type { ClusterSnapshot } from '../../data/cluster-feed.ts'
import { useApi, useClusterPart, usePeers } from '../../data/hooks.ts'
import { addPendingWrite } from '../../data/pending-writes.ts'
import { writeUrl } from '../../lib/write-url.ts'

const retryMs = 500
const patienceMs = 30_000

export type TestState =
  | { readonly phase: 'idle' }
  | { readonly phase: 'sending' }
  | { readonly phase: 'sent'; readonly ms: number }
  | { readonly phase: 'failed'; readonly error: unknown }

const pickLeaderUrl = (cluster: ClusterSnapshot | null) => cluster?.cluster.leader?.url ?? null

/** Sends one message that says where it is from. While no broker leads it waits and tries again; an unknown end is not repeated. */
export function useSendTest(): {
  readonly state: TestState
  readonly send: (topic: string, partition: number | null, ready: Promise<void>) => Promise<void>
} {
  const api = useApi()
  const peers = usePeers()
  const leaderUrl = useClusterPart(pickLeaderUrl)
  const latest = useRef({ peers, leaderUrl })
  latest.current = { peers, leaderUrl }
  const [state, setState] = useState<TestState>({ phase: 'idle' })
  const send = async (topic: string, partition: number | null, ready: Promise<void>) => {
    setState({ phase: 'sending' })
    const cancelled = new AbortController()
    const signal = AbortSignal.any([cancelled.signal, AbortSignal.timeout(patienceMs)])
    const done = addPendingWrite(`${topic}: a test message`, () => cancelled.abort(new Error('Cancelled.')))
    try {
      await ready
      for (;;) {
        const startedAt = performance.now()
        const brokerUrl = writeUrl(latest.current.peers, latest.current.leaderUrl)
        try {
          await api.json('/produce', {
            method: 'POST',
            signal,
            ...(brokerUrl === undefined ? {} : { brokerUrl }),
            body: {
              topic,
              key: 'console-test',
              value: { text: 'A test message from the console', sentAt: new Date().toISOString() },
              ...(partition === null ? {} : { partition }),
            },
          })
          setState({ phase: 'sent', ms: Math.round(performance.now() - startedAt) })
          return
        } catch (error) {
          const again = error instanceof ApiError && error.retriable && error.outcome === 'not-written'
          if (!again || signal.aborted) throw error
          await new Promise((resolve) => setTimeout(resolve, retryMs))
        }
      }
    } catch (error) {
      setState({ phase: 'failed', error })
    } finally {
      done()
    }
  }
  return { state, send }
}
