import { expect, test } from 'vitest'
import { subscriptionSnippets } from '../../../src/features/consume/subscription-snippets.ts'

const urls = ['http://b1', 'http://b2']

test('all partitions from now on: SDK and CLI, since a request by curl is of one partition', () => {
  const [sdk, cli, ...others] = subscriptionSnippets({ topic: 'orders', partition: null, start: 'latest' }, urls)
  expect(sdk!.code).toContain(`yak.consumer({ topics: ['orders'], from: 'latest' })`)
  expect(cli!.code.replace(/\s*\\\n\s*/g, ' ')).toBe(
    'yak consume orders --brokers http://b1,http://b2 --from latest --follow',
  )
  expect(others).toEqual([])
})

test('one partition from an offset, or from a time', () => {
  const [sdk, curl, cli] = subscriptionSnippets({ topic: 'orders', partition: 3, start: 1042 }, urls)
  expect(sdk!.code).toContain(`partitions: [{ topic: 'orders', partition: 3 }], from: 1042 })`)
  expect(curl!.code).toBe(`curl -L 'http://b1/consume?topic=orders&partition=3&offset=1042'`)
  expect(cli!.code).toContain('--partition 3')
  const timed = subscriptionSnippets({ topic: 'orders', partition: 3, start: '2026-01-31T10:00:00.000Z' }, urls)
  expect(timed.map(({ name }) => name)).toEqual(['SDK', 'CLI'])
  expect(timed[0]!.code).toContain(`from: '2026-01-31T10:00:00.000Z'`)
})
