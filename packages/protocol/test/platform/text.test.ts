import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as browser from '../../src/platform/text.browser.ts'
import * as node from '../../src/platform/text.node.ts'
import { text } from '../record-batch/records.ts'

describe.each([
  ['Node', node],
  ['the browser', browser],
])('text in %s', (_, { allocateBytes, base64Of, decodeUtf8, readUtf8, utf8, utf8SizeBytes, writeUtf8 }) => {
  const encode = (value: string): Uint8Array => new TextEncoder().encode(value)

  test('has the size and the bytes of its UTF-8', () => {
    fc.assert(
      fc.property(text, (value) => {
        const bytes = encode(value)
        expect(utf8SizeBytes(value)).toBe(bytes.length)
        expect(Buffer.compare(utf8(value), bytes)).toBe(0)

        const target = new Uint8Array(bytes.length + 10)
        expect(writeUtf8(target, 3, value, bytes.length)).toBe(true)
        expect(Buffer.compare(target.subarray(3, 3 + bytes.length), bytes)).toBe(0)
      }),
      { numRuns: 1_000 },
    )
  })

  test('is refused under the size of ASCII when it is not', () => {
    fc.assert(
      fc.property(text, (value) => {
        const isAscii = encode(value).length === value.length
        const target = new Uint8Array(value.length + 10)
        expect(writeUtf8(target, 0, value, value.length)).toBe(isAscii)
        // Four bytes beyond what was told are the most it may touch.
        expect(target.subarray(value.length + 4).every((byte) => byte === 0)).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })

  test('reads back, byte order marks and broken sequences as TextDecoder has them', () => {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
    const anyBytes = fc.oneof(fc.uint8Array({ maxLength: 80 }), text.map(encode), fc.constant(encode('\ufeffx')))
    fc.assert(
      fc.property(anyBytes, fc.nat({ max: 3 }), (bytes, start) => {
        const from = Math.min(start, bytes.length)
        expect(readUtf8(bytes, from, bytes.length)).toBe(decoder.decode(bytes.subarray(from)))
      }),
      { numRuns: 1_000 },
    )
  })

  test('what is not UTF-8 is told apart, and base64 is as others write it', () => {
    const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    const expected = (bytes: Uint8Array): string | undefined => {
      try {
        return strict.decode(bytes)
      } catch {
        return undefined
      }
    }
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ maxLength: 80 }), text.map(encode), fc.constant(encode('\ufeffx'))),
        (bytes) => {
          expect(decodeUtf8(bytes)).toBe(expected(bytes))
          expect(base64Of(bytes)).toBe(Buffer.from(bytes).toString('base64'))
        },
      ),
      { numRuns: 1_000 },
    )
  })

  test('room is as large as asked for', () => {
    for (const sizeBytes of [0, 1, 1_024, 1_000_000]) expect(allocateBytes(sizeBytes)).toHaveLength(sizeBytes)
  })
})
