import { isRedisServerInstalled } from '@yak/election/testing'
import { describe, test } from 'vitest'
import { unsafeRecovery } from './unsafe-recovery.ts'

describe.skipIf(!isRedisServerInstalled())('more disks are lost than the cluster can bear', () => {
  test('--unsafe-recover: the one that is left leads, and what it had is there', () => unsafeRecovery())
})
