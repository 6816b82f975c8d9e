import { describe, expect, test } from 'vitest'
import type { Flaw } from './configuration.ts'
import { KeptRecords } from './observer/kept-records.ts'
import { VouchedRecords } from './observer/vouched-records.ts'
import { runSeed } from './run-seed.ts'

/** Many times what it took when this was written. */
const mostSeeds = 100

async function firstFailure(flaw: Flaw, isModelled: boolean): Promise<string | undefined> {
  for (let seed = 1; seed <= mostSeeds; seed++) {
    const { failures } = await runSeed({ seed, choice: { relaxedFlushMs: 250, flaw, isModelled } })
    if (failures.length > 0) return failures[0]
  }
  return undefined
}

describe.each([
  ['on the real log', false],
  ['on a modelled log', true],
])('what a relaxed topic excuses is noticed elsewhere %s', (_, isModelled) => {
  test('on a topic that is not relaxed', { timeout: 60_000 }, async () => {
    expect(await firstFailure('relaxes every log', isModelled)).toMatch(
      /^I1: b\d starts with \S+ up to \d+, it had synced more, and is not relaxed/,
    )
  })

  test('without a power cut', { timeout: 60_000 }, async () => {
    expect(await firstFailure('loses at a kill', isModelled)).toMatch(
      /^I1: b\d starts with orders-1 up to \d+, it had more, and no power was cut/,
    )
  })
})

test.each([
  ['on the real log', false],
  ['on a modelled log', true],
])(
  'what a power cut took of a relaxed topic is excused, and nothing else goes wrong: %s',
  {
    timeout: 60_000,
  },
  async (_, isModelled) => {
    const faults = ['power cut of all'] as const
    const choice = { isModelled, relaxedFlushMs: 1_000, faults, brokerIds: ['b1', 'b2'], minInsyncReplicas: 1 }
    let losses = 0
    for (let seed = 1; seed <= mostSeeds && losses === 0; seed++) {
      const { failures, coverage } = await runSeed({ seed, choice })
      expect(failures).toEqual([])
      losses += coverage.get('relaxed loss') ?? 0
    }
    expect(losses).toBeGreaterThan(0)
  },
)

describe('a batch may be lost', () => {
  const batch = { baseOffset: 3, epoch: 64 }

  function twoBrokers() {
    const kept = new KeptRecords()
    const vouched = new VouchedRecords(kept)
    for (const broker of ['b1', 'b2']) {
      kept.appended(broker, 'orders-1', batch)
      vouched.vouched(broker, 'orders-1', 4)
    }
    kept.acknowledged('b1', 'orders-1', 4)
    const start = (broker: string, endOffset: number) =>
      vouched.booted(broker, [{ key: 'orders-1', logStartOffset: 0, endOffset, isFaulty: false }])
    return { kept, vouched, start }
  }

  test('that a disk lost in a power cut', () => {
    const { vouched, start } = twoBrokers()
    vouched.powerCut('b1')
    expect(start('b1', 3)).toEqual([{ key: 'orders-1', endOffset: 3, acknowledged: batch, wasPowerCut: true }])
    expect(vouched.firstUnexcused('orders-1', [batch])).toBeUndefined()
  })

  test('that no disk lost: not for the sake of a power cut that took none', () => {
    const { vouched, start } = twoBrokers()
    vouched.powerCut('b1')
    expect(start('b1', 4)).toEqual([])
    expect(vouched.firstUnexcused('orders-1', [batch])).toEqual(batch)
  })

  test('no more once the disk has been given it again', () => {
    const { kept, vouched, start } = twoBrokers()
    vouched.powerCut('b1')
    start('b1', 3)
    kept.appended('b1', 'orders-1', batch)
    vouched.has('b1', 'orders-1', batch)
    expect(vouched.firstUnexcused('orders-1', [batch])).toEqual(batch)
  })

  test('by a crash of the process alone: never, and the next start after it is not excused by an older power cut', () => {
    const { vouched, start } = twoBrokers()
    vouched.powerCut('b2')
    start('b2', 4)
    expect(start('b2', 3)).toMatchObject([{ wasPowerCut: false }])
  })
})
