import { isRedisServerInstalled } from '@yak/election/testing'
import { describe, test } from 'vitest'
import { killedClient, lostAnswers, quickFailovers, restlessFollower, shortDeadlines } from './failovers.ts'

describe.skipIf(!isRedisServerInstalled())('failovers and what clients are told', () => {
  test('B6, B7, B10: four leaders die, each as soon as it leads', () => quickFailovers())

  test('B9: a follower that dies and comes back', () => restlessFollower())

  test('B11: answers are lost, the leader dies, everything is sent again: nothing is there twice', () => lostAnswers())

  test('B12: "failed" is said only of what never shows', () => shortDeadlines())

  test('a client killed in the middle of its sends', () => killedClient())
})
