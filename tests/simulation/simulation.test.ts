import { describe, expect, test } from 'vitest'
import { configurationOf, FAULTS } from './configuration.ts'
import type { CoverageKind } from './coverage.ts'
import { Summary } from './report.ts'
import { runMutations } from './run-mutations.ts'
import { runSeed } from './run-seed.ts'
import { SeedPool } from './seed-pool.ts'

describe('one seed is one run', () => {
  test.each([
    ['the driver on the real log', 11],
    ['the core on a modelled log', 12],
  ])('line for line, whatever ran in between: %s', async (_, seed) => {
    const first = await runSeed({ seed, isTraced: true })
    await runSeed({ seed: seed + 2 })
    const second = await runSeed({ seed, isTraced: true })
    expect(first.trace.length).toBeGreaterThan(500)
    expect(second.trace).toEqual(first.trace)
    expect(second).toEqual(first)
  })

  test('a trace changes nothing', async () => {
    const { trace: _, ...traced } = await runSeed({ seed: 13, isTraced: true })
    expect(await runSeed({ seed: 13 })).toMatchObject({ ...traced, trace: [] })
  })

  test('the same in a thread of its own', async () => {
    await using pool = new SeedPool(1)
    const results: unknown[] = []
    await pool.run([{ seed: 15 }], (result) => {
      results.push(result)
      return 'go on'
    })
    expect(results).toEqual([await runSeed({ seed: 15 })])
  })

  test('seeds differ in brokers, m, faults and in what they run on', () => {
    const configurations = Array.from({ length: 200 }, (_, seed) => configurationOf(seed))
    expect(new Set(configurations.map(({ brokerIds }) => brokerIds.length))).toEqual(new Set([2, 3, 4, 5]))
    expect(new Set(configurations.map(({ minInsyncReplicas }) => minInsyncReplicas))).toEqual(new Set([1, 2]))
    expect(new Set(configurations.map(({ isModelled }) => isModelled))).toEqual(new Set([true, false]))
    expect(new Set(configurations.flatMap(({ faults }) => faults))).toEqual(new Set(FAULTS))
  })
})

describe('how long writes wait is held (I9): what is made slow on purpose is noticed', () => {
  test.each([
    ['lease', 'after all is healed', { faults: ['kill leader', 'kill leader', 'kill all'], meanFaultPauseMs: 300 }],
    ['stop', 'after the leader stops', { faults: [] }],
    ['lag', 'after a follower is lost', { faults: [] }],
  ] as const)('%s: %s', async (slowness, after, choice) => {
    const failures: string[] = []
    for (let seed = 1; seed <= 13; seed++) {
      const fixed = { ...choice, isModelled: true, leaseMs: 1_000, faultMs: 2_000 }
      expect((await runSeed({ seed, choice: fixed })).failures).toEqual([])
      failures.push(...(await runSeed({ seed, choice: { ...fixed, slowness } })).failures)
    }
    expect(failures.filter((failure) => failure.startsWith(`I9: ${after}, writes waited`))).not.toEqual([])
  })
})

test('a broker that halted rather than lose what it has does so again after a kill: what it knew to be committed is on its disk', async () => {
  const choice = { isModelled: false, brokerIds: ['b1', 'b2'], minInsyncReplicas: 1, faults: ['lost ISR'] as const }
  let halts = 0
  for (let seed = 1; seed <= 13; seed += 2) {
    const { failures, coverage } = await runSeed({ seed, choice })
    expect(failures).toEqual([])
    halts += coverage.get('halted to keep what it has') ?? 0
  }
  expect(halts).toBeGreaterThan(2)
})

/** What so few seeds are certain to meet, on each kind of log; `pnpm simulate --seeds 5000` fails for any kind. */
const expected: readonly CoverageKind[] = [
  'leader killed',
  'power cut',
  'disk full',
  'paused beyond the lease',
  'broker restarted',
  'coordinator forgot',
  'usurper',
  'm raised',
  'm lowered',
  'topic deleted',
  'topic created again',
  'cluster formed',
  'cluster formed by init',
  'election by quorum',
  'election by survivor',
  'relaxed log lost its end',
  'log start moved by size',
  'log start moved by time',
  'log start moved by request',
  'log start followed',
  'begun anew at a later start',
  'read below the log start',
  'records deleted',
  'member taken away',
  'member added',
  'wrong folder',
  'woken without lease',
  'lost-coordinator recovery',
  'own lease taken over',
  'leader demoted',
  'truncation',
  'reconciliation',
  'ISR shrunk',
  'ISR grown',
  'catching up paused',
  'joiner near',
  'log failed',
  'log reopened',
  'send acknowledged',
  'send refused',
  'send unknown',
  'duplicate answered',
  'not enough replicas',
]

test('600 seeds are clean, half of them on the real log, and meet what they are to meet', {
  timeout: 300_000,
}, async () => {
  const summary = new Summary()
  await using pool = new SeedPool()
  const requests = Array.from({ length: 600 }, (_, index) => ({ seed: index + 1 }))
  await pool.run(requests, (result) => {
    summary.add(result)
    return result.failures.length > 0 ? 'stop' : 'go on'
  })
  const failed = summary.failed.map(({ seed, failures }) => `pnpm simulate --seed ${seed} --trace: ${failures[0]}`)
  expect(failed).toEqual([])
  for (const { seeds, coverage } of [summary.driven, summary.modelled]) {
    expect(seeds).toBe(300)
    expect(expected.filter((kind) => coverage.of(kind) === 0)).toEqual([])
  }
})

/** A minute of two processors; on a busy machine some. */
const longMs = 900_000

test('each rule of the core that is taken out is noticed', { timeout: longMs }, async () => {
  const lines: string[] = []
  const report = (line: string) => lines.push(line)
  const isClean = await runMutations({ from: 1, seeds: 1_500, workers: undefined, only: undefined, report })
  expect(isClean, lines.join('\n')).toBe(true)
})
