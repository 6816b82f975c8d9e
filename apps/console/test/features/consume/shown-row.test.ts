import { expect, test } from 'vitest'
import type { StreamRow } from '../../../src/data/message-stream.ts'
import { messageBeside, messagesOf, shownRow } from '../../../src/features/consume/shown-row.ts'
import { message } from '../messages/in-memory-log.ts'

const row = (card: number, offset: number): StreamRow => ({
  kind: 'message',
  id: offset + card,
  message: message(0, offset, 0),
})
const reconnected: StreamRow = { kind: 'reconnected', id: 9, afterMs: 10, brokerId: '2', lost: 0 }

const rows = [
  shownRow(0, 't', row(0, 0)),
  shownRow(1, 't', row(1, 0)),
  shownRow(0, 't', reconnected),
  shownRow(0, 't', row(0, 1)),
]

test('a message that two cards show is the same one to choose and to export; a note is none', () => {
  expect(rows.map(({ id }) => id)).toEqual(['t/0@0', 't/0@0', 'note 0 9', 't/0@1'])
  expect(messagesOf(rows).map(({ offset }) => offset)).toEqual([0, 1])
})

test('a row is made once, and anew for another card', () => {
  const one = row(0, 5)
  expect(shownRow(0, 't', one)).toBe(shownRow(0, 't', one))
  expect(shownRow(2, 't', one).card).toBe(2)
})

test('the arrows go from message to message, stay at the ends, and begin with the newest', () => {
  const [first, second, , last] = rows.map(({ message }) => message)
  expect(messageBeside(rows, first!, 1)).toBe(second)
  expect(messageBeside(rows, second!, 1)).toBe(last)
  expect(messageBeside(rows, last!, 1)).toBe(last)
  expect(messageBeside(rows, first!, -1)).toBe(first)
  expect(messageBeside(rows, null, -1)).toBe(last)
  expect(messageBeside(rows, message(0, 77, 0), -1)).toBe(last)
  expect(messageBeside([], null, 1)).toBe(null)
})
