import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  type Compression,
  checkRecordBatch,
  decodeRecordBatch,
  encodeRecordBatch,
  RECORD_BATCH_HEADER_BYTES,
  stampProducer,
  stampRecordBatch,
  verifyRecordBatchChecksum,
} from '../../src/index.ts'
import { plain, toEncode } from './records.ts'

interface GoldenBatch {
  readonly name: string
  readonly compression: Compression
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly records: readonly {
    readonly key: string | null
    readonly value: string | null
    readonly headers: readonly (readonly [string, string | null])[]
    readonly timestamp: number
  }[]
  readonly batch: string
}

const fixtures = join(import.meta.dirname, '../fixtures')
const goldenBatches = JSON.parse(readFileSync(join(fixtures, 'golden-batches.json'), 'utf8')) as GoldenBatch[]
const fromHex = (digits: string | null): Uint8Array | null => (digits === null ? null : Buffer.from(digits, 'hex'))

describe.each(goldenBatches)('$name', (golden) => {
  const bytes = fromHex(golden.batch)!
  const records = golden.records.map((record) => ({
    key: fromHex(record.key),
    value: fromHex(record.value),
    headers: record.headers.map(([name, value]) => [name, fromHex(value)] as const),
    timestamp: record.timestamp,
  }))

  test('is accepted, with the header it was made with', () => {
    expect(checkRecordBatch(bytes)).toMatchObject({
      baseOffset: 0,
      sizeBytes: bytes.length,
      leaderEpoch: 0,
      compression: golden.compression,
      lastOffsetDelta: records.length - 1,
      recordCount: records.length,
      maxTimestamp: Math.max(...records.map(({ timestamp }) => timestamp)),
      producerId: golden.producerId,
      producerEpoch: golden.producerEpoch,
      baseSequence: golden.baseSequence,
      lastSequence: (golden.baseSequence + records.length - 1) % 2 ** 31,
    })
    expect(verifyRecordBatchChecksum(bytes)).toBe(true)
  })

  test('decodes to its records', () => {
    expect(decodeRecordBatch(bytes).map(plain)).toEqual(records.map(plain))
  })

  test('is what the builder makes', () => {
    const built = encodeRecordBatch(records.map(toEncode), { compression: golden.compression })
    stampProducer(built, 0, golden)
    stampRecordBatch(built, 0, 0, 0)
    // What a compressor makes of the same bytes may change with its version; what it packs may not.
    expect(hexOf(golden.compression === 'none' ? built : headerOf(built))).toBe(
      golden.compression === 'none' ? golden.batch : hexOf(headerOf(bytes)),
    )
  })
})

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** Without length and checksum, which depend on the compressor. */
const headerOf = (batch: Uint8Array): Uint8Array =>
  Buffer.concat([batch.subarray(12, 17), batch.subarray(21, RECORD_BATCH_HEADER_BYTES)])
