import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Fifo } from '../src/fifo.ts'

test('behaves as an array whose shift is slow', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.integer({ min: 1, max: 3_000 }), fc.integer({ min: -3_000, max: -1 }))),
      (steps) => {
        const fifo = new Fifo<number>()
        const model: number[] = []
        for (const step of steps) {
          for (let count = 0; count < step; count++) {
            fifo.push(count)
            model.push(count)
          }
          for (let count = 0; count > step; count--) expect(fifo.shift()).toBe(model.shift())
          expect(fifo.length).toBe(model.length)
          expect(fifo.peek()).toBe(model[0])
        }
        expect([...fifo]).toEqual(model)
      },
    ),
    { numRuns: 50 },
  )
})
