import { isRedisServerInstalled } from '@yak/election/testing'
import { describe, test } from 'vitest'
import { cutTopicList, unsafeRecovery } from './unsafe-recovery.ts'

describe.skipIf(!isRedisServerInstalled())('more disks are lost than the cluster can bear', () => {
  test('--unsafe-recover: the one that is left leads, and what it had is there', () => unsafeRecovery())

  test('a topic list that was cut: those that had more of it have the topics of the others', () => cutTopicList())
})
