import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { YakClient } from '@yak/client'
import { Pool } from 'undici'
import { produceBody } from './bare-client.ts'
import type { Benchmark } from './benchmark.ts'
import { startBareServer, startBroker } from './broker-process.ts'
import { brokerMemory, clientMemory } from './memory.ts'

/** `concurrency` callers, each sending its next message when the last is acknowledged: nothing is gathered on purpose. */
async function rateOf(concurrency: number, seconds: number, send: () => Promise<unknown>): Promise<number> {
  const end = performance.now() + seconds * 1_000
  let done = 0
  const start = performance.now()
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (performance.now() < end) {
        await send()
        done++
      }
    }),
  )
  return done / ((performance.now() - start) / 1_000)
}

export const concurrency: Benchmark = {
  name: 'concurrency',
  describes: 'durable sends one at a time from 1, 16 and 64 callers',
  async run({ scale, folder, report }) {
    const bareDir = join(folder, 'bare')
    mkdirSync(bareDir)
    const [broker, bare] = [await startBroker(join(folder, 'broker')), await startBareServer(bareDir)]
    const client = new YakClient({ brokers: [broker.url] })
    const bareClient = new Pool(bare.url, { connections: 5, pipelining: 1 })
    try {
      await client.admin().createTopic({ topic: 'bench', partitions: 3 })
      const producer = client.producer({ codec: 'bytes' })
      const seconds = Math.max(0.5, 4 * scale)
      for (const valueBytes of [100, 1_024]) {
        const value = Buffer.alloc(valueBytes, 'x')
        const body = produceBody(1, 1, valueBytes)
        const sendBare = async (): Promise<void> => {
          const answer = await bareClient.request({ method: 'POST', path: '/append', body })
          await answer.body.arrayBuffer()
        }
        for (const callers of [1, 16, 64]) {
          const send = () => producer.send({ topic: 'bench', value })
          await rateOf(callers, seconds / 4, send)
          const value2 = await rateOf(callers, seconds, send)
          const limit = { name: 'bare, a request each', value: await rateOf(callers, seconds, sendBare) }
          report({
            name: `send, ${callers} callers, ${valueBytes} B`,
            value: value2,
            unit: 'messages/s',
            limit,
            settings: { valueBytes, callers, seconds },
          })
        }
      }
      report(brokerMemory(broker, bare, 'bare server'))
      report(clientMemory())
    } finally {
      await bareClient.close()
      await client.close()
      await broker.stop()
      await bare.stop()
    }
  },
}
