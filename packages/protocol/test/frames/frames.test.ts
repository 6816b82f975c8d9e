import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeFetchRequest,
  decodeFetchResponse,
  decodeProduceRequest,
  decodeProduceResponse,
  ERRORS,
  type ErrorCode,
  encodeFetchRequest,
  encodeFetchResponse,
  encodeProduceRequest,
  encodeProduceResponse,
  LIMITS,
  YakError,
} from '../../src/index.ts'
import { codeOf } from '../record-batch/batch-bytes.ts'

const topicId = fc.uuid()
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const batch = fc.uint8Array({ maxLength: 50 })
const error = fc.option(fc.constantFrom(...(Object.keys(ERRORS) as ErrorCode[])))
const detail = fc.string({ unit: 'grapheme', maxLength: 30 })

const produceRequest = fc.record({
  ackTimeoutMs: uint32,
  entries: fc.array(fc.record({ topicId, partition: int32, batch }), { minLength: 1, maxLength: 6 }),
})
const produceResponse = fc.record({
  results: fc.array(
    fc.record({
      error,
      leaderEpoch: int32,
      baseOffset: fc.maxSafeInteger(),
      logStartOffset: fc.maxSafeInteger(),
      detail,
    }),
    { maxLength: 6 },
  ),
})
const fetchRequest = fc.record({
  maxWaitMs: uint32,
  minBytes: uint32,
  maxBytes: uint32,
  entries: fc.array(
    fc.record({
      topicId,
      partition: int32,
      leaderEpoch: int32,
      fetchOffset: fc.maxSafeInteger(),
      maxBytes: uint32,
    }),
    { minLength: 1, maxLength: 6 },
  ),
})
const fetchResponse = fc.record({
  results: fc.array(
    fc.record({
      entry: fc.nat({ max: 65_535 }),
      error,
      leaderEpoch: int32,
      highWatermark: fc.maxSafeInteger(),
      logStartOffset: fc.maxSafeInteger(),
      detail,
      batches: batch,
    }),
    { maxLength: 6 },
  ),
})

const whole = (chunks: Uint8Array | readonly Uint8Array[]): Uint8Array =>
  chunks instanceof Uint8Array ? chunks : Buffer.concat(chunks)

/** The four frames under one shape, so that what holds for one is asked of all. */
const frames = [
  {
    name: 'produce request',
    value: produceRequest,
    encode: (value: unknown) => whole(encodeProduceRequest(value as never)),
    decode: decodeProduceRequest,
  },
  {
    name: 'produce response',
    value: produceResponse,
    encode: (value: unknown) => whole(encodeProduceResponse(value as never)),
    decode: decodeProduceResponse,
  },
  {
    name: 'fetch request',
    value: fetchRequest,
    encode: (value: unknown) => whole(encodeFetchRequest(value as never)),
    decode: decodeFetchRequest,
  },
  {
    name: 'fetch response',
    value: fetchResponse,
    encode: (value: unknown) => whole(encodeFetchResponse(value as never)),
    decode: decodeFetchResponse,
  },
] as const

/** Bytes of any kind as plain arrays, so that a Buffer equals a Uint8Array. */
const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, part) =>
      part?.type === 'Buffer' ? part.data : part instanceof Uint8Array ? [...part] : part,
    ),
  )

describe.each(frames)('$name', ({ value, encode, decode }) => {
  const frame = value as fc.Arbitrary<unknown>

  test('comes back as it was', () => {
    fc.assert(
      fc.property(frame, (value) => {
        expect(plain(decode(encode(value)))).toEqual(plain(value))
      }),
    )
  })

  test('is refused when cut off anywhere, or followed by anything', () => {
    fc.assert(
      fc.property(frame, fc.nat(), (value, choice) => {
        const bytes = encode(value)
        expect(codeOf(() => decode(bytes.subarray(0, choice % bytes.length)))).toBe('MALFORMED_FRAME')
        expect(codeOf(() => decode(Buffer.concat([bytes, Buffer.from([0])])))).toBe('MALFORMED_FRAME')
      }),
    )
  })

  test('is refused in another version, or with flags', () => {
    fc.assert(
      fc.property(frame, fc.integer({ min: 1, max: 255 }), (value, other) => {
        const [version, flags] = [encode(value), encode(value)]
        version[0] = 1 ^ other
        flags[1] = other
        expect(codeOf(() => decode(version))).toBe('UNSUPPORTED_VERSION')
        expect(codeOf(() => decode(flags))).toBe('MALFORMED_FRAME')
        expect(() => decode(flags)).toThrow(/, at byte \d+\. Send it as docs\/protocol\.md describes it\.$/)
      }),
    )
  })

  test('of any bytes is a frame or an error of ours, and made of those bytes', () => {
    const bytes = fc.uint8Array({ maxLength: 300 }).map((rest) => Uint8Array.from([1, 0, ...rest]))
    fc.assert(
      fc.property(fc.oneof(bytes, fc.uint8Array({ maxLength: 100 })), (bytes) => {
        try {
          decode(bytes)
        } catch (error) {
          if (!YakError.is(error)) throw error
        }
      }),
      { numRuns: 1_000 },
    )
  })

  test('with a changed byte is another frame or an error of ours', () => {
    fc.assert(
      fc.property(frame, fc.nat(), fc.nat({ max: 255 }), (value, choice, byte) => {
        const bytes = encode(value)
        bytes[choice % bytes.length] = byte
        try {
          decode(bytes)
        } catch (error) {
          if (!YakError.is(error)) throw error
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('the bytes', () => {
  const id = '01234567-89ab-7def-8123-456789abcdef'

  test('of a produce request', () => {
    const chunks = encodeProduceRequest({
      ackTimeoutMs: 30_000,
      entries: [{ topicId: id, partition: 2, batch: Buffer.from('batch') }],
    })
    expect(Buffer.concat(chunks).toString('hex')).toBe(
      ['01', '00', '0001', '00007530', '0123456789ab7def8123456789abcdef', '00000002', '00000005', '6261746368'].join(
        '',
      ),
    )
  })

  test('of a produce response', () => {
    const bytes = encodeProduceResponse({
      results: [{ error: 'NOT_LEADER', leaderEpoch: 7, baseOffset: -1, logStartOffset: 5, detail: 'é' }],
    })
    expect(Buffer.from(bytes).toString('hex')).toBe(
      ['01', '00', '0001', '0006', '00000007', 'ffffffffffffffff', '0000000000000005', '0002', 'c3a9'].join(''),
    )
  })

  test('of a fetch request', () => {
    const bytes = encodeFetchRequest({
      maxWaitMs: 500,
      minBytes: 1,
      maxBytes: 4_194_304,
      entries: [{ topicId: id.toUpperCase(), partition: 2, leaderEpoch: -1, fetchOffset: 2 ** 40, maxBytes: 65_536 }],
    })
    expect(Buffer.from(bytes).toString('hex')).toBe(
      [
        ...['01', '00', '0001', '000001f4', '00000001', '00400000'],
        ...['0123456789ab7def8123456789abcdef', '00000002', 'ffffffff', '0000010000000000', '00010000'],
      ].join(''),
    )
  })

  test('of a fetch response', () => {
    const chunks = encodeFetchResponse({
      results: [
        {
          entry: 3,
          error: null,
          leaderEpoch: 7,
          highWatermark: 9,
          logStartOffset: 5,
          detail: '',
          batches: Buffer.from('xy'),
        },
      ],
    })
    expect(Buffer.concat(chunks).toString('hex')).toBe(
      [
        ...['01', '00', '0001', '0003', '0000', '00000007', '0000000000000009', '0000000000000005'],
        ...['0000', '00000002', '7879'],
      ].join(''),
    )
  })
})

describe('what is not copied', () => {
  test('a batch on its way out, nor on its way in', () => {
    const batch = Buffer.from('batch')
    const chunks = encodeProduceRequest({
      ackTimeoutMs: 1,
      entries: [{ topicId: '01234567-89ab-7def-8123-456789abcdef', partition: 0, batch }],
    })
    expect(chunks).toContain(batch)
    const bytes = Buffer.concat(chunks)
    expect(decodeProduceRequest(bytes).entries[0]!.batch.buffer).toBe(bytes.buffer)
  })
})

describe('the limits', () => {
  const entry = { topicId: '01234567-89ab-7def-8123-456789abcdef', partition: 0, batch: new Uint8Array(0) }
  const request = (count: number) => ({ ackTimeoutMs: 1, entries: Array.from({ length: count }, () => entry) })

  test('as many partitions as the limit, and one more', () => {
    const most = whole(encodeProduceRequest(request(LIMITS.maxPartitionsPerRequest)))
    expect(decodeProduceRequest(most).entries).toHaveLength(LIMITS.maxPartitionsPerRequest)
    expect(() => encodeProduceRequest(request(LIMITS.maxPartitionsPerRequest + 1))).toThrow(TypeError)
    new DataView(most.buffer, most.byteOffset).setUint16(2, LIMITS.maxPartitionsPerRequest + 1)
    expect(codeOf(() => decodeProduceRequest(most))).toBe('MALFORMED_FRAME')
  })

  test('a request without partitions', () => {
    expect(() => encodeProduceRequest(request(0))).toThrow(TypeError)
    expect(codeOf(() => decodeProduceRequest(Buffer.from('0100000000007530', 'hex')))).toBe('MALFORMED_FRAME')
  })

  test('a detail that is too long for its length is cut', () => {
    const detail = '東'.repeat(50_000)
    const result = { error: 'INTERNAL', leaderEpoch: 0, baseOffset: -1, logStartOffset: 0, detail } as const
    const { results } = decodeProduceResponse(encodeProduceResponse({ results: [result, { ...result, detail: 'x' }] }))
    expect(detail.startsWith(results[0]!.detail)).toBe(true)
    expect(results[0]!.detail.length).toBeGreaterThan(20_000)
    expect(results[1]!.detail).toBe('x')
  })

  test('a number of an error that this version does not know', () => {
    const bytes = encodeProduceResponse({
      results: [{ error: 'INTERNAL', leaderEpoch: 0, baseOffset: -1, logStartOffset: 0, detail: '' }],
    })
    new DataView(bytes.buffer, bytes.byteOffset).setInt16(4, 31_000)
    expect(decodeProduceResponse(bytes).results[0]!.error).toBe('INTERNAL')
  })

  test('an offset beyond 2^53', () => {
    const bytes = encodeProduceResponse({
      results: [{ error: null, leaderEpoch: 0, baseOffset: 0, logStartOffset: 0, detail: '' }],
    })
    new DataView(bytes.buffer, bytes.byteOffset).setBigInt64(10, 2n ** 53n)
    expect(codeOf(() => decodeProduceResponse(bytes))).toBe('MALFORMED_FRAME')
  })

  test('a topic id that is no UUID', () => {
    expect(() => encodeProduceRequest({ ackTimeoutMs: 1, entries: [{ ...entry, topicId: 'orders' }] })).toThrow(
      TypeError,
    )
  })
})
