import { describe, expect, test } from 'vitest'
import {
  encodeRecordBatch,
  RecordCursor,
  readRecordBatchHeader,
  stampProducer,
  stampRecordBatch,
} from '../../src/index.ts'
import { codeOf } from './batch-bytes.ts'

const records = [
  {
    key: 'k',
    value: 'value',
    timestamp: 1_000,
    headers: [
      { key: 'a', value: 'b' },
      { key: 'a', value: null },
    ],
  },
  { key: null, value: null, timestamp: 990 },
  { key: '', value: '', timestamp: 2_000 },
]

describe.each(['none', 'gzip', 'zstd'] as const)('RecordCursor over %s', (compression) => {
  const batch = Buffer.concat([
    Buffer.from('before'),
    encodeRecordBatch(records, { compression }),
    Buffer.from('after'),
  ])
  stampRecordBatch(batch, 6, 500, 3)
  const text = (cursor: RecordCursor, start: number, end: number): string | null =>
    start < 0 ? null : Buffer.from(cursor.bytes.subarray(start, end)).toString()

  test('tells where everything lies', () => {
    const cursor = new RecordCursor(batch, 6)
    const seen = []
    while (cursor.next()) {
      seen.push({
        index: cursor.index,
        offset: cursor.offset,
        timestamp: cursor.timestamp,
        key: text(cursor, cursor.keyStart, cursor.keyEnd),
        value: text(cursor, cursor.valueStart, cursor.valueEnd),
        headerCount: cursor.headerCount,
      })
    }
    expect(seen).toEqual([
      { index: 1, offset: 500, timestamp: 1_000, key: 'k', value: 'value', headerCount: 2 },
      { index: 2, offset: 501, timestamp: 990, key: null, value: null, headerCount: 0 },
      { index: 3, offset: 502, timestamp: 2_000, key: '', value: '', headerCount: 0 },
    ])
    expect(cursor.next()).toBe(false)
  })

  test('decodes headers when asked, as often as asked, and goes on', () => {
    const cursor = new RecordCursor(batch, 6)
    expect(cursor.headers()).toEqual([])
    cursor.next()
    const expected = [
      { key: 'a', value: Buffer.from('b') },
      { key: 'a', value: null },
    ]
    expect(cursor.headers().map(({ key, value }) => ({ key, value: value && Buffer.from(value) }))).toEqual(expected)
    expect(cursor.headers()).toHaveLength(2)
    expect(cursor.next()).toBe(true)
    expect(cursor.headers()).toEqual([])
    expect(cursor.next()).toBe(true)
    expect(cursor.next()).toBe(false)
  })

  test('takes a header that was read before', () => {
    const header = readRecordBatchHeader(batch, 6)
    expect(new RecordCursor(batch, 6, { header }).header).toBe(header)
  })

  test('verifies the checksum unless told not to', () => {
    const damaged = Buffer.from(batch)
    damaged[6 + 17]! ^= 1
    expect(codeOf(() => new RecordCursor(damaged, 6))).toBe('CORRUPT_BATCH')
    expect(new RecordCursor(damaged, 6, { verifyChecksum: false }).next()).toBe(true)
  })
})

describe('stamping', () => {
  const batch = encodeRecordBatch(records)

  test.each([
    ['a negative offset', -1, 0],
    ['an offset beyond 2^53', 2 ** 53, 0],
    ['a broken offset', 0.5, 0],
    ['an epoch beyond 32 bits', 0, 2 ** 31],
  ])('refuses %s', (_, baseOffset, leaderEpoch) => {
    expect(() => stampRecordBatch(batch, 0, baseOffset, leaderEpoch)).toThrow(TypeError)
  })

  test.each([
    ['a producer id beyond 2^53', { producerId: 2 ** 53, producerEpoch: 0, baseSequence: 0 }],
    ['an epoch beyond 16 bits', { producerId: 1, producerEpoch: 32_768, baseSequence: 0 }],
    ['a sequence beyond 32 bits', { producerId: 1, producerEpoch: 0, baseSequence: 2 ** 31 }],
  ])('refuses %s', (_, producer) => {
    expect(() => stampProducer(batch, 0, producer)).toThrow(TypeError)
  })
})
