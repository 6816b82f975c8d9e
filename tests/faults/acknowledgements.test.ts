import { isRedisServerInstalled } from '@yak/election/testing'
import { describe, expect, test } from 'vitest'
import { falseAcknowledgements, fromBeforeRestart, ofOlderEpoch, secondFetcher } from './acknowledgements.ts'

describe.skipIf(!isRedisServerInstalled())('acknowledgements that are none', () => {
  test('B8, B9: of an older epoch, and from before a restart: the high watermark stands', () =>
    falseAcknowledgements([ofOlderEpoch, fromBeforeRestart]))

  test('B8: without the rule, that of an older epoch counts, and the leader notices what it has committed', async () => {
    await expect(falseAcknowledgements([ofOlderEpoch], 'counts acknowledgements of an older epoch')).rejects.toThrow(
      'The leader gave up: ',
    )
  })

  test('B9: without the rule, that of an earlier run counts', async () => {
    await expect(
      falseAcknowledgements([fromBeforeRestart], 'counts acknowledgements of an earlier incarnation'),
    ).rejects.toThrow('the high watermark: expected')
  })

  test('B22: a second process under one id fetches: it is refused', () => secondFetcher())

  test('B22: without the rule, the first one is taken out of the ISR', async () => {
    await expect(secondFetcher('hears a second process under one id')).rejects.toThrow(/The leader says: .* becomes/)
  })
})
