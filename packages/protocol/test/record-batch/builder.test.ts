import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkRecordBatch, decodeRecordBatch, encodeRecordBatch, LIMITS, RecordBatchBuilder } from '../../src/index.ts'
import { plain, recordsToEncode } from './records.ts'

const record = { key: null, value: 'v', timestamp: 1_000 }

describe('RecordBatchBuilder', () => {
  test('answers offset deltas, counts and sizes', () => {
    const builder = new RecordBatchBuilder({ maxBytes: 1_000 })
    expect([builder.recordCount, builder.sizeBytes]).toEqual([0, 61])
    expect(builder.tryAppend(record)).toBe(0)
    expect(builder.tryAppend(record)).toBe(1)
    expect(builder.recordCount).toBe(2)
    const batch = builder.build()
    expect(builder.sizeBytes).toBe(batch.length)
    expect(builder.recordCount).toBe(2)
    expect(checkRecordBatch(batch)).toMatchObject({ recordCount: 2, baseOffset: 0, leaderEpoch: -1, producerId: -1 })
  })

  test('takes what fits and not a byte more', () => {
    fc.assert(
      fc.property(recordsToEncode, fc.integer({ min: 61, max: 600 }), (records, maxBytes) => {
        const builder = new RecordBatchBuilder({ maxBytes })
        const taken = records.filter((record) => {
          const [count, sizeBytes] = [builder.recordCount, builder.sizeBytes]
          const delta = builder.tryAppend(record)
          if (delta === -1) expect([builder.recordCount, builder.sizeBytes]).toEqual([count, sizeBytes])
          else expect(delta).toBe(count)
          return delta !== -1
        })
        expect(builder.sizeBytes).toBeLessThanOrEqual(maxBytes)
        if (taken.length === 0) return
        const batch = builder.build()
        expect(decodeRecordBatch(batch).map(plain)).toEqual(taken.map(plain))
        expect(Buffer.compare(batch, encodeRecordBatch(taken))).toBe(0)
      }),
    )
  })

  test('fits exactly', () => {
    const sizeBytes = encodeRecordBatch([{ ...record, value: 'é'.repeat(50) }]).length
    const append = (maxBytes: number) =>
      new RecordBatchBuilder({ maxBytes }).tryAppend({ ...record, value: 'é'.repeat(50) })
    expect(append(sizeBytes)).toBe(0)
    expect(append(sizeBytes - 1)).toBe(-1)
  })

  test('holds at most so many records', () => {
    const builder = new RecordBatchBuilder({ maxBytes: 1_000, maxRecords: 2 })
    expect([1, 2, 3].map(() => builder.tryAppend(record))).toEqual([0, 1, -1])
    expect(new RecordBatchBuilder({ maxBytes: 1_000 }).maxRecords).toBe(LIMITS.maxRecordsPerBatch)
  })

  test('begins anew after reset, and leaves the batch it gave away alone', () => {
    const builder = new RecordBatchBuilder({ maxBytes: 10_000 })
    builder.tryAppend({ ...record, value: 'a'.repeat(2_000) })
    const first = builder.build()
    const copy = Uint8Array.from(first)
    builder.reset()
    expect([builder.recordCount, builder.sizeBytes]).toEqual([0, 61])
    for (let index = 0; index < 5; index++) builder.tryAppend({ ...record, value: 'b'.repeat(500) })
    const second = builder.build()
    expect(Buffer.compare(first, copy)).toBe(0)
    expect(decodeRecordBatch(second)).toHaveLength(5)
  })

  test('drops what was not built on reset', () => {
    const builder = new RecordBatchBuilder({ maxBytes: 1_000 })
    builder.tryAppend({ ...record, timestamp: 5_000_000 })
    builder.reset()
    builder.tryAppend(record)
    expect(checkRecordBatch(builder.build())).toMatchObject({
      recordCount: 1,
      baseTimestamp: 1_000,
      maxTimestamp: 1_000,
    })
  })

  test('takes bytes as they are, and texts as UTF-8', () => {
    const builder = new RecordBatchBuilder({ maxBytes: 1_000 })
    builder.tryAppend({ key: 'ключ', value: Buffer.from([0, 255]), headers: [{ key: 'ü', value: 'ß' }], timestamp: 0 })
    const [decoded] = decodeRecordBatch(builder.build())
    expect(Buffer.from(decoded!.key!).toString()).toBe('ключ')
    expect([...decoded!.value!]).toEqual([0, 255])
    expect(decoded!.headers).toEqual([{ key: 'ü', value: Buffer.from('ß') }])
  })

  test.each([-1, 0.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY])('refuses %d as a timestamp', (timestamp) => {
    const builder = new RecordBatchBuilder({ maxBytes: 1_000 })
    expect(() => builder.tryAppend({ ...record, timestamp })).toThrow(TypeError)
    expect(builder.recordCount).toBe(0)
  })

  test('refuses to be used out of order', () => {
    const builder = new RecordBatchBuilder({ maxBytes: 1_000 })
    expect(() => builder.build()).toThrow(TypeError)
    builder.tryAppend(record)
    expect(() => builder.build({ producerId: 1 })).toThrow(TypeError)
    builder.build()
    expect(() => builder.build()).toThrow(TypeError)
    expect(() => builder.tryAppend(record)).toThrow(TypeError)
  })
})
