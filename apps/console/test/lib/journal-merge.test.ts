import { expect, test } from 'vitest'
import { mergeJournal, oldestSeqs } from '../../src/lib/journal-merge.ts'

const entry = (brokerId: string, seq: number, at: number) => ({ brokerId, seq, at })

test('by time, each once; one broker keeps its order where the clock stood still', () => {
  const live = [entry('1', 3, 20), entry('2', 9, 21)]
  const older = [entry('1', 2, 20), entry('2', 8, 5), entry('1', 3, 20)]
  expect(mergeJournal(older, live).map(({ brokerId, seq }) => `${brokerId}:${seq}`)).toEqual([
    '2:8',
    '1:2',
    '1:3',
    '2:9',
  ])
})

test('nothing to add is the same list', () => {
  const live = [entry('1', 3, 20)]
  expect(mergeJournal([], live)).toBe(live)
  expect(mergeJournal(live, [])).toBe(live)
})

test('the oldest of each broker', () => {
  expect([...oldestSeqs([entry('1', 3, 2), entry('1', 2, 1), entry('2', 9, 5)])]).toEqual([
    ['1', 2],
    ['2', 9],
  ])
})
