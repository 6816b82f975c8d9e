import { join } from 'node:path'
import { YakClient } from '@yak/client'
import type { Benchmark } from './benchmark.ts'
import { type ServerProcess, startBroker } from './broker-process.ts'
import { clientMemory } from './memory.ts'

const VALUE_BYTES = 1_024
const RECORDS_PER_BATCH = 1_000

/** Seconds from starting the process to its first answer that it can serve. */
async function timedStart(dataDir: string): Promise<{ readonly broker: ServerProcess; readonly seconds: number }> {
  const start = performance.now()
  const broker = await startBroker(dataDir)
  return { broker, seconds: (performance.now() - start) / 1_000 }
}

async function fill(broker: ServerProcess, bytes: number): Promise<void> {
  const client = new YakClient({ brokers: [broker.url] })
  const producer = client.producer({ codec: 'bytes' })
  const value = Buffer.alloc(VALUE_BYTES, 'x')
  const records = Array.from({ length: RECORDS_PER_BATCH }, () => ({ value }))
  const batches = Math.ceil(bytes / (VALUE_BYTES * RECORDS_PER_BATCH))
  const waiting: Promise<unknown>[] = []
  for (let i = 0; i < batches; i++) {
    waiting.push(producer.sendBatch({ topic: 'bench', records }))
    if (waiting.length >= 8) await waiting.shift()
  }
  await Promise.all(waiting)
  await client.close()
}

export const restart: Benchmark = {
  name: 'restart',
  describes: 'from starting the process to serving, as the log grows',
  async run({ scale, folder, report }) {
    const dataDir = join(folder, 'broker')
    let broker = await startBroker(dataDir)
    try {
      await broker.stop()
      const empty = await timedStart(dataDir)
      broker = empty.broker
      const limit = { name: 'the same with an empty log', value: empty.seconds }
      const idle = { name: limit.name, value: broker.memory.peakMB }
      let written = 0
      for (const gigabytes of [0.1, 1, 4]) {
        const bytes = gigabytes * scale * 1e9
        const size = `${Number((bytes / 1e9).toPrecision(3))} GB`
        await fill(broker, bytes - written)
        written = bytes
        await broker.stop('SIGTERM')
        const clean = await timedStart(dataDir)
        report({
          name: `after a clean stop, ${size}`,
          value: clean.seconds,
          unit: 's',
          limit,
          ...(gigabytes === 4 && { target: 2 }),
          settings: { valueBytes: VALUE_BYTES, partitions: 3 },
        })
        await clean.broker.stop('SIGKILL')
        const killed = await timedStart(dataDir)
        broker = killed.broker
        report({ name: `after kill -9, ${size}`, value: killed.seconds, unit: 's', limit })
      }
      report({ name: 'broker memory, peak', value: broker.memory.peakMB, unit: 'MB', limit: idle, target: 200 })
      report(clientMemory(', while it fills the log'))
    } finally {
      await broker.stop()
    }
  },
}
