import { type Consumer, type Producer, YakClient } from '@yak/client'
import { Pool } from 'undici'
import { produceBody } from '../bare-client.ts'
import { Latencies } from './latencies.ts'
import { paced } from './pacer.ts'

/** When it was reached, of each message or request of a stretch, counted from when that one was due. */
export class LoadTimes {
  /** The sender's call: what the machine's own clock and scheduler add. */
  readonly sending = new Latencies()
  /** Its receipt or answer. */
  readonly acknowledged = new Latencies()
  /** The consumer's loop. Nothing of a load that does not come back. */
  readonly arrival = new Latencies()
}

/** Sends at a fixed rate; settles when all of it was answered and has come back. */
export interface PacedLoad {
  pass(perSecond: number, count: number, times: LoadTimes): Promise<void>
  close(): Promise<void>
}

/** Of so many answers, none of which is kept: a list of promises would be what the collector is busy with. */
class Countdown {
  readonly done: Promise<void>
  #left: number
  #finish!: () => void

  constructor(count: number) {
    this.#left = count
    this.done = new Promise((resolve) => {
      this.#finish = resolve
    })
  }

  one(): void {
    if (--this.#left === 0) this.#finish()
  }
}

/**
 * Sends to a broker and consumes in the same process, so that both ends have one clock. A message is timed from the
 * moment it was due, not from when the sender got round to it: that would leave out the waiting a stall causes (coordinated omission).
 */
export class PacedMessages implements PacedLoad {
  readonly #client: YakClient
  readonly #producer: Producer
  readonly #consumer: Consumer<Uint8Array>
  readonly #topic: string
  readonly #valueBytes: number

  private constructor(client: YakClient, topic: string, valueBytes: number) {
    this.#client = client
    this.#topic = topic
    this.#valueBytes = valueBytes
    this.#producer = client.producer({ codec: 'bytes' })
    this.#consumer = client.consumer({ topics: [topic], from: 'earliest', codec: 'bytes' })
  }

  static async start(brokers: readonly string[], topic: string, valueBytes: number): Promise<PacedMessages> {
    const client = new YakClient({ brokers: [...brokers] })
    await client.admin().createTopic({ topic, partitions: 3 })
    return new PacedMessages(client, topic, valueBytes)
  }

  async pass(perSecond: number, count: number, times: LoadTimes): Promise<void> {
    const dueTimes = new Float64Array(count)
    const receipts = new Countdown(count)
    const received = this.#receive(count, dueTimes, times)
    await paced(perSecond, count, (index, dueMs) => {
      times.sending.since(dueMs)
      dueTimes[index] = dueMs
      const value = Buffer.alloc(this.#valueBytes)
      value.writeUInt32LE(index)
      void this.#producer.send({ topic: this.#topic, value }).then(() => {
        times.acknowledged.since(dueMs)
        receipts.one()
      })
    })
    await Promise.all([receipts.done, received])
  }

  async #receive(count: number, dueTimes: Float64Array, times: LoadTimes): Promise<void> {
    let left = count
    for await (const { value } of this.#consumer) {
      times.arrival.since(dueTimes[Buffer.from(value!).readUInt32LE(0)]!)
      if (--left === 0) break
    }
  }

  async close(): Promise<void> {
    await this.#client.close()
  }
}

/** The same bytes at the same pace, a request each, to the bare server that syncs and answers. */
export class PacedRequests implements PacedLoad {
  readonly #pool: Pool
  readonly #body: Uint8Array

  constructor(url: string, valueBytes: number) {
    this.#pool = new Pool(url, { connections: 5, pipelining: 1 })
    this.#body = produceBody(1, 1, valueBytes)
  }

  async pass(perSecond: number, count: number, times: LoadTimes): Promise<void> {
    const answers = new Countdown(count)
    const send = async (dueMs: number): Promise<void> => {
      times.sending.since(dueMs)
      const answer = await this.#pool.request({ method: 'POST', path: '/append', body: this.#body })
      await answer.body.arrayBuffer()
      times.acknowledged.since(dueMs)
      answers.one()
    }
    await paced(perSecond, count, (_index, dueMs) => void send(dueMs))
    await answers.done
  }

  async close(): Promise<void> {
    await this.#pool.close()
  }
}
