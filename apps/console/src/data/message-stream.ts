import { type Message, readMessage } from '../lib/json/consume-text.ts'
import { nodeAt, readJson } from '../lib/json/json-node.ts'
import { Ring } from '../lib/ring.ts'
import { SequenceCheck, type SequenceFault } from '../lib/sequence-check.ts'
import type { LiveError, SubscribedFrame } from './live/frames.ts'
import type { LiveChannel, LiveSubscription } from './live/live-channel.ts'
import { Store } from './store.ts'

export interface StreamSpec {
  readonly topic: string
  /** All unless named. */
  readonly partitions?: readonly number[]
  /** `earliest`, `latest`, an offset or an ISO time for all; or one for each partition. */
  readonly from: string | number | Readonly<Record<string, number | string>>
  /** `live` leaves out what it cannot keep up with, and says so; `all` waits instead. Default `live`. */
  readonly mode?: 'live' | 'all'
  readonly maxMessages?: number
  readonly maxBytes?: number
}

export type StreamRow =
  | { readonly kind: 'message'; readonly id: number; readonly message: Message }
  | {
      readonly kind: 'skipped'
      readonly id: number
      readonly partition: number
      readonly count: number
      readonly fromOffset: number
      readonly because: string
    }
  | { readonly kind: 'fault'; readonly id: number; readonly partition: number; readonly fault: SequenceFault }
  | {
      readonly kind: 'reconnected'
      readonly id: number
      readonly afterMs: number
      readonly brokerId: string
      /** Offsets between where it was and where the broker goes on. */
      readonly lost: number
    }

export interface StreamView {
  readonly state: 'waiting' | 'live' | 'paused' | 'failed'
  readonly error: LiveError | null
  /** Oldest first. Read them by index in a virtual list; the array is new at each change. */
  readonly rows: readonly StreamRow[]
  /** Messages that came, kept or not. */
  readonly received: number
  /** Those of them that `accept` let through; all without one. */
  readonly accepted: number
  /** Rows let go because the ring is full. */
  readonly dropped: number
  readonly skipped: number
  readonly faults: number
  readonly sizeBytes: number
  /** For each partition: where to go on, and how far the log is ahead. */
  readonly partitions: Readonly<
    Record<string, { readonly nextOffset: number; readonly highWatermark: number; readonly logStartOffset: number }>
  >
}

const defaultMaxMessages = 5_000
const defaultMaxBytes = 33_554_432
/** Between two views at least: a flood is unreadable at any rate, and twenty times a second still looks alive. */
const leastRenderMs = 50
/** What may be under way before it is shown. */
const creditMessages = 2_000
const creditBytes = 4_194_304

/**
 * Messages of a topic as they are committed, bounded, resumable and checked. It lives outside React; `view` changes at most
 * twenty times a second, in a frame that the browser draws, and not at all while the tab is hidden, though messages are
 * counted and kept.
 */
export class MessageStream {
  readonly view: Store<StreamView>
  readonly spec: StreamSpec
  readonly #live: LiveChannel
  readonly #accept: ((message: Message) => boolean) | null
  readonly #ring: Ring<StreamRow>
  readonly #checks = new Map<number, SequenceCheck>()
  readonly #next = new Map<number, number>()
  /** Of the topic that the offsets in `#next` are of. */
  #topicId: string | undefined
  readonly #partitions: Record<string, { nextOffset: number; highWatermark: number; logStartOffset: number }> = {}
  #subscription: LiveSubscription | null = null
  #renderPending = false
  #renderedAt = 0
  #nextRowId = 1
  #received = 0
  #accepted = 0
  #skipped = 0
  #faults = 0
  #usedMessages = 0
  #usedBytes = 0
  #paused = false
  #error: LiveError | null = null
  #begun = false
  #lostAt: number | null = null
  #stopWatching: (() => void) | null = null

  /** `accept`: which messages are kept; all are counted and checked. */
  constructor(live: LiveChannel, spec: StreamSpec, accept: ((message: Message) => boolean) | null = null) {
    this.#live = live
    this.#accept = accept
    this.spec = spec
    this.#ring = new Ring<StreamRow>({
      maxCount: spec.maxMessages ?? defaultMaxMessages,
      maxBytes: spec.maxBytes ?? defaultMaxBytes,
      sizeOf: (row) => (row.kind === 'message' ? row.message.sizeBytes * 2 + 200 : 200),
    })
    this.view = new Store<StreamView>(this.#read())
  }

  open(): void {
    if (this.#subscription !== null || this.#paused) return
    this.#subscription = this.#live.subscribe({
      frame: () => this.#frame(),
      onSubscribed: (frame) => this.#subscribed(frame),
      onData: (_frame, text) => this.#take(text),
      onWaiting: (error) => {
        this.#error = error
        this.#render()
      },
      onError: (error) => {
        this.#error = error
        this.#subscription = null
        this.#render()
      },
    })
    this.#stopWatching = this.#live.store.subscribe(() => {
      if (this.#live.store.get().machine.phase !== 'open') this.#lostAt ??= Date.now()
    })
  }

  close(): void {
    this.#stopWatching?.()
    this.#subscription?.close()
    this.#subscription = null
  }

  /** After an error: asks again, from where it was; from the start of what is wanted where the topic is another one. */
  retry(): void {
    this.close()
    if (this.#error?.code === 'UNKNOWN_TOPIC_ID') {
      this.#next.clear()
      this.#checks.clear()
      this.#topicId = undefined
      this.#begun = false
    }
    this.#error = null
    this.open()
    this.#render()
  }

  /** Nothing comes from now on, not even what credit is left for: the broker keeps it, in its log. */
  pause(): void {
    if (this.#paused) return
    this.#paused = true
    this.close()
    this.#lostAt = null
    this.#render()
  }

  /** Goes on where it was. */
  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.open()
    this.#render()
  }

  clear(): void {
    this.#ring.clear()
    this.#render()
  }

  #frame(): Record<string, unknown> {
    const { topic, partitions, from, mode = 'live' } = this.spec
    const resumed = this.#next.size > 0
    this.#usedMessages = 0
    this.#usedBytes = 0
    return {
      channel: 'messages',
      topic,
      mode,
      ...(partitions === undefined ? {} : { partitions }),
      ...(this.#topicId === undefined ? {} : { topicId: this.#topicId }),
      from: resumed ? Object.fromEntries(this.#next) : from,
      credit: { messages: creditMessages, bytes: creditBytes },
    }
  }

  #subscribed(frame: SubscribedFrame): void {
    this.#error = null
    this.#topicId = frame.topicId
    let lost = 0
    for (const [name, offset] of Object.entries(frame.next ?? {})) {
      const partition = Number(name)
      const before = this.#next.get(partition)
      if (before !== undefined) {
        lost += Math.max(0, offset - before)
        continue
      }
      this.#next.set(partition, offset)
      this.#checkOf(partition).skipTo(offset)
      // The log is at least so far; the first data says how far.
      this.#partitions[partition] = { nextOffset: offset, highWatermark: offset, logStartOffset: 0 }
    }
    if (this.#begun && this.#lostAt !== null) {
      const brokerId = this.#live.store.get().hello?.brokerId ?? '?'
      this.#ring.push({
        kind: 'reconnected',
        id: this.#nextRowId++,
        afterMs: Date.now() - this.#lostAt,
        brokerId,
        lost,
      })
    }
    this.#begun = true
    this.#lostAt = null
    this.#render()
  }

  #take(text: string): void {
    const root = readJson(text)
    const parts = root.kind === 'object' ? nodeAt(root, ['parts']) : undefined
    if (parts?.kind !== 'array') return
    this.#usedBytes += text.length
    for (const part of parts.items) {
      const number = (name: string) => {
        const node = nodeAt(part, [name])
        return node === undefined ? 0 : Number(text.slice(node.start, node.end))
      }
      const partition = number('partition')
      const skipped = nodeAt(part, ['skipped'])
      if (skipped !== undefined && skipped.kind === 'object')
        this.#skip(partition, JSON.parse(text.slice(skipped.start, skipped.end)))
      const records = nodeAt(part, ['records'])
      for (const record of records?.kind === 'array' ? records.items : [])
        this.#add(readMessage(text, record, this.spec.topic, partition))
      const nextOffset = number('nextOffset')
      this.#next.set(partition, nextOffset)
      this.#partitions[partition] = {
        nextOffset,
        highWatermark: number('highWatermark'),
        logStartOffset: number('logStartOffset'),
      }
    }
    this.#grant()
    this.#render()
  }

  #add(message: Message): void {
    this.#received++
    this.#usedMessages++
    for (const fault of this.#checkOf(message.partition).check(message)) {
      this.#faults++
      this.#ring.push({ kind: 'fault', id: this.#nextRowId++, partition: message.partition, fault })
    }
    if (this.#accept !== null && !this.#accept(message)) return
    this.#accepted++
    this.#ring.push({ kind: 'message', id: this.#nextRowId++, message })
  }

  #skip(
    partition: number,
    { count, fromOffset, because }: { count: number; fromOffset: number; because: string },
  ): void {
    this.#skipped += count
    this.#checkOf(partition).skipTo(fromOffset + count)
    this.#ring.push({ kind: 'skipped', id: this.#nextRowId++, partition, count, fromOffset, because })
  }

  #checkOf(partition: number): SequenceCheck {
    let check = this.#checks.get(partition)
    if (check === undefined) this.#checks.set(partition, (check = new SequenceCheck()))
    return check
  }

  /** Gives back what was used once half is gone: a frame for each message would be as much talk as the messages. */
  #grant(): void {
    if (this.#usedMessages < creditMessages / 2 && this.#usedBytes < creditBytes / 2) return
    this.#subscription?.credit(this.#usedMessages, this.#usedBytes)
    this.#usedMessages = 0
    this.#usedBytes = 0
  }

  #render(): void {
    if (this.#renderPending) return
    this.#renderPending = true
    const draw = () =>
      requestAnimationFrame((at) => {
        this.#renderPending = false
        this.#renderedAt = at
        this.view.set(this.#read())
      })
    const waitMs = this.#renderedAt + leastRenderMs - performance.now()
    if (waitMs <= 0) draw()
    else setTimeout(draw, waitMs)
  }

  #read(): StreamView {
    return {
      state: this.#error !== null ? 'failed' : this.#paused ? 'paused' : this.#begun ? 'live' : 'waiting',
      error: this.#error,
      rows: this.#ring.toArray(),
      received: this.#received,
      accepted: this.#accepted,
      dropped: this.#ring.dropped,
      skipped: this.#skipped,
      faults: this.#faults,
      sizeBytes: this.#ring.sizeBytes,
      partitions: { ...this.#partitions },
    }
  }
}
