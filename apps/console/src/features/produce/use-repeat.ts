import type { RecordToEncode } from '@yak/protocol'
import type { TopicDescription } from '@yak/protocol/schemas'
import { useCallback, useEffect, useRef, useState } from 'react'
import type { IdempotentProducer } from '../../data/produce/idempotent-producer.ts'
import { pause } from '../../data/produce/settle-batches.ts'
import type { Draft } from './draft.ts'
import { fillDraft } from './filled-draft.ts'
import { dueCount, jitterMs, percentile, type RepeatProgress } from './repeat.ts'
import { partitionOf, randomUuid, recordOf } from './use-sender.ts'

export interface Pace {
  readonly count: number
  /** Messages a second. */
  readonly rate: number
  readonly isJittered: boolean
}

export interface Repeat {
  readonly progress: RepeatProgress | null
  readonly start: (topic: TopicDescription, draft: Draft, pace: Pace) => void
  readonly stop: () => void
}

const tickMs = 20

/** Sends a draft many times at a pace; each tick's messages of one partition travel as one batch. Ends with the page. */
export function useRepeat(producer: IdempotentProducer): Repeat {
  const [progress, setProgress] = useState<RepeatProgress | null>(null)
  const stopping = useRef<AbortController | null>(null)
  useEffect(() => () => stopping.current?.abort(), [])

  const start = useCallback(
    (topic: TopicDescription, draft: Draft, { count: wanted, rate, isJittered }: Pace) => {
      stopping.current?.abort()
      const abort = new AbortController()
      stopping.current = abort
      void run({ topic, draft, wanted, rate, isJittered, signal: abort.signal })

      async function run(job: {
        topic: TopicDescription
        draft: Draft
        wanted: number
        rate: number
        isJittered: boolean
        signal: AbortSignal
      }) {
        const startMs = performance.now()
        const latencies: number[] = []
        const underWay = new Set<Promise<void>>()
        let [sent, acked, failed] = [0, 0, 0]
        let first: RepeatProgress['first'] = null
        let last: RepeatProgress['last'] = null
        let error: string | null = null
        const report = (state: RepeatProgress['state']) => {
          const elapsedMs = performance.now() - startMs
          const sorted = latencies.toSorted((a, b) => a - b)
          setProgress({
            wanted: job.wanted,
            sent,
            acked,
            failed,
            elapsedMs,
            rate: elapsedMs === 0 ? 0 : (acked * 1_000) / elapsedMs,
            p50Ms: percentile(sorted, 0.5),
            p99Ms: percentile(sorted, 0.99),
            first,
            last,
            error,
            state,
          })
        }
        report('running')
        // What is under way is waited for even after a stop, so that the count is the truth.
        const kept = new AbortController()
        let reportedMs = 0
        let lateMs = 0
        try {
          const topicId = job.topic.id
          const partitionCount = job.topic.partitions.length
          while (sent < job.wanted && error === null) {
            const due = dueCount(performance.now() - startMs - lateMs, job.rate, sent, job.wanted)
            if (due > 0 && job.isJittered) lateMs = jitterMs(job.rate, Math.random())
            const batches = new Map<number, RecordToEncode[]>()
            for (let count = 0; count < due; count++) {
              const nowMs = Date.now()
              const filled = fillDraft(job.draft, {
                index: sent + 1,
                nowMs,
                random: Math.random,
                uuid: randomUuid,
              })
              const partition = partitionOf(filled, partitionCount)
              const records = batches.get(partition) ?? []
              records.push(recordOf(filled, nowMs))
              batches.set(partition, records)
              sent++
            }
            for (const [partition, records] of batches) {
              const sentMs = performance.now()
              const settled = producer
                .produce({ topic: job.topic.name, topicId, partition, records, signal: kept.signal })
                .then(
                  (outcome) => {
                    if (outcome.kind === 'written') {
                      const ms = performance.now() - sentMs
                      for (const _ of records) latencies.push(ms)
                      acked += records.length
                      if (outcome.offset !== null) {
                        first ??= { partition, offset: outcome.offset }
                        last = { partition, offset: outcome.offset + records.length - 1 }
                      }
                    } else {
                      failed += records.length
                      error = outcome.error.message
                    }
                  },
                  (reason: Error) => {
                    failed += records.length
                    error = reason.message
                  },
                )
                .finally(() => underWay.delete(settled))
              underWay.add(settled)
            }
            if (performance.now() - reportedMs > 100) {
              reportedMs = performance.now()
              report('running')
            }
            if (sent < job.wanted) await pause(tickMs, job.signal)
          }
        } catch (reason) {
          if (!job.signal.aborted) error = (reason as Error).message
        }
        report('stopping')
        await Promise.race([Promise.all(underWay), new Promise((resolve) => setTimeout(resolve, 60_000))])
        kept.abort()
        report('done')
      }
    },
    [producer],
  )
  const stop = useCallback(() => stopping.current?.abort(), [])
  return { progress, start, stop }
}
