import { YakError } from '@yak/protocol'
import { expect, test } from 'vitest'
import { PendingCommits } from '../../src/replication/pending-commits.ts'

function pendingWith(offsets: readonly number[]) {
  const told: string[] = []
  const pending = new PendingCommits()
  const entries = offsets.map((offset, index) =>
    pending.add(offset, 10, (error) => told.push(`${index}:${error?.code ?? 'done'}`)),
  )
  return { pending, entries, told }
}

test('tells those below the high watermark, in order, and counts their bytes', () => {
  const { pending, told } = pendingWith([5, 8, 12])
  expect(pending.commitBelow(4)).toBe(0)
  expect(pending.commitBelow(8)).toBe(20)
  expect(told).toEqual(['0:done', '1:done'])
  expect(pending.count).toBe(1)
  expect(pending.commitBelow(100)).toBe(10)
})

test('a duplicate that comes later is told with its first', () => {
  const { pending, told } = pendingWith([5, 8, 5])
  pending.commitBelow(5)
  expect(told).toEqual(['0:done', '2:done'])
})

test('one that the log took back is not told of another’s commit at its offset', () => {
  const { pending, entries, told } = pendingWith([5, 8])
  pending.fail(entries[1]!, new YakError('DISK_FULL', 'No room for the second.'))
  pending.commitBelow(8)
  expect(told).toEqual(['1:DISK_FULL', '0:done'])
  pending.fail(entries[0]!, new YakError('DISK_FULL', 'Too late.'))
  expect(told).toHaveLength(2)
})

test('a failure is told to all, once', () => {
  const { pending, told } = pendingWith([5, 8])
  pending.failAll(new YakError('STORAGE_ERROR', 'The disk failed.'))
  pending.commitBelow(10)
  expect(told).toEqual(['0:STORAGE_ERROR', '1:STORAGE_ERROR'])
})

test('stays small however many come and go', () => {
  const pending = new PendingCommits()
  let done = 0
  for (let offset = 1; offset <= 10_000; offset++) {
    pending.add(offset, 1, () => done++)
    if (offset % 3 === 0) pending.commitBelow(offset - 1)
  }
  pending.commitBelow(10_000)
  expect(done).toBe(10_000)
  expect(pending.count).toBe(0)
})
