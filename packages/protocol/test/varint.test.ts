import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { varintSizeBytes, varlongSizeBytes, writeVarint, writeVarlong } from '../src/varint.ts'

/** As the definition says, with BigInt. */
function zigzagVarint(value: number): number[] {
  let rest = value >= 0 ? 2n * BigInt(value) : -2n * BigInt(value) - 1n
  const bytes: number[] = []
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return [...bytes, Number(rest)]
}

type Write = (bytes: Uint8Array, position: number, value: number) => number

function written(write: Write, value: number): number[] {
  const bytes = new Uint8Array(16)
  const end = write(bytes, 3, value)
  expect([...bytes.subarray(0, 3), ...bytes.subarray(end)].every((byte) => byte === 0)).toBe(true)
  return [...bytes.subarray(3, end)]
}

const edges = [0, 1, -1, 63, 64, -64, -65, 8_191, 8_192, 2 ** 20, 2 ** 27, 2 ** 28, 2 ** 31 - 1, -(2 ** 31)]

describe('varint', () => {
  const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })

  test('is the zigzag of an int32 in groups of seven bits', () => {
    fc.assert(
      fc.property(fc.oneof(int32, fc.constantFrom(...edges)), (value) => {
        expect(written(writeVarint, value)).toEqual(zigzagVarint(value))
        expect(varintSizeBytes(value)).toBe(zigzagVarint(value).length)
      }),
    )
  })
})

describe('varlong', () => {
  const longEdges = [
    2 ** 31,
    -(2 ** 31) - 1,
    2 ** 32,
    2 ** 34 - 1,
    2 ** 34,
    2 ** 40,
    2 ** 48,
    2 ** 53 - 1,
    -(2 ** 53) + 1,
  ]

  test('is the zigzag of any safe integer in groups of seven bits', () => {
    fc.assert(
      fc.property(fc.oneof(fc.maxSafeInteger(), fc.constantFrom(...edges, ...longEdges)), (value) => {
        expect(written(writeVarlong, value)).toEqual(zigzagVarint(value))
        expect(varlongSizeBytes(value)).toBe(zigzagVarint(value).length)
      }),
    )
  })
})
