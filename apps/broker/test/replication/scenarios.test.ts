import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { mutations } from './mutations.ts'
import { Scenario } from './world/scenario.ts'

const folder = join(import.meta.dirname, 'scenarios')
const names = readdirSync(folder).sort()

/** `UPDATE_SCENARIOS=1` writes the outcomes as they are now; read the difference before you commit it. */
const isUpdating = process.env.UPDATE_SCENARIOS === '1'

describe('scenarios', () => {
  for (const name of names) {
    test(name, () => {
      const { expected, actual } = Scenario.replay(join(folder, name))
      if (isUpdating) writeFileSync(join(folder, name), actual)
      else expect(actual).toBe(expected)
    })
  }
})

test('a partition is called by its name, with its key where a log has to be looked into', () => {
  const core = { nameOf: (key: string) => key.replace(/^t-/, 'orders-') }
  const { actual } = Scenario.replay(join(folder, '29-missing-with-a-quorum.txt'), undefined, core)
  expect(actual).toContain('would have orders-0 (t-0) cut to 1, below its high watermark 2: ')
})

describe('a rule taken out shows in its scenario', () => {
  for (const { name, rule, rules, caughtBy } of mutations) {
    if (!('scenario' in caughtBy)) continue
    test(`◆${rule} ${name}`, () => {
      const { expected, actual } = Scenario.replay(join(folder, `${caughtBy.scenario}.txt`), rules)
      expect(actual).not.toBe(expected)
    })
  }
})
