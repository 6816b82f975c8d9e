import { isRedisServerInstalled } from '@yak/election/testing'
import { describe, test } from 'vitest'
import {
  demotedLeader,
  killedClient,
  lostAnswers,
  quickFailovers,
  restlessFollower,
  shortDeadlines,
} from './failovers.ts'
import { expectNoticed } from './harness/notices.ts'

describe.skipIf(!isRedisServerInstalled())('failovers and what clients are told', () => {
  test('B6, B7, B10: four leaders die, each as soon as it leads', () => quickFailovers())

  test('B9: a follower that dies and comes back', () => restlessFollower())

  test('B11: answers are lost, the leader dies, everything is sent again: nothing is there twice', () => lostAnswers())

  test('B11: if a duplicate is done at once, what only the dead leader had was acknowledged', async () => {
    await expectNoticed(() => lostAnswers('a duplicate is done at once'), 'acknowledged without the followers')
  })

  test('B12: "failed" is said only of what never shows', () => shortDeadlines())

  test('B12: a leader that is none any more does not know what became of its last record', () => demotedLeader())

  test('B12: without the rule, it says "failed" of what shows up', async () => {
    await expectNoticed(() => demotedLeader('a demoted leader says not written'), 'aborted read')
  })

  test('a client killed in the middle of its sends', () => killedClient())
})
