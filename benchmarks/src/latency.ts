import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Consumer, type Producer, YakClient } from '@yak/client'
import { Pool } from 'undici'
import { produceBody } from './bare-client.ts'
import type { Benchmark, Figure } from './benchmark.ts'
import { type ServerProcess, startBareServer, startBroker } from './broker-process.ts'
import { Latencies } from './latencies.ts'
import { brokerMemory, clientMemory } from './memory.ts'
import { paced } from './pacer.ts'

const MESSAGES_PER_SECOND = 1_000
const ROUNDS = 4
/** Until V8 has compiled, in the client too, what is used often: until then its compiler takes the processors (docs/decisions/0011-v8-threads.md). */
const WARM_UP_SECONDS = 60
const WARM_UP = WARM_UP_SECONDS * MESSAGES_PER_SECOND
const PERCENTILES = [50, 99, 99.9] as const

/** Of the requests of one stretch, since each was due. */
class RequestTimes {
  /** The sender's call: what the machine's own clock and scheduler add. */
  readonly sending = new Latencies()
  readonly acknowledged = new Latencies()
}

/** Of messages, which also come back. */
class MessageTimes extends RequestTimes {
  readonly arrival = new Latencies()
}

/**
 * Sends at a fixed rate to a broker and consumes in the same process, so that both ends have one clock. A message is timed from the
 * moment it was due, not from when the sender got round to it: that would leave out the waiting a stall causes (coordinated omission).
 */
export class PacedMessages {
  readonly warmUp = new MessageTimes()
  readonly measured = new MessageTimes()
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
    const messages = new PacedMessages(client, topic, valueBytes)
    await messages.#pass(WARM_UP, messages.warmUp)
    return messages
  }

  /** Sends for so long and waits until all have come back. */
  async round(seconds: number): Promise<void> {
    await this.#pass(Math.round(seconds * MESSAGES_PER_SECOND), this.measured)
  }

  async #pass(count: number, times: MessageTimes): Promise<void> {
    const dueTimes = new Float64Array(count)
    const receipts: Promise<void>[] = []
    const received = (async () => {
      let left = count
      for await (const { value } of this.#consumer) {
        times.arrival.since(dueTimes[Buffer.from(value!).readUInt32LE(0)]!)
        if (--left === 0) break
      }
    })()
    await paced(MESSAGES_PER_SECOND, count, (index, dueMs) => {
      times.sending.since(dueMs)
      dueTimes[index] = dueMs
      const value = Buffer.alloc(this.#valueBytes)
      value.writeUInt32LE(index)
      receipts.push(this.#producer.send({ topic: this.#topic, value }).then(() => times.acknowledged.since(dueMs)))
    })
    await Promise.all(receipts)
    await received
  }

  async close(): Promise<void> {
    await this.#client.close()
  }
}

/** The same bytes at the same pace, a request each, to the bare server that syncs and answers. */
export class PacedRequests {
  readonly warmUp = new RequestTimes()
  readonly measured = new RequestTimes()
  readonly #pool: Pool
  readonly #body: Uint8Array

  private constructor(server: ServerProcess, valueBytes: number) {
    this.#pool = new Pool(server.url, { connections: 5, pipelining: 1 })
    this.#body = produceBody(1, 1, valueBytes)
  }

  static async start(server: ServerProcess, valueBytes: number): Promise<PacedRequests> {
    const requests = new PacedRequests(server, valueBytes)
    await requests.#pass(WARM_UP, requests.warmUp)
    return requests
  }

  async round(seconds: number): Promise<void> {
    await this.#pass(Math.round(seconds * MESSAGES_PER_SECOND), this.measured)
  }

  async #pass(count: number, times: RequestTimes): Promise<void> {
    const answers: Promise<void>[] = []
    const send = async (dueMs: number): Promise<void> => {
      times.sending.since(dueMs)
      const answer = await this.#pool.request({ method: 'POST', path: '/append', body: this.#body })
      await answer.body.arrayBuffer()
      times.acknowledged.since(dueMs)
    }
    await paced(MESSAGES_PER_SECOND, count, (_index, dueMs) => void answers.push(send(dueMs)))
    await Promise.all(answers)
  }

  async close(): Promise<void> {
    await this.#pool.close()
  }
}

/** One figure for each percentile of `measured`, beside the same of `limit`. */
export function percentileFigures(
  name: string,
  measured: Latencies,
  limit: { readonly name: string; readonly latencies: Latencies },
  targets: Partial<Record<(typeof PERCENTILES)[number], number>>,
  settings: NonNullable<Figure['settings']>,
): Figure[] {
  return PERCENTILES.map((percentile) => ({
    name: name.replace('%', `p${percentile}`),
    value: measured.percentile(percentile),
    unit: 'ms',
    limit: { name: `${limit.name} p${percentile}`, value: limit.latencies.percentile(percentile) },
    ...(targets[percentile] !== undefined && { target: targets[percentile] }),
    settings,
  }))
}

/** One after the other, several times, so that what the machine does meanwhile meets all; seconds of each. */
export async function takeTurns(
  scale: number,
  runs: readonly { round(seconds: number): Promise<void> }[],
): Promise<number> {
  const seconds = Math.max(3, 20 * scale)
  for (let round = 0; round < ROUNDS; round++) for (const run of runs) await run.round(seconds / ROUNDS)
  return seconds
}

export const latency: Benchmark = {
  name: 'latency',
  describes: 'end to end at a fixed 1,000 messages/s, measured from when each message was due',
  async run({ scale, folder, report }) {
    const bareDir = join(folder, 'bare')
    mkdirSync(bareDir)
    const [broker, bare] = [await startBroker(join(folder, 'broker')), await startBareServer(bareDir)]
    try {
      for (const valueBytes of [100, 1_024]) {
        const messages = await PacedMessages.start([broker.url], `bench-${valueBytes}`, valueBytes)
        const requests = await PacedRequests.start(bare, valueBytes)
        const seconds = await takeTurns(scale, [messages, requests])
        const { warmUp, measured } = messages
        const settings = { valueBytes, perSecond: MESSAGES_PER_SECOND, seconds }
        const limit = { name: 'bare, due → answer', latencies: requests.measured.acknowledged }
        const firstLimit = { name: 'bare, due → answer', latencies: requests.warmUp.acknowledged }
        const sendingLimit = { name: 'bare, due → sending', latencies: requests.measured.sending }
        const of = (name: string) => `${name} %, ${valueBytes} B`
        const first = of(`due → consumer, first ${WARM_UP_SECONDS} s`)
        for (const figure of [
          ...percentileFigures(first, warmUp.arrival, firstLimit, {}, settings),
          ...percentileFigures(of('due → sending'), measured.sending, sendingLimit, {}, settings),
          ...percentileFigures(of('due → receipt'), measured.acknowledged, limit, {}, settings),
          ...percentileFigures(of('due → consumer'), measured.arrival, limit, { 50: 0.8, 99: 2 }, settings),
        ]) {
          report(figure)
        }
        await messages.close()
        await requests.close()
      }
      report(brokerMemory(broker, bare, 'bare server'))
      report(clientMemory())
    } finally {
      await broker.stop()
      await bare.stop()
    }
  },
}
