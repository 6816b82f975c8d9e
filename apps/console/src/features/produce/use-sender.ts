import { partitionForKey, type RecordToEncode } from '@yak/protocol'
import type { TopicDescription } from '@yak/protocol/schemas'
import { useMemo } from 'react'
import { addPendingWrite } from '../../data/pending-writes.ts'
import { type IdempotentProducer, settleAgain } from '../../data/produce/idempotent-producer.ts'
import type { Settled, Waiting } from '../../data/produce/settle-batches.ts'
import { useIdempotentProducer } from '../../data/produce/use-idempotent-producer.ts'
import { useProduceTarget } from '../../data/produce/use-produce-target.ts'
import type { Draft } from './draft.ts'
import { uuidOf } from './placeholders.ts'
import { addSent, changeSent, type Sent } from './produce-history.ts'

/** Aborts of what is under way, by the id of the message; they outlive the page's component. */
const underWay = new Map<string, AbortController>()

export interface Sender {
  readonly producer: IdempotentProducer
  send(topic: TopicDescription, draft: Draft): void
  /** Sends the same again under the same sequence, so that it is written once whatever became of it. */
  findOut(sent: Sent): void
  cancel(id: string): void
}

export function useSender(): Sender {
  const target = useProduceTarget()
  const producer = useIdempotentProducer()
  return useMemo(() => {
    const follow = (
      sent: Sent,
      start: (
        signal: AbortSignal,
        onWaiting: (waiting: Waiting | null) => void,
        onAttempt: () => void,
      ) => Promise<Settled>,
    ) => {
      const abort = new AbortController()
      underWay.set(sent.id, abort)
      const startMs = performance.now()
      let wasUnknown = sent.state.kind === 'unknown'
      let mayBeWritten = wasUnknown
      let done: (() => void) | undefined
      const onWaiting = (waiting: Waiting | null) => {
        if (waiting === null) return
        wasUnknown ||= waiting.isUnknown
        mayBeWritten = wasUnknown
        done ??= addPendingWrite(`${sent.topic}: 1 message`, () => abort.abort())
        changeSent(sent.id, { state: { kind: 'waiting', ...waiting } })
      }
      const onAttempt = () => {
        mayBeWritten = true
      }
      start(abort.signal, onWaiting, onAttempt)
        .then(
          (settled) => {
            const ms = performance.now() - startMs
            if (settled.kind === 'written') {
              const { offset, epoch, attempts } = settled
              changeSent(sent.id, { state: { kind: 'written', offset, epoch, ms, attempts, wasUnknown } })
            } else if (settled.mayBeWritten) {
              changeSent(sent.id, {
                state: {
                  kind: 'unknown',
                  text: `An attempt got no answer, and a later one was refused: ${settled.error.message}`,
                },
              })
            } else {
              const { code, message } = settled.error
              changeSent(sent.id, { state: { kind: 'refused', code, text: message } })
            }
          },
          (error: unknown) => {
            if (abort.signal.aborted) {
              changeSent(sent.id, {
                state: mayBeWritten
                  ? {
                      kind: 'unknown',
                      text: 'You cancelled while it was under way, or after an attempt got no answer.',
                    }
                  : { kind: 'cancelled' },
              })
            } else {
              const code = (error as { code?: string }).code ?? 'INTERNAL'
              changeSent(sent.id, { state: { kind: 'refused', code, text: (error as Error).message } })
            }
          },
        )
        .finally(() => {
          done?.()
          underWay.delete(sent.id)
        })
    }

    return {
      producer,
      send(topic, draft) {
        const partition = partitionOf(draft, topic.partitions.length)
        const timestamp = Date.now()
        const sent: Sent = {
          id: randomUuid(),
          at: timestamp,
          topic: topic.name,
          draft,
          partition,
          timestamp,
          stamp: null,
          state: { kind: 'sending', since: timestamp },
        }
        addSent(sent)
        follow(sent, (signal, onWaiting, onAttempt) =>
          producer.produce({
            topic: topic.name,
            topicId: topic.id,
            partition,
            records: [recordOf(draft, timestamp)],
            signal,
            onWaiting,
            onAttempt,
            onStamped: (stamp) => changeSent(sent.id, { stamp }),
          }),
        )
      },
      findOut(sent) {
        const { stamp, topic, partition, draft, timestamp } = sent
        if (stamp === null) return
        changeSent(sent.id, { state: { kind: 'sending', since: Date.now() } })
        follow(sent, (signal, onWaiting, onAttempt) =>
          settleAgain(target, stamp, {
            topic,
            partition,
            records: [recordOf(draft, timestamp)],
            signal,
            onWaiting,
            onAttempt,
          }),
        )
      },
      cancel: (id) => underWay.get(id)?.abort(),
    }
  }, [target, producer])
}

export function recordOf({ key, kind, value, headers }: Draft, timestamp: number): RecordToEncode {
  return {
    key,
    value: kind === 'none' ? null : value,
    headers: headers.filter(([name]) => name !== '').map(([name, text]) => ({ key: name, value: text })),
    timestamp,
  }
}

let turn = Math.floor(Math.random() * 1_000)

/** Where the draft goes: as it says, by its key, or each time to the next one. */
export function partitionOf({ key, partition }: Pick<Draft, 'key' | 'partition'>, partitionCount: number): number {
  if (partition !== null) return partition
  return key === null ? turn++ % partitionCount : partitionForKey(key, partitionCount)
}

export function randomUuid(): string {
  return uuidOf(crypto.getRandomValues(new Uint8Array(16)))
}
