import { describe, expect, test } from 'vitest'
import { type ClusterBounds, gapsIn, type Outage } from './harness/gaps.ts'

const three: ClusterBounds = { brokerIds: ['1', '2', '3'], quorum: 2, leaseMs: 1_000, slackMs: 500 }
const pair: ClusterBounds = { ...three, brokerIds: ['1', '2'] }

function outage(fromMs: number, toMs: number, ...lacks: readonly string[]): Outage {
  return { fault: `without ${lacks.join(' ')}`, lacks, fromMs, toMs }
}

/** The one gap, between acknowledgements at 0 and at `toMs`. */
function gapOf(toMs: number, outages: readonly Outage[], bounds = three) {
  const gaps = gapsIn([0, toMs], outages, bounds)
  expect(gaps).toHaveLength(1)
  return gaps[0]!
}

describe('gaps in acknowledged writes', () => {
  test('up to one lease + 1 s there is nothing to explain', () => {
    expect(gapsIn([0, 2_000, 4_000], [], three)).toEqual([])
  })

  test('one that nothing explains', () => {
    expect(gapOf(2_600, [])).toMatchObject({ explainedBy: [], calmMs: 2_600, isExplained: false })
  })

  test('the leader dead: one lease + 1 s, and the slack, for the others can go on', () => {
    const dead = outage(0, 10_000, '1')
    expect(gapOf(2_400, [dead])).toMatchObject({ explainedBy: ['without 1'], impossibleMs: 0, isExplained: true })
    expect(gapOf(2_600, [dead])).toMatchObject({ isExplained: false })
  })

  test('of two, one is too few: for as long as the other is gone', () => {
    expect(gapOf(9_000, [outage(0, 8_000, '1')], pair)).toMatchObject({ impossibleMs: 8_000, isExplained: true })
    expect(gapOf(9_000, [outage(0, 4_000, '1')], pair)).toMatchObject({ calmMs: 5_000, isExplained: false })
  })

  test('two that run and do not hear each other are none', () => {
    const cut = outage(0, 8_000, '1>2')
    expect(gapOf(9_000, [cut, outage(0, 8_000, '3')])).toMatchObject({ impossibleMs: 8_000, isExplained: true })
    expect(gapOf(9_000, [cut])).toMatchObject({ impossibleMs: 0, isExplained: false })
  })

  test('without Redis, or with clients that do not reach the leader, writes may wait', () => {
    for (const lack of ['redis', 'client>2']) {
      expect(gapOf(9_000, [outage(0, 8_000, lack)])).toMatchObject({ impossibleMs: 8_000, isExplained: true })
    }
    expect(gapOf(9_000, [outage(0, 8_000, '1>redis')])).toMatchObject({ impossibleMs: 0, isExplained: false })
  })

  test('each new fault has its time, and a Redis that forgot one lease more', () => {
    expect(gapOf(4_600, [outage(0, 100, '1'), outage(2_300, 2_400, '2')])).toMatchObject({ isExplained: true })
    expect(gapOf(3_400, [outage(1, 1, 'record')])).toMatchObject({ isExplained: true })
    expect(gapOf(3_600, [outage(1, 1, 'record')])).toMatchObject({ isExplained: false })
  })
})
