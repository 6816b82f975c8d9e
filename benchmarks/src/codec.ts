import { checkRecordBatch, crc32c, decodeRecordBatch, RecordBatchBuilder, RecordCursor } from '@yak/protocol'
import { type Benchmark, median } from './benchmark.ts'

const RECORDS_PER_BATCH = 1_000
const REPEATS = 5

/** Messages per second of `work`, which handles one batch: the median of several rounds, after one to warm up. */
function rateOf(batches: number, work: () => void): number {
  const rates: number[] = []
  for (let round = 0; round <= REPEATS; round++) {
    const start = performance.now()
    for (let i = 0; i < batches; i++) work()
    const seconds = (performance.now() - start) / 1_000
    if (round > 0) rates.push((batches * RECORDS_PER_BATCH) / seconds)
  }
  return median(rates)
}

export const codec: Benchmark = {
  name: 'codec',
  describes: 'record batches to bytes and back, one thread, no I/O',
  async run({ scale, report }) {
    for (const valueBytes of [100, 1_024]) {
      const batches = Math.max(20, Math.round((valueBytes === 100 ? 1_000 : 300) * scale))
      const settings = { valueBytes, recordsPerBatch: RECORDS_PER_BATCH }
      const value = Buffer.alloc(valueBytes, 'x')
      const keys = Array.from({ length: RECORDS_PER_BATCH }, (_, i) => `host-${i % 17}`)
      const builder = new RecordBatchBuilder({ maxBytes: 4_194_304 })
      const encode = (): Uint8Array => {
        builder.reset()
        for (let i = 0; i < RECORDS_PER_BATCH; i++) {
          if (builder.tryAppend({ key: keys[i]!, value, timestamp: 1_700_000_000_000 + i }) < 0) throw new Error('full')
        }
        return builder.build()
      }
      const batch = encode().slice()
      const copy = Buffer.alloc(batch.length)
      const bareCopy = rateOf(batches, () => copy.set(batch))
      const bareChecksum = rateOf(batches, () => void crc32c(batch))

      const limit = { name: 'copy the bytes', value: bareCopy }
      report({ name: `encode, ${valueBytes} B`, value: rateOf(batches, encode), unit: 'messages/s', limit, settings })
      report({
        name: `check before append, ${valueBytes} B`,
        value: rateOf(batches, () => void checkRecordBatch(batch)),
        unit: 'messages/s',
        limit: { name: 'CRC-32C alone', value: bareChecksum },
        settings,
      })
      let seen = 0
      report({
        name: `walk with a cursor, ${valueBytes} B`,
        value: rateOf(batches, () => {
          const cursor = new RecordCursor(batch)
          while (cursor.next()) seen += cursor.valueEnd - cursor.valueStart
        }),
        unit: 'messages/s',
        limit,
        settings,
      })
      report({
        name: `decode to objects, ${valueBytes} B`,
        value: rateOf(batches, () => void (seen += decodeRecordBatch(batch).length)),
        unit: 'messages/s',
        limit,
        settings,
      })
      if (seen === 0) throw new Error('nothing was decoded')
    }
  },
}
