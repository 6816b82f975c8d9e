import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { YakClient } from '@yak/client'
import { produceBody, sendBare } from './bare-client.ts'
import { type Benchmark, type BenchmarkContext, median } from './benchmark.ts'
import { startBareServer, startBroker } from './broker-process.ts'
import { brokerMemory, clientMemory, forgetPeakMemory } from './memory.ts'

const PARTITIONS = 3
const RECORDS_PER_BATCH = 1_000
/** Groups of sends not yet awaited: a program that sends in a loop and looks at every receipt. */
const GROUPS_UNDER_WAY = 50
const ROUNDS = 3

type Send = (count: number) => Promise<void>

async function rateOf(count: number, send: Send): Promise<number> {
  const start = performance.now()
  await send(count)
  return count / ((performance.now() - start) / 1_000)
}

async function measure(context: BenchmarkContext, valueBytes: number, messages: number): Promise<void> {
  const { folder, report } = context
  forgetPeakMemory()
  const dataDir = join(folder, `produce-${valueBytes}`)
  const bareDir = join(folder, `bare-${valueBytes}`)
  mkdirSync(bareDir)
  const [broker, bare] = [await startBroker(dataDir), await startBareServer(bareDir)]
  const client = new YakClient({ brokers: [broker.url] })
  try {
    await client.admin().createTopic({ topic: 'bench', partitions: PARTITIONS })
    const producer = client.producer({ codec: 'bytes' })
    const value = Buffer.alloc(valueBytes, 'x')
    const keys = Array.from({ length: 17 }, (_, i) => `host-${i}`)

    /** Every message has its own promise, and every one is awaited, in groups of a thousand. */
    const sendEach =
      (keyed: boolean): Send =>
      async (count) => {
        const groups: Promise<unknown>[] = []
        for (let sent = 0; sent < count; ) {
          const group: Promise<unknown>[] = []
          for (let i = 0; i < RECORDS_PER_BATCH && sent < count; i++, sent++) {
            group.push(
              producer.send(keyed ? { topic: 'bench', key: keys[sent % 17]!, value } : { topic: 'bench', value }),
            )
          }
          groups.push(Promise.all(group))
          if (groups.length >= GROUPS_UNDER_WAY) await groups.shift()
        }
        await Promise.all(groups)
      }
    const batch = Array.from({ length: RECORDS_PER_BATCH }, () => ({ value }))
    const sendBatches: Send = async (count) => {
      const groups: Promise<unknown>[] = []
      for (let sent = 0; sent < count; sent += RECORDS_PER_BATCH) {
        groups.push(producer.sendBatch({ topic: 'bench', records: batch }))
        if (groups.length >= GROUPS_UNDER_WAY) await groups.shift()
      }
      await Promise.all(groups)
    }
    const body = produceBody(PARTITIONS, RECORDS_PER_BATCH, valueBytes)
    const sendBareBodies: Send = async (count) =>
      void (await sendBare(bare, body, count / (PARTITIONS * RECORDS_PER_BATCH)))

    const cases: readonly { readonly name: string; readonly send: Send; readonly target?: number }[] = [
      { name: 'producer.send, no key', send: sendEach(false), ...(valueBytes === 100 && { target: 500_000 }) },
      { name: 'producer.send, 17 keys', send: sendEach(true) },
      { name: 'producer.sendBatch of 1,000', send: sendBatches, ...(valueBytes === 100 && { target: 900_000 }) },
      { name: 'bare', send: sendBareBodies },
    ]
    for (const { send } of cases) await send(Math.max(50_000, messages / 10))
    const rates = cases.map((): number[] => [])
    for (let round = 0; round < ROUNDS; round++) {
      for (const [index, { send }] of cases.entries()) rates[index]!.push(await rateOf(messages, send))
    }
    const bareRate = median(rates.at(-1)!)
    const limit = { name: 'bare undici → node:http → fdatasync', value: bareRate }
    const settings = { valueBytes, partitions: PARTITIONS, messages, rounds: ROUNDS }
    for (const [index, { name, target }] of cases.entries()) {
      if (name === 'bare') continue
      const goal = valueBytes === 1_024 && name.startsWith('producer.send,') ? bareRate * 0.6 : target
      report({
        name: `${name}, ${valueBytes} B`,
        value: median(rates[index]!),
        unit: 'messages/s',
        limit,
        ...(goal !== undefined && { target: goal }),
        settings,
      })
    }
    report(brokerMemory(broker, bare, 'bare server', `, ${valueBytes} B`))
    report(clientMemory(`, ${valueBytes} B`))
  } finally {
    await client.close()
    await broker.stop()
    await bare.stop()
  }
}

export const produce: Benchmark = {
  name: 'produce',
  describes: 'through the SDK to a broker process on the same machine, fdatasync before every acknowledgement',
  async run(context) {
    await measure(context, 100, Math.max(60_000, Math.round((3_000_000 * context.scale) / 3_000) * 3_000))
    await measure(context, 1_024, Math.max(30_000, Math.round((300_000 * context.scale) / 3_000) * 3_000))
  },
}
