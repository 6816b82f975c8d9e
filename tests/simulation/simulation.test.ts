import { describe, expect, test } from 'vitest'
import { configurationOf } from './configuration.ts'
import { Coverage, type CoverageKind } from './coverage.ts'
import { runSeed } from './run-seed.ts'

test('the same seed twice is the same run, line for line, whatever ran in between', async () => {
  const first = await runSeed({ seed: 11, isTraced: true })
  await runSeed({ seed: 12 })
  const second = await runSeed({ seed: 11, isTraced: true })
  expect(first.trace.length).toBeGreaterThan(500)
  expect(second.trace).toEqual(first.trace)
  expect(second).toEqual(first)
})

test('a trace changes nothing', async () => {
  const { trace: _, ...traced } = await runSeed({ seed: 13, isTraced: true })
  expect(await runSeed({ seed: 13 })).toMatchObject({ ...traced, trace: [] })
})

test('seeds differ in brokers, m and faults', () => {
  const configurations = Array.from({ length: 200 }, (_, seed) => configurationOf(seed))
  expect(new Set(configurations.map(({ brokerIds }) => brokerIds.length))).toEqual(new Set([2, 3, 4, 5]))
  expect(new Set(configurations.map(({ minInsyncReplicas }) => minInsyncReplicas))).toEqual(new Set([1, 2]))
  expect(new Set(configurations.flatMap(({ faults }) => faults)).size).toBe(37)
})

/** What so few seeds are certain to meet; `pnpm simulate` says the same of all kinds over many. */
const expected: readonly CoverageKind[] = [
  'leader killed',
  'power cut',
  'broker restarted',
  'cluster formed',
  'election by quorum',
  'leader demoted',
  'truncation',
  'reconciliation',
  'ISR shrunk',
  'ISR grown',
  'send acknowledged',
  'send unknown',
  'duplicate answered',
]

const runAll = async (seeds: number, isModelled: boolean): Promise<Coverage> => {
  const coverage = new Coverage()
  for (let seed = 1; seed <= seeds; seed++) {
    const result = await runSeed({ seed, choice: { isModelled } })
    expect(result.failures, `pnpm simulate --seed ${seed} --trace${isModelled ? ' --model' : ''}`).toEqual([])
    coverage.add(result.coverage)
  }
  return coverage
}

test('100 seeds of the driver on the real log are clean, and meet what they are to meet', async () => {
  const coverage = await runAll(100, false)
  expect(expected.filter((kind) => coverage.of(kind) === 0)).toEqual([])
})

test('200 seeds of the core on a modelled disk are clean', async () => {
  await runAll(200, true)
})

describe('a rule taken out is noticed', () => {
  const within = async (mutation: string, seeds: number): Promise<string | undefined> => {
    for (let seed = 1; seed <= seeds; seed++) {
      const { failures } = await runSeed({ seed, mutation, choice: { isModelled: true } })
      if (failures.length > 0) return failures[0]
    }
    return undefined
  }

  /** Those that need the fewest seeds; `pnpm simulate --mutations` has them all. */
  test.each([
    ['a cluster forms when most are empty', 20],
    ['follows without a promise', 60],
    ['one replica of the ISR may lag', 20],
    ['a joining replica counts only when confirmed', 40],
    ['a demoted leader says not written', 40],
  ])('%s', async (mutation, seeds) => {
    expect(await within(mutation, seeds)).toBeDefined()
  })
})
