import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  readInt16,
  readInt32,
  readInt64,
  readUint16,
  readUint32,
  writeInt16,
  writeInt32,
  writeInt64,
} from '../src/big-endian.ts'

describe('big-endian integers are those of DataView', () => {
  test('reading', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 9, maxLength: 9 }), fc.nat({ max: 1 }), (bytes, position) => {
        const view = new DataView(bytes.buffer, bytes.byteOffset)
        expect(readInt16(bytes, position)).toBe(view.getInt16(position))
        expect(readUint16(bytes, position)).toBe(view.getUint16(position))
        expect(readInt32(bytes, position)).toBe(view.getInt32(position))
        expect(readUint32(bytes, position)).toBe(view.getUint32(position))
        const exact = view.getBigInt64(position)
        const read = readInt64(bytes, position)
        expect(Number.isSafeInteger(read)).toBe(Number.isSafeInteger(Number(exact)))
        if (Number.isSafeInteger(read)) expect(BigInt(read)).toBe(exact)
      }),
    )
  })

  test('writing', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        const bytes = new Uint8Array(9)
        const view = new DataView(bytes.buffer)
        writeInt64(bytes, 1, value)
        expect(view.getBigInt64(1)).toBe(BigInt(value))
        expect(readInt64(bytes, 1)).toBe(value)
        writeInt32(bytes, 1, value | 0)
        expect(view.getInt32(1)).toBe(value | 0)
        writeInt16(bytes, 1, (value << 16) >> 16)
        expect(view.getInt16(1)).toBe((value << 16) >> 16)
      }),
    )
  })

  test.each([
    [0n, true],
    [-1n, true],
    [2n ** 53n - 1n, true],
    [2n ** 53n, false],
    [2n ** 53n + 1n, false],
    [-(2n ** 53n) + 1n, true],
    [-(2n ** 53n), false],
    [2n ** 63n - 1n, false],
    [-(2n ** 63n), false],
  ])('%d is safe: %s', (value, safe) => {
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setBigInt64(0, value)
    expect(Number.isSafeInteger(readInt64(bytes, 0))).toBe(safe)
  })
})
