import { setTimeout as pause } from 'node:timers/promises'
import type { Receipt, YakClient } from '@yak/client'
import { YakError } from '@yak/protocol'
import { expect } from 'vitest'

export const topic = 'readings'
export const partitions = 3

interface Reading {
  readonly sender: number
  readonly n: number
}

interface Sent {
  readonly key: string
  readonly reading: Reading
  receipt: Receipt | undefined
  error: YakError | undefined
}

const nameOf = ({ sender, n }: Reading): string => `${sender}/${n}`

/** Programs that send steadily, each to its own keys, and write down what they were told and when. */
export class SteadySenders {
  readonly sent: Sent[] = []
  readonly #acknowledgedAtMs: number[] = []
  readonly #running: Promise<unknown>[]
  #isStopped = false

  constructor(clients: readonly YakClient[]) {
    this.#running = clients.map((client, sender) => this.#run(client, sender))
  }

  get acknowledged(): number {
    return this.#acknowledgedAtMs.length
  }

  /** Sends no more; resolves when all is settled. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await Promise.all(this.#running)
  }

  /** The longest time between two receipts, and when it began, in milliseconds of `performance.now`. */
  longestGapMs(sinceMs: number): number {
    const times = [sinceMs, ...this.#acknowledgedAtMs.filter((atMs) => atMs >= sinceMs)]
    return Math.max(...times.map((atMs, index) => atMs - (times[index - 1] ?? atMs)))
  }

  async #run(client: YakClient, sender: number): Promise<void> {
    const producer = client.producer({ deliveryTimeoutMs: 60_000 })
    const underWay: Promise<void>[] = []
    for (let n = 0; !this.#isStopped; n++) {
      const one: Sent = { key: `${sender}-${n % 5}`, reading: { sender, n }, receipt: undefined, error: undefined }
      this.sent.push(one)
      underWay.push(
        producer.send({ topic, key: one.key, value: one.reading }).then(
          (receipt) => {
            one.receipt = receipt
            this.#acknowledgedAtMs.push(performance.now())
          },
          (error: unknown) => {
            if (!YakError.is(error)) throw error
            one.error = error
          },
        ),
      )
      await pause(4)
    }
    await Promise.all(underWay)
  }
}

/** A program that reads the whole topic as it grows, and checks as it reads. */
export class SteadyReader {
  readonly seen: Map<string, { readonly partition: number; readonly offset: number }> = new Map()
  readonly #stop = new AbortController()
  readonly #running: Promise<unknown>
  readonly #next = new Map<number, number>()
  readonly #lastOfKey = new Map<string, number>()
  #highest = new Map<number, number>()

  constructor(client: YakClient) {
    this.#running = this.#run(client).catch((error: unknown) => (this.#stop.signal.aborted ? undefined : { error }))
  }

  /** @throws what a check, or the consumer, threw. */
  async stop(): Promise<void> {
    this.#stop.abort()
    const failed = await this.#running
    if (failed !== undefined) throw (failed as { readonly error: unknown }).error
  }

  /** Until it has read so many. @throws after `withinMs` */
  async untilSeen(count: number, withinMs = 60_000): Promise<void> {
    const deadlineMs = performance.now() + withinMs
    while (this.seen.size < count) {
      if (performance.now() > deadlineMs) throw new Error(`${this.seen.size} of ${count} records were read`)
      await pause(10)
    }
  }

  async #run(client: YakClient): Promise<void> {
    const consumer = client.consumer<Reading>({ topics: [topic], signal: this.#stop.signal, maxWaitMs: 1_000 })
    for await (const batch of consumer.batches()) {
      const { partition, highWatermark } = batch
      expect(highWatermark, 'the high watermark').toBeGreaterThanOrEqual(this.#highest.get(partition) ?? -1)
      this.#highest.set(partition, highWatermark)
      for (const { offset, key, value } of batch) {
        expect(offset, `the next offset of partition ${partition}`).toBe(this.#next.get(partition) ?? 0)
        this.#next.set(partition, offset + 1)
        expect(this.seen.has(nameOf(value)), `${nameOf(value)} twice`).toBe(false)
        this.seen.set(nameOf(value), { partition, offset })
        expect(value.n, `the order of key ${key}`).toBeGreaterThan(this.#lastOfKey.get(key!) ?? -1)
        this.#lastOfKey.set(key!, value.n)
      }
    }
  }
}

/** Every record once, where its receipt says, and none given up; each reader saw the same. */
export function expectExactlyOnce(senders: SteadySenders, readers: readonly SteadyReader[]): void {
  const failed = senders.sent.filter(({ error }) => error !== undefined)
  expect(failed.map(({ error }) => `${error!.code} ${error!.message}`)).toEqual([])
  for (const reader of readers) {
    expect(reader.seen.size).toBe(senders.sent.length)
    for (const { reading, receipt } of senders.sent) {
      const place = reader.seen.get(nameOf(reading))
      expect(place?.partition, nameOf(reading)).toBe(receipt!.partition)
      // Undefined: written, and the broker no longer remembers where.
      if (receipt!.offset !== undefined) expect(place?.offset, nameOf(reading)).toBe(receipt!.offset)
    }
  }
}
