import { expect, test } from 'vitest'
import type { JournalEntry } from '../../../src/data/live/frames.ts'
import { markKind, marksOf } from '../../../src/features/timeline/marks.ts'

const entry = (at: number, type: string, over: Partial<JournalEntry> = {}): JournalEntry => ({
  seq: at,
  at,
  brokerId: '1',
  epoch: 1,
  type,
  level: 'info',
  text: type,
  ...over,
})

test.each<[string, Record<string, unknown>, string]>([
  ['leader-changed', { leaderId: null }, 'no-leader'],
  ['leader-changed', { leaderId: '2' }, 'leader'],
  ['isr-changed', { isr: ['1'], previous: ['1', '2'] }, 'isr-shrank'],
  ['isr-changed', { isr: ['1', '2'], previous: ['1'] }, 'isr-grew'],
  ['isr-changed', { isr: ['1', '2'], previous: null }, 'isr-grew'],
  ['heartbeat-missed', { peerId: '1', silentMs: 2_000 }, 'heartbeat-missed'],
  ['lease-expired', { holderId: '1', epoch: 7, takenBy: '2' }, 'lease-expired'],
  ['write-fenced', { epoch: 7, knownEpoch: 8, writes: 3 }, 'write-fenced'],
  ['something-new', {}, 'note'],
])('%s %j is %s', (type, data, kind) => expect(markKind({ type, data })).toBe(kind))

test('entries too close to be drawn apart are one mark, whole in the window, with the look of the gravest', () => {
  const marks = marksOf(
    [
      entry(90, 'started'),
      entry(100, 'role-changed'),
      entry(101, 'leader-changed', { level: 'warn', data: { leaderId: null } }),
      entry(109, 'topic-created'),
      entry(150, 'topic-created'),
      entry(201, 'stopped'),
    ],
    { from: 100, to: 200 },
    0.1,
  )
  expect(marks.map(({ share, kind, level, entries }) => [share, kind, level, entries.length])).toEqual([
    [0.05, 'no-leader', 'warn', 3],
    [0.5, 'topic', 'info', 1],
  ])
})

test('among the same level, what a person looks for', () => {
  const [mark] = marksOf([entry(1, 'notice'), entry(2, 'role-changed'), entry(3, 'started')], { from: 0, to: 10 }, 1)
  expect(mark!.kind).toBe('up')
})
