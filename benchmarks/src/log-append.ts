import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { Log, LogDisk, NodeStorage } from '@yak/log'
import { encodeRecordBatch, readRecordBatchHeader } from '@yak/protocol'
import { type Benchmark, median } from './benchmark.ts'

/** Batches under way at once: what a producer with five requests in flight gives one partition. */
const UNDER_WAY = 5

function batchOf(records: number, valueBytes: number): Uint8Array {
  const value = Buffer.alloc(valueBytes, 'x')
  return encodeRecordBatch(
    Array.from({ length: records }, (_, i) => ({ key: `k${i % 17}`, value, timestamp: 1_700_000_000_000 })),
  )
}

/** Append + fdatasync of the same bytes, one after the other, on the calling thread: the least a durable write can cost. */
function bareSync(file: string, batch: Uint8Array, count: number): number {
  const descriptor = openSync(file, 'w')
  const start = performance.now()
  for (let i = 0; i < count; i++) {
    writeSync(descriptor, batch)
    fdatasyncSync(descriptor)
  }
  const seconds = (performance.now() - start) / 1_000
  closeSync(descriptor)
  return seconds
}

/** The same through node:fs promises, which is what a server that must not block can use. */
async function barePromises(file: string, batch: Uint8Array, count: number): Promise<number> {
  const handle = await open(file, 'w')
  const start = performance.now()
  for (let i = 0; i < count; i++) {
    await handle.write(batch)
    await handle.datasync()
  }
  const seconds = (performance.now() - start) / 1_000
  await handle.close()
  return seconds
}

async function throughLog(folder: string, batch: Uint8Array, count: number, underWay: number): Promise<number> {
  const disk = new LogDisk({ storage: new NodeStorage(folder) })
  const log = await Log.open({ disk, folder: 'log' })
  const start = performance.now()
  let next = 0
  const lane = async (): Promise<void> => {
    while (next++ < count) {
      await log.appendAsLeader(batch, readRecordBatchHeader(batch), 1).synced
    }
  }
  await Promise.all(Array.from({ length: underWay }, lane))
  const seconds = (performance.now() - start) / 1_000
  await log.close()
  return seconds
}

export const logAppend: Benchmark = {
  name: 'log',
  describes: 'append with fdatasync before each acknowledgement, one partition, no network',
  async run({ scale, folder, report }) {
    for (const [records, valueBytes] of [
      [1, 100],
      [1_000, 100],
      [1_000, 1_024],
    ] as const) {
      const batch = batchOf(records, valueBytes)
      const count = Math.max(100, Math.round((batch.length > 500_000 ? 300 : 2_000) * scale))
      const bare: number[] = []
      const barePromised: number[] = []
      const alone: number[] = []
      const together: number[] = []
      for (let round = 0; round < 3; round++) {
        const part = (kind: string) => join(folder, `${records}-${valueBytes}-${kind}-${round}`)
        bare.push((count * records) / bareSync(part('bare'), batch, count))
        barePromised.push((count * records) / (await barePromises(part('promises'), batch, count)))
        alone.push((count * records) / (await throughLog(part('alone'), batch, count, 1)))
        together.push((count * records) / (await throughLog(part('together'), batch, count, UNDER_WAY)))
      }
      const settings = { records, valueBytes, batchBytes: batch.length }
      const name = `${records} × ${valueBytes} B a batch`
      const limit = { name: 'bare node:fs, sync calls', value: median(bare) }
      report({ name: `bare fs promises, ${name}`, value: median(barePromised), unit: 'messages/s', limit, settings })
      report({ name: `Log, one under way, ${name}`, value: median(alone), unit: 'messages/s', limit, settings })
      report({
        name: `Log, ${UNDER_WAY} under way, ${name}`,
        value: median(together),
        unit: 'messages/s',
        limit,
        settings,
      })
    }
  },
}
