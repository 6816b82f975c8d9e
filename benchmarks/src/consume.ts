import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { YakClient } from '@yak/client'
import { produceBody, readBare, sendBare } from './bare-client.ts'
import { type Benchmark, type BenchmarkContext, median } from './benchmark.ts'
import { startBareServer, startBroker } from './broker-process.ts'
import { brokerMemory, clientMemory, forgetPeakMemory } from './memory.ts'

const PARTITIONS = 3
const RECORDS_PER_BATCH = 1_000
const ROUNDS = 3

async function measure(context: BenchmarkContext, valueBytes: number, messages: number): Promise<void> {
  const { folder, report } = context
  forgetPeakMemory()
  const bareDir = join(folder, `bare-${valueBytes}`)
  mkdirSync(bareDir)
  const broker = await startBroker(join(folder, `consume-${valueBytes}`))
  const bare = await startBareServer(bareDir)
  const client = new YakClient({ brokers: [broker.url] })
  try {
    await client.admin().createTopic({ topic: 'bench', partitions: PARTITIONS })
    const producer = client.producer({ codec: 'bytes' })
    const value = Buffer.alloc(valueBytes, 'x')
    const batch = Array.from({ length: RECORDS_PER_BATCH }, () => ({ value }))
    for (let sent = 0; sent < messages; sent += RECORDS_PER_BATCH * 30) {
      const group = Math.min(30, (messages - sent) / RECORDS_PER_BATCH)
      await Promise.all(Array.from({ length: group }, () => producer.sendBatch({ topic: 'bench', records: batch })))
    }
    const body = produceBody(PARTITIONS, RECORDS_PER_BATCH, valueBytes)
    const bodies = Math.ceil(messages / (PARTITIONS * RECORDS_PER_BATCH))
    await sendBare(bare, body, bodies)

    /** Both ways look at the bytes of every value, so that a value never looked at is not what makes them fast. */
    const inBatches = async (): Promise<number> => {
      let [count, bytes] = [0, 0]
      const consumer = client.consumer({ topics: ['bench'], from: 'earliest', codec: 'bytes' })
      for await (const messagesOfBatch of consumer.batches()) {
        for (const message of messagesOfBatch) bytes += (message.value as Uint8Array).length
        count += messagesOfBatch.length
        if (count >= messages) break
      }
      await consumer.close()
      return bytes
    }
    const oneByOne = async (): Promise<number> => {
      let [count, bytes] = [0, 0]
      const consumer = client.consumer({ topics: ['bench'], from: 'earliest', codec: 'bytes' })
      for await (const message of consumer) {
        bytes += (message.value as Uint8Array).length
        if (++count >= messages) break
      }
      await consumer.close()
      return bytes
    }
    const cases = [
      { name: 'consumer.batches()', target: 800_000, read: inBatches },
      { name: 'for await', target: 500_000, read: oneByOne },
    ]
    const rates = cases.map((): number[] => [])
    const bareRates: number[] = []
    for (let round = 0; round <= ROUNDS; round++) {
      for (const [index, { read, name }] of cases.entries()) {
        const start = performance.now()
        const bytes = await read()
        const seconds = (performance.now() - start) / 1_000
        if (bytes !== messages * valueBytes) throw new Error(`${name} gave ${bytes} bytes of ${messages * valueBytes}`)
        if (round > 0) rates[index]!.push(messages / seconds)
      }
      const seconds = await readBare(bare, bodies * body.length)
      if (round > 0) bareRates.push((bodies * PARTITIONS * RECORDS_PER_BATCH) / seconds)
    }
    const limit = { name: 'bare undici ← node:http ← file', value: median(bareRates) }
    for (const [index, { name, target }] of cases.entries()) {
      report({
        name: `${name}, ${valueBytes} B`,
        value: median(rates[index]!),
        unit: 'messages/s',
        limit,
        ...(valueBytes === 100 && { target }),
        settings: { valueBytes, partitions: PARTITIONS, messages, rounds: ROUNDS },
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

export const consume: Benchmark = {
  name: 'consume',
  describes: 'from the beginning through the SDK, broker process on the same machine',
  async run(context) {
    await measure(context, 100, Math.max(60_000, Math.round((3_000_000 * context.scale) / 3_000) * 3_000))
    await measure(context, 1_024, Math.max(30_000, Math.round((600_000 * context.scale) / 3_000) * 3_000))
  },
}
