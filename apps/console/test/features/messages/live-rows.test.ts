import { expect, test } from 'vitest'
import type { StreamRow } from '../../../src/data/message-stream.ts'
import { LiveRows } from '../../../src/features/messages/live-rows.ts'
import { readFilter } from '../../../src/lib/filter/message-filter.ts'
import { message } from './in-memory-log.ts'

const rows: readonly StreamRow[] = [
  { kind: 'message', id: 1, message: message(0, 1, 1) },
  { kind: 'message', id: 2, message: message(0, 2, 2) },
  { kind: 'skipped', id: 3, partition: 0, count: 1_200, fromOffset: 3, because: 'credit' },
  { kind: 'fault', id: 4, partition: 0, fault: { kind: 'gap', fromOffset: 5, toOffset: 6 } },
]

test('messages that match, and everything the stream says about itself', () => {
  const shown = new LiveRows(readFilter('value.n == 2')).of(rows)
  expect(shown.map(({ id }) => id)).toEqual(['0@2', 'note 3', 'note 4'])
  expect(shown[2]).toMatchObject({ tone: 'bad', text: expect.stringContaining('offsets 5 to 6 never came') })
})

test('a row is made once, so that it is drawn once', () => {
  const live = new LiveRows(readFilter(''))
  expect(live.of(rows)[0]).toBe(live.of(rows)[0])
})
