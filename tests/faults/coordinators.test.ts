import { isRedisServerInstalled } from '@yak/election/testing'
import { describe, test } from 'vitest'
import { allGone, lastStanding, pairTakesOver, staleIsr, thirdAlone } from './coordinators.ts'
import { expectNoticed } from './harness/notices.ts'

/** Somebody leads who must not, or at the end records are missing: which of them is seen first is a race. */
const aboutLoss = /nobody may lead|acknowledged records are missing|lost write|unseen/

describe.skipIf(!isRedisServerInstalled())('what the coordinator forgot, or never knew', () => {
  test('B4: an older ISR comes back: the leader writes its own again', () => staleIsr())

  test('B4: without that rule, the old follower leads', async () => {
    await expectNoticed(() => staleIsr('goes on acknowledging while the store has an older ISR'), 'the ISR in Redis')
  })

  test('B5: two brokers: one that fell out of the ISR does not lead without the last', () => lastStanding())

  test('B5: without the rule on the survivor, it leads', async () => {
    await expectNoticed(() => lastStanding('a survivor leads that the record does not name'), aboutLoss)
  })

  test('B5: three brokers: the third does not lead past what two acknowledged', () => thirdAlone())

  test('B5: with one vote less, it leads', async () => {
    await expectNoticed(() => thirdAlone('leads with one vote less'), aboutLoss)
  })

  test('two brokers, m = 1: the other takes over', async () => {
    const gapMs = await pairTakesOver()
    process.stdout.write(`  SIGKILL of the leader of two, lease 1 s: longest gap ${Math.round(gapMs)} ms\n`)
  })

  test('B21: Redis empty and all brokers killed: every file and record is there', () => allGone())
})
