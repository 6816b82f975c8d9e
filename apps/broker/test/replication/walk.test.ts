import { describe, expect, test } from 'vitest'
import { walk } from './world/walk.ts'

/** A few walks on every change; `walk-cli.ts` takes many. */
describe('random walks keep the invariants and get going again', () => {
  for (const [brokers, minInsync] of [
    [2, 1],
    [3, 1],
    [3, 2],
    [4, 2],
  ] as const) {
    test(`${brokers} brokers, m = ${minInsync}`, () => {
      let acknowledged = 0
      for (let seed = 1; seed <= 10; seed++) {
        const result = walk({
          seed,
          brokers,
          minInsync,
          steps: 1_000,
          losesDisks: seed % 2 === 0,
          forgets: seed % 2 === 1,
        })
        expect(result.violations, `seed ${seed}`).toEqual([])
        acknowledged += result.acknowledged
      }
      expect(acknowledged).toBeGreaterThan(0)
    })
  }
})
