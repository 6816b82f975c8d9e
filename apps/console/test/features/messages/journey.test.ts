import { expect, test } from 'vitest'
import { journeyOf, journeySearchOf } from '../../../src/features/messages/journey.ts'
import { message } from './in-memory-log.ts'

test('each message of the key beside the one before it', () => {
  const own = { key: 'a' }
  const messages = [
    message(0, 3, 1_000, own),
    message(1, 0, 1_500, { key: 'b' }),
    message(0, 4, 4_000, own),
    message(2, 9, 3_500, own),
    message(0, 5, -1, own),
    message(0, 6, 9_000, { key: 'a', keyEncoding: 'base64' }),
  ]
  const steps = journeyOf(messages, { key: 'a' })
  expect(
    steps.map(({ message: { partition, offset }, sinceMs, movedFrom }) => [partition, offset, sinceMs, movedFrom]),
  ).toEqual([
    [0, 3, null, null],
    [0, 4, 3_000, null],
    [2, 9, -500, 0],
    [0, 5, null, 2],
  ])
  expect(steps[2]?.previous).toBe(messages[2])
  expect(journeyOf(messages, { key: 'a', keyEncoding: 'base64' })).toHaveLength(1)
})

test('a link names a key, also a binary and an empty one', () => {
  expect(journeySearchOf(message(0, 0, 0, { key: '' }))).toEqual({ key: '' })
  expect(journeySearchOf(message(0, 0, 0, { key: '/w==', keyEncoding: 'base64' }))).toEqual({
    key: '/w==',
    enc: 'base64',
  })
  expect(journeySearchOf(message(0, 0, 0, { key: null }))).toBeUndefined()
})
