import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { crc32c } from '../src/index.ts'
import { crc32cOfRange as plainCrc32c } from '../src/platform/crc32c.browser.ts'
import { crc32cOfRange as nodeCrc32c } from '../src/platform/crc32c.node.ts'

/** Bit by bit, as the polynomial says: too slow for anything but being obviously right. */
function slowCrc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  return ~crc >>> 0
}

describe('CRC-32C', () => {
  // RFC 3720, appendix B.4, and the usual check value.
  test.each([
    ['32 bytes of zero', new Uint8Array(32), 0x8a9136aa],
    ['32 bytes of 0xff', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['0 to 31', Uint8Array.from({ length: 32 }, (_, index) => index), 0x46dd794e],
    ['31 to 0', Uint8Array.from({ length: 32 }, (_, index) => 31 - index), 0x113fdb5c],
    ['123456789', new TextEncoder().encode('123456789'), 0xe3069283],
    ['nothing', new Uint8Array(0), 0],
  ])('of %s', (_, bytes, crc) => {
    expect(crc32c(bytes)).toBe(crc)
    expect(plainCrc32c(bytes, 0, bytes.length, 0)).toBe(crc)
    expect(slowCrc32c(bytes)).toBe(crc)
  })

  test('the plain and the native code agree, on any range and seed', () => {
    const bytes = fc.uint8Array({ maxLength: 2_000, size: 'max' })
    fc.assert(
      fc.property(bytes, fc.nat(), fc.nat(), fc.integer({ min: 0, max: 0xffffffff }), (bytes, a, b, seed) => {
        const [start, end] = [a % (bytes.length + 1), b % (bytes.length + 1)].sort((one, other) => one - other)
        expect(nodeCrc32c(bytes, start!, end!, seed)).toBe(plainCrc32c(bytes, start!, end!, seed))
        expect(crc32c(bytes)).toBe(slowCrc32c(bytes))
      }),
    )
  })

  test('a seed goes on where the bytes before it ended', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700, size: 'max' }), fc.nat(), (bytes, cut) => {
        const at = cut % (bytes.length + 1)
        expect(crc32c(bytes.subarray(at), crc32c(bytes.subarray(0, at)))).toBe(crc32c(bytes))
      }),
    )
  })
})
