import { expect, test } from 'vitest'
import type { JournalEntry } from '../../../src/data/live/frames.ts'
import {
  type LogFilter,
  lineName,
  matchLines,
  readLineName,
  rowsOf,
  tells,
  toNdjson,
} from '../../../src/features/log/log-lines.ts'
import { toldEvents } from '../../../src/lib/told-events.ts'

const entry = (over: Partial<JournalEntry>): JournalEntry => ({
  seq: 1,
  at: 1_767_225_699_000,
  brokerId: '1',
  epoch: 8,
  type: 'notice',
  level: 'info',
  text: 'All is well.',
  ...over,
})
const all: LogFilter = { q: undefined, level: undefined, type: undefined, broker: undefined }

test('each filter narrows, and text is looked for in sentence, type and data', () => {
  const entries = [
    entry({ seq: 1 }),
    entry({ seq: 2, level: 'warn', type: 'leader-changed', text: 'No leader is known.', data: { leaderId: null } }),
    entry({ seq: 3, level: 'error', brokerId: '2', type: 'log-failed', data: { partition: 'Orders/2' } }),
  ]
  const seqs = (filter: Partial<LogFilter>) => matchLines(entries, { ...all, ...filter }).map(({ seq }) => seq)
  expect(seqs({})).toEqual([1, 2, 3])
  expect(seqs({ level: 'warn' })).toEqual([2, 3])
  expect(seqs({ level: 'error' })).toEqual([3])
  expect(seqs({ type: 'log-failed' })).toEqual([3])
  expect(seqs({ broker: '2' })).toEqual([3])
  expect(seqs({ q: ' NO leader' })).toEqual([2])
  expect(seqs({ q: 'orders/2' })).toEqual([3])
  expect(seqs({ q: 'leader-ch' })).toEqual([2])
  expect(seqs({ q: 'nothing' })).toEqual([])
})

test('a broker is found by the name that it was written with, and by the one that is shown', () => {
  const entries = [entry({ text: 'Broker 3 leads in epoch 8.' }), entry({ seq: 2, text: 'All is well.' })]
  for (const q of ['broker 3', 'b3 leads'])
    expect(matchLines(entries, { ...all, q }).map(({ seq }) => seq)).toEqual([1])
})

test('a row is an event, whoever tells it; a filter by one broker shows its line, and all who tell of it', () => {
  const entries = [
    entry({ seq: 4 }),
    entry({ seq: 9, brokerId: '2' }),
    entry({ seq: 10, brokerId: '2', text: 'Other.' }),
  ]
  const events = toldEvents(entries)
  const shown = (filter: Partial<LogFilter>) =>
    rowsOf(events, matchLines(entries, { ...all, ...filter })).map(({ event, lead }) => [
      lineName(lead),
      event.entries.map(lineName).join(),
    ])
  expect(shown({})).toEqual([
    ['1:4', '1:4,2:9'],
    ['2:10', '2:10'],
  ])
  expect(shown({ broker: '2' })).toEqual([
    ['2:9', '1:4,2:9'],
    ['2:10', '2:10'],
  ])
  expect(shown({ broker: '1' })).toEqual([['1:4', '1:4,2:9']])
  // A link to any line of it finds it.
  expect([tells(events[0]!, '2:9'), tells(events[0]!, '2:10'), tells(events[0]!, undefined)]).toEqual([
    true,
    false,
    false,
  ])
})

test('the name of a line reads back, for ids with a colon too', () => {
  expect(readLineName(lineName(entry({ brokerId: 'a:b', seq: 120 })))).toEqual({ brokerId: 'a:b', seq: 120 })
  for (const wrong of ['', '120', ':3', '1:', '1:x', '1:0', '1:1.5']) expect(readLineName(wrong)).toBeNull()
})

test('a line of NDJSON is one line, whatever the text holds', () => {
  const text = toNdjson([entry({ text: 'two\nlines' }), entry({ seq: 2 })])
  const lines = text.split('\n')
  expect(lines).toHaveLength(3)
  expect(lines[2]).toBe('')
  expect(JSON.parse(lines[0]!)).toMatchObject({ time: '2026-01-01T00:01:39.000Z', seq: 1, text: 'two\nlines' })
})
