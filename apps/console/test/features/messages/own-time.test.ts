import { expect, test } from 'vitest'
import { ownTimeFilter } from '../../../src/features/messages/own-time.ts'

const filter = (at: string, ...values: string[]) =>
  ownTimeFilter(
    at,
    'utc',
    values.map((valueText) => ({ valueText })),
  )

test('a time is looked for as the messages write theirs', () => {
  const at = '2015-02-14T14:30:00.000Z'
  expect(filter(at)).toBe('"2015-02-14 14:30"')
  expect(filter(at, '{"note":"none"}', '{"timestamp":"2013-10-09 16:25:00"}')).toBe('"2015-02-14 14:30"')
  expect(filter(at, '{"at":"2013-10-09T16:25:00.000Z"}')).toBe('"2015-02-14T14:30"')
  expect(filter('2015-02-14T14:30:05.000Z', '{"at":"2013-10-09T16:25"}')).toBe('"2015-02-14T14:30:05"')
})

test('where they name UTC, also by somebody who sees local times', () => {
  const at = '2015-02-14T14:30:00.000Z'
  for (const zone of ['utc', 'local'] as const)
    expect(ownTimeFilter(at, zone, [{ valueText: '{"at":"2013-10-09T16:25:00Z"}' }])).toBe('"2015-02-14T14:30"')
})
