import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { checkRecordBatch, encodeRecordBatch, LIMITS, type RecordToEncode, YakError } from '../../src/index.ts'
import { batchOf, codeOf, recordOf, resealed, varint } from './batch-bytes.ts'

/** attributes, timestamp delta, offset delta, no key, value "a", no headers */
const body = [0, 0, 0, ...varint(-1), ...varint(1), 0x61, 0]
const record = recordOf(body)
const recordAt = (offsetDelta: number): number[] => recordOf([0, 0, ...varint(offsetDelta), 1, 1, 0])
const one = (bytes: readonly number[]): Uint8Array => batchOf(Uint8Array.from(bytes), 1)

describe('a batch made by hand', () => {
  test('is good', () => {
    expect(checkRecordBatch(one(record))).toEqual({
      baseOffset: 0,
      sizeBytes: 61 + record.length,
      leaderEpoch: -1,
      crc: expect.any(Number),
      attributes: 0,
      compression: 'none',
      lastOffsetDelta: 0,
      lastOffset: 0,
      baseTimestamp: 1_000,
      maxTimestamp: 1_000,
      producerId: -1,
      producerEpoch: -1,
      baseSequence: -1,
      lastSequence: -1,
      recordCount: 1,
    })
  })

  test('is good in the middle of other bytes', () => {
    const batch = one(record)
    const bytes = Buffer.concat([Buffer.from('before'), batch, Buffer.from('after')])
    expect(checkRecordBatch(bytes, 6).sizeBytes).toBe(batch.length)
  })
})

describe('the lengths', () => {
  const good = one(record)

  test.each(Array.from({ length: good.length }, (_, length) => length))('cut off after %i bytes', (length) => {
    expect(codeOf(() => checkRecordBatch(good.subarray(0, length)))).toBe('INVALID_BATCH_LENGTH')
  })

  test.each([
    ['negative', { batchLength: -1 }],
    ['shorter than the header', { batchLength: 48 }],
    ['longer than what is there', { batchLength: 49 + record.length + 1 }],
    ['the largest', { batchLength: 2_147_483_647 }],
  ])('batchLength is %s', (_, fields) => {
    expect(codeOf(() => checkRecordBatch(batchOf(Uint8Array.from(record), 1, fields)))).toBe('INVALID_BATCH_LENGTH')
  })

  test('batchLength leaves out the last byte', () => {
    const short = resealed(good.subarray(0, -1))
    new DataView(short.buffer).setInt32(8, short.length - 12)
    expect(codeOf(() => checkRecordBatch(short))).toBe('CORRUPT_BATCH')
  })

  test('a position beyond the bytes', () => {
    expect(codeOf(() => checkRecordBatch(good, good.length))).toBe('INVALID_BATCH_LENGTH')
    expect(codeOf(() => checkRecordBatch(good, -1))).toBe('INVALID_BATCH_LENGTH')
  })
})

describe('the header', () => {
  const withFields = (fields: Parameters<typeof batchOf>[2], count = 1) =>
    batchOf(Uint8Array.from(record), count, fields)

  test.each([
    ['magic 1', { magic: 1 }, 'CORRUPT_BATCH'],
    ['no records', { recordCount: 0, lastOffsetDelta: -1 }, 'INVALID_RECORD_COUNT'],
    ['a negative count', { recordCount: -5, lastOffsetDelta: -6 }, 'INVALID_RECORD_COUNT'],
    ['a last offset delta that is not count - 1', { lastOffsetDelta: 3 }, 'INVALID_RECORD_COUNT'],
    ['a negative base offset', { baseOffset: -1n }, 'CORRUPT_BATCH'],
    ['a base offset beyond 2^53', { baseOffset: 2n ** 53n }, 'CORRUPT_BATCH'],
    ['a last offset beyond 2^53', { baseOffset: 2n ** 53n - 1n, lastOffsetDelta: 1, recordCount: 2 }, 'CORRUPT_BATCH'],
    ['a base timestamp beyond 2^53', { baseTimestamp: 2n ** 60n }, 'CORRUPT_BATCH'],
    ['a producer id beyond 2^53', { producerId: 2n ** 60n, producerEpoch: 0, baseSequence: 0 }, 'CORRUPT_BATCH'],
    ['a producer id below -1', { producerId: -2n }, 'CORRUPT_BATCH'],
    ['a producer without epoch', { producerId: 7n, producerEpoch: -1, baseSequence: 0 }, 'INVALID_RECORD'],
    ['a producer without sequence', { producerId: 7n, producerEpoch: 0, baseSequence: -1 }, 'INVALID_RECORD'],
    ['log append time', { attributes: 0b1000 }, 'INVALID_RECORD'],
    ['transactional', { attributes: 0b1_0000 }, 'INVALID_RECORD'],
    ['control', { attributes: 0b10_0000 }, 'INVALID_RECORD'],
    ['an attribute that means nothing', { attributes: 0b100_0000_0000 }, 'INVALID_RECORD'],
    ['the sign bit of the attributes', { attributes: -32_768 }, 'INVALID_RECORD'],
    ['snappy', { attributes: 2 }, 'UNSUPPORTED_COMPRESSION'],
    ['lz4', { attributes: 3 }, 'UNSUPPORTED_COMPRESSION'],
    ['codec 7', { attributes: 7 }, 'UNSUPPORTED_COMPRESSION'],
    ['a largest timestamp that is too large', { maxTimestamp: 1_001n }, 'INVALID_RECORD'],
    ['a largest timestamp that is too small', { maxTimestamp: 999n }, 'INVALID_RECORD'],
  ])('%s', (_, fields, code) => {
    expect(codeOf(() => checkRecordBatch(withFields(fields)))).toBe(code)
  })

  test('epoch 0 and sequence 0 without a producer id, as kafkajs sends them', () => {
    expect(checkRecordBatch(withFields({ producerEpoch: 0, baseSequence: 0 })).producerId).toBe(-1)
  })

  test('sequences wrap to 0', () => {
    const records = Uint8Array.from([recordAt(0), recordAt(1), recordAt(2)].flat())
    const batch = batchOf(records, 3, { producerId: 1n, producerEpoch: 0, baseSequence: 2_147_483_646 })
    expect(checkRecordBatch(batch)).toMatchObject({ baseSequence: 2_147_483_646, lastSequence: 0 })
  })

  test('a wrong checksum is found before anything is unpacked', () => {
    const batch = batchOf(gzipSync(Uint8Array.from(record)), 1, { attributes: 1 })
    expect(checkRecordBatch(batch).compression).toBe('gzip')
    batch[batch.length - 1]! ^= 1
    expect(() => checkRecordBatch(batch)).toThrow(/checksum/)
  })
})

describe('the count of records', () => {
  test('none, and none claimed', () => {
    expect(codeOf(() => checkRecordBatch(batchOf(new Uint8Array(0), 0)))).toBe('INVALID_RECORD_COUNT')
  })

  const three = Uint8Array.from([recordAt(0), recordAt(1), recordAt(2)].flat())

  test.each([1, 2, 4, 5, 100_000])('three records, and %i claimed', (count) => {
    expect(codeOf(() => checkRecordBatch(batchOf(three, count)))).toBe('INVALID_RECORD_COUNT')
    const packed = batchOf(gzipSync(three), count, { attributes: 1 })
    expect(codeOf(() => checkRecordBatch(packed))).toBe('INVALID_RECORD_COUNT')
  })

  test('2^31 - 1 claimed', () => {
    expect(codeOf(() => checkRecordBatch(batchOf(three, 2_147_483_647)))).toBe('BATCH_TOO_LARGE')
    expect(codeOf(() => checkRecordBatch(batchOf(three, 2_147_483_647), 0, { maxRecords: 2 ** 31 }))).toBe(
      'INVALID_RECORD_COUNT',
    )
  })
})

describe('a record', () => {
  const [lengthBeyond, lengthShort] = [recordOf(body, body.length + 1), recordOf(body, body.length - 1)]

  test.each([
    ['longer than the batch', lengthBeyond, 'CORRUPT_BATCH'],
    ['of a huge length', recordOf(body, 2_147_483_647), 'CORRUPT_BATCH'],
    ['of a negative length', recordOf(body, -1), 'CORRUPT_BATCH'],
    ['of length 0', [0, ...body], 'INVALID_RECORD'],
    ['shorter than its parts', lengthShort, 'INVALID_RECORD'],
    ['longer than its parts', recordOf([...body, 0]), 'INVALID_RECORD'],
    ['with attributes', recordOf([1, ...body.slice(1)]), 'INVALID_RECORD'],
    ['at another offset', recordAt(3), 'INVALID_RECORD'],
    ['at a negative offset', recordAt(-1), 'INVALID_RECORD'],
    ['with a key that is longer than it', recordOf([0, 0, 0, ...varint(50), 1, 0]), 'INVALID_RECORD'],
    ['with a key of length -2', recordOf([0, 0, 0, ...varint(-2), 1, 0]), 'INVALID_RECORD'],
    ['with a value that is longer than it', recordOf([0, 0, 0, 1, ...varint(2_147_483_647), 0]), 'INVALID_RECORD'],
    ['with a negative count of headers', recordOf([0, 0, 0, 1, 1, ...varint(-1)]), 'INVALID_RECORD'],
    ['with more headers than bytes', recordOf([0, 0, 0, 1, 1, ...varint(2_147_483_647)]), 'INVALID_RECORD'],
    ['with a header without a key', recordOf([0, 0, 0, 1, 1, 2, ...varint(-1), 1]), 'INVALID_RECORD'],
    ['with a header key that is not UTF-8', recordOf([0, 0, 0, 1, 1, 2, 4, 0xff, 0xfe, 1]), 'INVALID_RECORD'],
    ['with a header value that is longer than it', recordOf([0, 0, 0, 1, 1, 2, 0, ...varint(9)]), 'INVALID_RECORD'],
    ['with a varint of six bytes', recordOf([0, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0, 1, 1, 0]), 'INVALID_RECORD'],
    ['with a varint beyond 32 bits', recordOf([0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x1f, 1, 0]), 'INVALID_RECORD'],
    [
      'with a key length of -1 and a bit beyond 32',
      recordOf([0, 0, 0, 0x81, 0x80, 0x80, 0x80, 0x10, 1, 0]),
      'INVALID_RECORD',
    ],
    ['with a varlong of eleven bytes', recordOf([0, ...Array(10).fill(0x80), 0, 0, 1, 1, 0]), 'INVALID_RECORD'],
    ['with a timestamp beyond 2^53', recordOf([0, ...Array(9).fill(0xfe), 1, 0, 1, 1, 0]), 'INVALID_RECORD'],
    ['with a timestamp below -1', recordOf([0, ...varint(-1_002), 0, 1, 1, 0]), 'INVALID_RECORD'],
    ['that ends in a varint', recordOf([0, 0, 0, 0x80]), 'INVALID_RECORD'],
  ])('%s', (_, bytes, code) => {
    expect(codeOf(() => checkRecordBatch(one(bytes)))).toBe(code)
    // Behind a good one as well.
    const second = recordAt(0).concat(bytes)
    expect(codeOf(() => checkRecordBatch(batchOf(Uint8Array.from(second), 2)))).not.toBe('no error')
  })

  test('with a timestamp below -1, behind one that is right', () => {
    const records = [...recordAt(0), ...recordOf([0, ...varint(-1_002), ...varint(1), 1, 1, 0])]
    expect(codeOf(() => checkRecordBatch(batchOf(Uint8Array.from(records), 2)))).toBe('INVALID_RECORD')
  })

  test('without a timestamp, as Kafka has it', () => {
    const batch = batchOf(Uint8Array.from(record), 1, { baseTimestamp: -1n, maxTimestamp: -1n })
    expect(checkRecordBatch(batch).maxTimestamp).toBe(-1)
  })
})

describe('the limits', () => {
  const value = (sizeBytes: number): RecordToEncode => ({ key: null, value: new Uint8Array(sizeBytes), timestamp: 0 })
  const detailsOf = (run: () => unknown): unknown => {
    try {
      run()
    } catch (error) {
      return YakError.is(error) ? { code: error.code, ...error.details } : error
    }
    return 'no error'
  }

  test('a record of exactly the limit, and one byte more', () => {
    const record: RecordToEncode = { key: 'k', value: 'vv', headers: [{ key: 'a', value: 'b' }], timestamp: 0 }
    // Key 1, value 2, header: two lengths and two letters.
    expect(codeOf(() => checkRecordBatch(encodeRecordBatch([record]), 0, { maxRecordBytes: 7 }))).toBe('no error')
    expect(detailsOf(() => checkRecordBatch(encodeRecordBatch([record, record]), 0, { maxRecordBytes: 6 }))).toEqual({
      code: 'RECORD_TOO_LARGE',
      record: 0,
      sizeBytes: 7,
      maxRecordBytes: 6,
    })
    expect(codeOf(() => checkRecordBatch(encodeRecordBatch([value(LIMITS.maxRecordBytes)])))).toBe('no error')
    expect(codeOf(() => checkRecordBatch(encodeRecordBatch([value(LIMITS.maxRecordBytes + 1)])))).toBe(
      'RECORD_TOO_LARGE',
    )
  })

  test('a batch of exactly the limit, and one byte more', () => {
    const batch = encodeRecordBatch([value(100)])
    expect(codeOf(() => checkRecordBatch(batch, 0, { maxBatchBytes: batch.length }))).toBe('no error')
    expect(codeOf(() => checkRecordBatch(batch, 0, { maxBatchBytes: batch.length - 1 }))).toBe('BATCH_TOO_LARGE')
  })

  test('as many records as the limit, and one more', () => {
    const batch = encodeRecordBatch([value(1), value(1)])
    expect(codeOf(() => checkRecordBatch(batch, 0, { maxRecords: 2 }))).toBe('no error')
    expect(codeOf(() => checkRecordBatch(batch, 0, { maxRecords: 1 }))).toBe('BATCH_TOO_LARGE')
  })

  test('as many headers as the limit, and one more', () => {
    const headers = Array.from({ length: LIMITS.maxHeadersPerRecord + 1 }, () => ({ key: 'a', value: null }))
    expect(codeOf(() => checkRecordBatch(encodeRecordBatch([{ ...value(1), headers: headers.slice(1) }])))).toBe(
      'no error',
    )
    expect(codeOf(() => checkRecordBatch(encodeRecordBatch([{ ...value(1), headers }])))).toBe('INVALID_RECORD')
  })

  test.each(['gzip', 'zstd'] as const)('a %s bomb', (compression) => {
    const batch = encodeRecordBatch([value(32 * 1_048_576)], { compression })
    expect(batch.length).toBeLessThan(100_000)
    expect(codeOf(() => checkRecordBatch(batch))).toBe('DECOMPRESSED_TOO_LARGE')
    expect(codeOf(() => checkRecordBatch(batch, 0, { maxDecompressedBytes: 64 * 1_048_576 }))).toBe('RECORD_TOO_LARGE')
  })

  test.each(['gzip', 'zstd'] as const)('%s records that are cut off anywhere', (compression) => {
    const whole = encodeRecordBatch([value(300)], { compression })
    for (let length = 61; length < whole.length; length++) {
      const cut = Uint8Array.from(whole.subarray(0, length))
      new DataView(cut.buffer).setInt32(8, length - 12)
      expect(codeOf(() => checkRecordBatch(resealed(cut)))).toBe('CORRUPT_BATCH')
    }
  })

  test('a batch that is not what its codec says', () => {
    expect(codeOf(() => checkRecordBatch(batchOf(Uint8Array.from(record), 1, { attributes: 1 })))).toBe('CORRUPT_BATCH')
    expect(codeOf(() => checkRecordBatch(batchOf(Uint8Array.from(record), 1, { attributes: 4 })))).toBe('CORRUPT_BATCH')
  })
})
