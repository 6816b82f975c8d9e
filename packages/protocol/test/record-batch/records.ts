import fc from 'fast-check'
import type { RecordToEncode } from '../../src/record-batch/builder.ts'
import type { DecodedRecord } from '../../src/record-batch/decode.ts'
import type { PeerRecord } from '../peers/peer.ts'

/** Records for the tests: what to draw them from, and one shape to compare them in. */

const bytes = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength })

/** Any code point, halves of surrogate pairs among them. */
const codePoint: fc.Arbitrary<string> = fc
  .integer({ min: 0, max: 0x10ffff })
  .map((point) => String.fromCodePoint(point))

/** Any text: ASCII of lengths around every threshold, other alphabets, lone surrogates. */
export const text: fc.Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: codePoint, maxLength: 40 }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)), maxLength: 40 }),
  fc.nat({ max: 200 }).map((length) => 'x'.repeat(length)),
  fc.tuple(fc.nat({ max: 200 }), fc.constantFrom('é', '東', '🚀')).map(([length, end]) => 'x'.repeat(length) + end),
  fc.tuple(fc.nat({ max: 200 }), fc.constantFrom('é', '東', '🚀')).map(([length, start]) => start + 'x'.repeat(length)),
)

const part = fc.oneof(
  { arbitrary: fc.constant(null), weight: 1 },
  { arbitrary: bytes(80), weight: 3 },
  { arbitrary: text, weight: 3 },
)

const timestamp: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: 1_767_225_600_000, max: 1_767_225_700_000 }),
  fc.nat(),
  fc.maxSafeNat(),
)

const recordToEncode: fc.Arbitrary<RecordToEncode> = fc.record({
  key: part,
  value: part,
  headers: fc.option(fc.array(fc.record({ key: text, value: part }), { maxLength: 4 }), { nil: undefined }),
  timestamp,
})

export const recordsToEncode: fc.Arbitrary<RecordToEncode[]> = fc.array(recordToEncode, { minLength: 1, maxLength: 12 })

export const compression = fc.constantFrom('none', 'gzip', 'zstd')

/** Records of which kafkajs and @platformatic/kafka can make the same batch. */
export const peerRecords: fc.Arbitrary<PeerRecord[]> = fc
  .array(
    fc.record({
      key: fc.option(bytes(40)),
      value: fc.option(bytes(200)),
      headers: fc.array(
        fc.tuple(
          // An object's keys that look like numbers change their order in kafkajs.
          fc.string({ minLength: 1, maxLength: 10 }).map((name) => `h-${name}`),
          bytes(20),
        ),
        { maxLength: 3 },
      ),
      timestamp: fc.integer({ min: 1_767_225_600_000, max: 1_767_225_700_000 }),
    }),
    { minLength: 1, maxLength: 20 },
  )
  .map((records) => records.map(withHeadersGrouped))
  // kafkajs takes the least timestamp as the base, we the first; equal for records in order.
  .map((records) => records.toSorted((one, other) => one.timestamp - other.timestamp))

/** kafkajs sends headers of one name next to each other. */
function withHeadersGrouped<R extends PeerRecord>(record: R): R {
  const groups = Map.groupBy(record.headers, ([name]) => name)
  return { ...record, headers: [...groups.values()].flat() }
}

export const toEncode = ({ key, value, headers, timestamp }: PeerRecord): RecordToEncode => ({
  key,
  value,
  timestamp,
  headers: headers.map(([key, value]) => ({ key, value })),
})

const hex = (value: Uint8Array | string | null): string | null =>
  value === null ? null : Buffer.from(value as string).toString('hex')

export interface PlainRecord {
  readonly timestamp: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [string, string | null])[]
}

/** With every part as hex digits, so that records of any origin compare. */
export function plain(record: RecordToEncode | DecodedRecord | PeerRecord): PlainRecord {
  return {
    timestamp: record.timestamp,
    key: hex(record.key),
    value: hex(record.value),
    headers: (record.headers ?? []).map((header) => {
      const [name, value] = 'key' in header ? [header.key, header.value] : header
      return [Buffer.from(name).toString('hex'), hex(value)]
    }),
  }
}
