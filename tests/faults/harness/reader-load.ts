import type { YakClient } from '@yak/client'
import type { Recorder } from './recorder.ts'

export interface ReaderLoadOptions {
  readonly name: string
  readonly client: YakClient
  readonly recorder: Recorder
  readonly topic: string
  readonly topicId: string
  /** Default true; false: to where the partitions end when it begins. */
  readonly follow?: boolean
}

/** A program that reads a topic from its first record on, and writes down what it was given. */
export class ReaderLoad {
  readonly #options: ReaderLoadOptions
  readonly #positions = new Map<number, { nextOffset: number; askedAtMs: number }>()
  readonly #stop = new AbortController()
  #pollCount = 0
  #running: Promise<void> = Promise.resolve()

  constructor(options: ReaderLoadOptions) {
    this.#options = options
  }

  /** How many records it was given. */
  get count(): number {
    let count = 0
    for (const { nextOffset } of this.#positions.values()) count += nextOffset
    return count
  }

  start(): this {
    this.#running = this.#run()
    // Told by `stop`.
    this.#running.catch(() => {})
    return this
  }

  /** Throws what the iteration threw. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  /** Reads to the end, for one that does not follow. */
  async finish(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    const { name: client, recorder, topic, topicId, follow = true } = this.#options
    const { signal } = this.#stop
    const startedAtMs = recorder.nowMs()
    const consumer = this.#options.client.consumer<string>({
      topics: [topic],
      from: 'earliest',
      follow,
      signal,
      maxWaitMs: 500,
    })
    try {
      for await (const batch of consumer.batches()) {
        const position = this.#positions.get(batch.partition) ?? { nextOffset: 0, askedAtMs: startedAtMs }
        const id = ++this.#pollCount
        const timeMs = recorder.nowMs()
        const nextOffset = batch.lastOffset + 1
        const { highWatermark, logStartOffset } = batch
        const partition = `${topicId}-${batch.partition}`
        const { nextOffset: offset, askedAtMs } = position
        recorder.history.add({
          type: 'invoke',
          op: 'poll',
          client,
          id,
          timeMs: askedAtMs,
          partition,
          consumer: client,
          offset,
        })
        recorder.history.add({
          type: 'ok',
          op: 'poll',
          client,
          id,
          timeMs,
          epoch: batch.messages.at(-1)!.epoch,
          records: batch.messages.map((message) => [message.offset, message.value] as const),
          nextOffset,
          highWatermark,
          logStartOffset,
        })
        this.#positions.set(batch.partition, { nextOffset, askedAtMs: timeMs })
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }
}
