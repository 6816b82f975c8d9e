import { expect, test } from 'vitest'
import { mutations } from './mutations.ts'
import { walk } from './world/walk.ts'

/** Many times what it took when this was written. One that is not found in so many is a hole. */
const mostSeeds = 400

for (const { name, rule, rules, caughtBy } of mutations) {
  if (!('walk' in caughtBy)) continue
  test(`a walk notices that a rule was taken out: ◆${rule} ${name}`, { timeout: 120_000 }, () => {
    const isNoticed = (seed: number): boolean => {
      const faults = { losesDisks: seed % 2 === 0, forgets: seed % 2 === 1 }
      const { violations, isStuck } = walk({ steps: 1_500, ...faults, ...caughtBy.walk, seed, rules })
      return violations.length > 0 || isStuck
    }
    let seed = 1
    while (seed <= mostSeeds && !isNoticed(seed)) seed++
    expect(seed).toBeLessThanOrEqual(mostSeeds)
  })
}
