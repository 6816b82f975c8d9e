import { expect, test } from 'vitest'
import { MessageRange } from '../../../src/features/messages/message-range.ts'
import { message, readerOf } from './in-memory-log.ts'

const log = [Array.from({ length: 50 }, (_, offset) => message(0, offset, offset))]
const ends = [{ partition: 0, logStartOffset: 0, highWatermark: 50 }]
const offsets = (range: MessageRange) => range.view.get().messages.map(({ offset }) => offset)

test('the newest stand in the order of time; more come before them', async () => {
  const range = new MessageRange(readerOf(log), { topic: 't', from: 'newest', count: 3, filter: '' }, ends)
  await range.more()
  expect(offsets(range)).toEqual([47, 48, 49])
  expect(range.view.get()).toMatchObject({ state: 'paged', remaining: 47 })
  await range.more()
  expect(offsets(range)).toEqual([44, 45, 46, 47, 48, 49])
})

test('a filter is looked for through the whole range, and the rest is counted', async () => {
  const spec = { topic: 't', from: 'earliest', count: 100, filter: 'value.n >= 10 && key == "k1"' } as const
  const range = new MessageRange(readerOf(log), spec, ends)
  await range.more()
  expect(offsets(range)).toEqual([10, 13, 16, 19, 22, 25, 28, 31, 34, 37, 40, 43, 46, 49])
  expect(range.view.get()).toMatchObject({ state: 'done', progress: { scanned: 50, matched: 14 } })
})

test('with a bound it looks at so many, and on when it is asked for more', async () => {
  const spec = { topic: 't', from: 'newest', count: 100, filter: 'value.n < 10', maxScanned: 4_000 } as const
  const long = [Array.from({ length: 9_000 }, (_, offset) => message(0, offset, offset))]
  const range = new MessageRange(readerOf(long, 4_000), spec, [
    { partition: 0, logStartOffset: 0, highWatermark: 9_000 },
  ])
  await range.more()
  expect(range.view.get()).toMatchObject({ state: 'paged', messages: [] })
  expect(range.view.get().progress.scanned).toBeLessThan(8_000)
  await range.more()
  await range.more()
  expect(range.view.get()).toMatchObject({ state: 'done', progress: { scanned: 9_000, matched: 10 } })
})

test('stopped, it keeps what it found', async () => {
  let range: MessageRange | null = null
  const read = readerOf(log, 10)
  range = new MessageRange(
    async (partition, offset, limit, signal) => {
      if (typeof offset === 'number' && offset >= 20) range?.stop()
      signal.throwIfAborted()
      return read(partition, offset, limit, signal)
    },
    { topic: 't', from: 'earliest', count: 100, filter: 'value' },
    ends,
  )
  await range.more()
  expect(range.view.get().state).toBe('stopped')
  expect(range.view.get().error).toBeNull()
})

test('a failure is told, with what was read before it', async () => {
  const read = readerOf(log, 10)
  const range = new MessageRange(
    (partition, offset, limit, signal) =>
      offset === 20 ? Promise.reject(new Error('broken')) : read(partition, offset, limit, signal),
    { topic: 't', from: 'earliest', count: 100, filter: '' },
    ends,
  )
  await range.more()
  expect(range.view.get()).toMatchObject({ state: 'failed', error: new Error('broken') })
  expect(offsets(range)).toHaveLength(20)
})
