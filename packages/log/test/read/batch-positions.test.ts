import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BatchPositions } from '../../src/read/batch-positions.ts'

/** Batches of some records and bytes each: as many that the lists grow several times. */
const batches = fc.array(
  fc.record({ recordCount: fc.integer({ min: 1, max: 9 }), sizeBytes: fc.integer({ min: 61, max: 400 }) }),
  {
    minLength: 1,
    maxLength: 300,
  },
)

test('finds the batch that holds an offset or a position, however many there are', () => {
  fc.assert(
    fc.property(batches, fc.nat(1_000_000), (sizes, firstOffset) => {
      const positions = new BatchPositions()
      const begins: { offset: number; position: number }[] = []
      let offset = firstOffset
      let position = 0
      for (const { recordCount, sizeBytes } of sizes) {
        positions.add(offset, position)
        begins.push({ offset, position })
        offset += recordCount
        position += sizeBytes
      }
      expect(positions.count).toBe(begins.length)
      for (const [index, begin] of begins.entries()) {
        expect(positions.baseOffset(index)).toBe(begin.offset)
        expect(positions.position(index)).toBe(begin.position)
        const next = begins[index + 1] ?? { offset, position }
        expect(positions.lastFromOffset(begin.offset)).toBe(index)
        expect(positions.lastFromOffset(next.offset - 1)).toBe(index)
        expect(positions.lastFromPosition(begin.position)).toBe(index)
        expect(positions.lastFromPosition(next.position - 1)).toBe(index)
      }
    }),
  )
})

test('an offset beyond 32 bits is kept', () => {
  const positions = new BatchPositions()
  positions.add(2 ** 40, 0)
  positions.add(2 ** 40 + 3, 100)
  expect(positions.baseOffset(1)).toBe(2 ** 40 + 3)
  expect(positions.lastFromOffset(2 ** 40 + 2)).toBe(0)
})
