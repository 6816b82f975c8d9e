import { isRedisServerInstalled } from '@yak/election/testing'
import { describe, test } from 'vitest'
import { falseAcknowledgements, fromBeforeRestart, ofOlderEpoch, secondFetcher } from './acknowledgements.ts'
import { expectNoticed } from './harness/notices.ts'

describe.skipIf(!isRedisServerInstalled())('acknowledgements that are none', () => {
  test('B8, B9: of an older epoch, and from before a restart: the high watermark stands', () =>
    falseAcknowledgements([ofOlderEpoch, fromBeforeRestart]))

  test('B8: without the rule, that of an older epoch counts, and the leader notices what it has committed', async () => {
    await expectNoticed(
      () => falseAcknowledgements([ofOlderEpoch], 'counts acknowledgements of an older epoch'),
      'The leader gave up: ',
    )
  })

  test('B9: without the rule, that of an earlier run counts', async () => {
    await expectNoticed(
      () => falseAcknowledgements([fromBeforeRestart], 'counts acknowledgements of an earlier incarnation'),
      'the high watermark: expected',
    )
  })

  test('B22: a second process under one id fetches: it is refused', () => secondFetcher())

  test('B22: without the rule, the first one is taken out of the ISR', async () => {
    await expectNoticed(() => secondFetcher('hears a second process under one id'), /The leader says: .* becomes/)
  })
})
