import type { JournalEntry } from '@yak/protocol/schemas'
import { expect, test } from 'vitest'
import { mergeParts } from '../../src/journal/cluster-journal.ts'

function entry(brokerId: string, seq: number, at: number): JournalEntry {
  return { seq, at, brokerId, epoch: 1, type: 'notice', level: 'info', text: `${brokerId}/${seq}`, data: {} }
}

function part(brokerId: string, entries: readonly JournalEntry[], after: number) {
  return { brokerId, entries, after, first: 1 }
}

const textsOf = (entries: readonly JournalEntry[]) => entries.map(({ text }) => text)

test('entries are merged by time', () => {
  const parts = [
    part('2', [entry('2', 1, 15), entry('2', 2, 35)], 2),
    part('1', [entry('1', 1, 10), entry('1', 2, 20), entry('1', 3, 30)], 3),
  ]
  const { entries, after } = mergeParts(parts, { limit: 10 })
  expect(textsOf(entries)).toEqual(['1/1', '2/1', '1/2', '1/3', '2/2'])
  expect(after).toEqual({ 1: 3, 2: 2 })
})

test('a clock that went back does not turn round the entries of its broker', () => {
  const parts = [part('1', [entry('1', 1, 50), entry('1', 2, 5)], 2), part('2', [entry('2', 1, 20)], 1)]
  expect(textsOf(mergeParts(parts, { limit: 10 }).entries)).toEqual(['2/1', '1/1', '1/2'])
})

test('without a place to read on from, the newest are given, and all is behind the reader', () => {
  const parts = [part('1', [entry('1', 1, 10), entry('1', 2, 30)], 2), part('2', [entry('2', 1, 20)], 1)]
  const { entries, after } = mergeParts(parts, { limit: 2 })
  expect(textsOf(entries)).toEqual(['2/1', '1/2'])
  expect(after).toEqual({ 1: 2, 2: 1 })
})

test('reading on, the oldest are given, and what is cut off comes with the next call', () => {
  const parts = [
    part('1', [entry('1', 4, 10), entry('1', 9, 40)], 12),
    part('2', [entry('2', 7, 20), entry('2', 8, 30)], 8),
    part('3', [], 5),
  ]
  const { entries, after } = mergeParts(parts, { after: { 1: 3, 2: 6, 3: 5 }, limit: 2 })
  expect(textsOf(entries)).toEqual(['1/4', '2/7'])
  expect(after).toEqual({ 1: 8, 2: 7, 3: 5 })
})
