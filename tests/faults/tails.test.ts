import { isRedisServerInstalled } from '@yak/election/testing'
import { describe, test } from 'vitest'
import { expectNoticed } from './harness/notices.ts'
import { cutTail, longerTail } from './tails.ts'

describe.skipIf(!isRedisServerInstalled())('tails that nobody else has', () => {
  test('B6: a tail is cut where the leader has no more, and not where nothing is known to be committed', () =>
    cutTail())

  test('B6: cut to the high watermark, acknowledged records are gone', async () => {
    await expectNoticed(() => cutTail('truncates to the high watermark'), 'the end of what was acknowledged')
  })

  test('B7: a long tail of an older epoch does not win', () => longerTail())

  test('B7: if the longest log wins, what was acknowledged is gone', async () => {
    await expectNoticed(() => longerTail('the longest log wins'), 'what was acknowledged')
  })
})
