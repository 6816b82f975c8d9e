import type { LiveError, SubscribedFrame } from '../../data/live/frames.ts'
import type { LiveChannel } from '../../data/live/live-channel.ts'
import type { IdempotentProducer } from '../../data/produce/idempotent-producer.ts'
import type { Waiting } from '../../data/produce/settle-batches.ts'

export const probeKey = 'yak-probe'
/** How long an acknowledged probe may take to come back before that is told as such. */
const returnTimeoutMs = 10_000
const creditMessages = 10_000
const creditBytes = 16_777_216

export interface ProbeTarget {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
}

export interface ProbeResult {
  readonly partition: number
  /** Null when the broker knows that it was written and no longer where. */
  readonly offset: number | null
  readonly epoch: number
  /** Attempts until one was answered. */
  readonly attempts: number
  /** From sending to the answer: it is in the log of every broker in sync then. */
  readonly acknowledgedMs: number
  /** From sending to its coming back on a subscription of this page; null: not within ten seconds of the answer. */
  readonly returnedMs: number | null
}

/** Sends one marked message on a live subscription's own partition and times its way. @throws why it was not written, or not watched. */
export async function probe(
  live: LiveChannel,
  producer: IdempotentProducer,
  target: ProbeTarget,
  signal: AbortSignal,
  onWaiting: (waiting: Waiting | null) => void,
): Promise<ProbeResult> {
  const mark = crypto.getRandomValues(new Uint32Array(4)).join('-')
  const { watching, returned, stop } = watchFor(live, target, mark)
  try {
    await untilAborted(watching, signal)
    const timestamp = Date.now()
    const value = JSON.stringify({ probe: mark, sentAt: new Date(timestamp).toISOString() })
    const records = [{ key: probeKey, value, timestamp }]
    let sentAt = performance.now()
    // Before its first message a producer asks for an id; that is not the message's way.
    const onStamped = () => {
      sentAt = performance.now()
    }
    const settled = await producer.produce({ ...target, records, signal, onWaiting, onStamped })
    if (settled.kind === 'refused') throw settled.error
    const acknowledgedMs = performance.now() - sentAt
    const returnedAt = await Promise.race([untilAborted(returned, signal), nothingAfter(returnTimeoutMs)])
    const { offset, epoch, attempts } = settled
    const returnedMs = returnedAt === null ? null : returnedAt - sentAt
    return { partition: target.partition, offset, epoch, attempts, acknowledgedMs, returnedMs }
  } finally {
    stop()
  }
}

/** Reads the partition from its end on, through reconnects, until a message with the mark is in it. */
function watchFor(live: LiveChannel, { topic, topicId, partition }: ProbeTarget, mark: string) {
  const watching = Promise.withResolvers<void>()
  const returned = Promise.withResolvers<number>()
  // Whoever waits for neither any more is not to be told of an error.
  for (const { promise } of [watching, returned]) promise.catch(() => {})
  let next: number | undefined
  const subscription = live.subscribe({
    frame: () => ({
      channel: 'messages',
      topic,
      topicId,
      partitions: [partition],
      from: next ?? 'latest',
      mode: 'all',
      credit: { messages: creditMessages, bytes: creditBytes },
    }),
    onSubscribed: (frame: SubscribedFrame) => {
      next ??= frame.next?.[String(partition)]
      watching.resolve()
    },
    onData: (frame, text) => {
      if (text.includes(mark)) returned.resolve(performance.now())
      const [part] = (frame as { parts: readonly { records: readonly unknown[]; nextOffset: number }[] }).parts
      if (part === undefined) return
      next = part.nextOffset
      subscription.credit(part.records.length, text.length)
    },
    onError: ({ code, detail }: LiveError) => {
      const error = Object.assign(new Error(detail), { code })
      watching.reject(error)
      returned.reject(error)
    },
  })
  return { watching: watching.promise, returned: returned.promise, stop: () => subscription.close() }
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const end = () => aborted.reject(signal.reason as Error)
  if (signal.aborted) end()
  signal.addEventListener('abort', end, { once: true })
  return Promise.race([promise, aborted.promise]).finally(() => signal.removeEventListener('abort', end))
}

function nothingAfter(ms: number): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), ms))
}
