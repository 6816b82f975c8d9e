import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  BackwardScan,
  expiredEarliest,
  ForwardScan,
  type PartitionEnds,
  type ReadPage,
} from '../../../src/features/messages/range-scan.ts'
import type { Message } from '../../../src/lib/json/consume-text.ts'
import { message, readerOf } from './in-memory-log.ts'

const { signal } = new AbortController()
const places = (messages: readonly Message[]) => messages.map(({ partition, offset }) => `${partition}@${offset}`)

async function all(scan: ForwardScan | BackwardScan, max = 1_000): Promise<readonly Message[]> {
  const found: Message[] = []
  while (!scan.done) found.push(...(await scan.take(max, signal)))
  return found
}

const endsOf = (log: readonly (readonly Message[])[], start = 0): readonly PartitionEnds[] =>
  log.map((messages, partition) => ({
    partition,
    logStartOffset: start,
    highWatermark: messages.length === 0 ? start : messages.at(-1)!.offset + 1,
  }))

describe('forward', () => {
  test('partitions are merged by time, each in the order of its offsets', async () => {
    const log = [
      [message(0, 0, 10), message(0, 1, 30)],
      [message(1, 0, 20), message(1, 1, 5), message(1, 2, 40)],
    ]
    const scan = new ForwardScan(readerOf(log), endsOf(log), 'earliest')
    // 1@1 says that it is older than 1@0, and still comes after it.
    expect(places(await all(scan))).toEqual(['0@0', '1@0', '1@1', '0@1', '1@2'])
    expect(scan.remaining()).toBe(0)
  })

  test('from an offset: each partition’s own, or the nearest it has', async () => {
    const log = [[message(0, 5, 1), message(0, 6, 2)], [message(1, 5, 3)]]
    const ends = endsOf(log, 5)
    expect(places(await all(new ForwardScan(readerOf(log), ends, 6)))).toEqual(['0@6'])
    expect(places(await all(new ForwardScan(readerOf(log), ends, 0)))).toEqual(['0@5', '0@6', '1@5'])
  })

  test('from a time', async () => {
    const log = [[message(0, 0, 1_000), message(0, 1, 2_000)], [message(1, 0, 1_500)]]
    const time = new Date(1_500).toISOString()
    expect(places(await all(new ForwardScan(readerOf(log), endsOf(log), { time })))).toEqual(['1@0', '0@1'])
  })

  test('ends where the logs ended when it began', async () => {
    const log = [[message(0, 0, 1), message(0, 1, 2)]]
    const scan = new ForwardScan(readerOf(log), [{ partition: 0, logStartOffset: 0, highWatermark: 1 }], 'earliest')
    expect(places(await all(scan))).toEqual(['0@0'])
  })

  test('every message comes once, whatever the logs and the size of a bite', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.nat(1_000), { maxLength: 30 }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 20 }),
        fc.boolean(),
        async (times, max, backward) => {
          const log = times.map((at, partition) => at.map((time, offset) => message(partition, offset, time)))
          const scan = backward
            ? new BackwardScan(readerOf(log, 7), endsOf(log), max)
            : new ForwardScan(readerOf(log, 7), endsOf(log), 'earliest')
          const found = await all(scan, max)
          expect(places(found).toSorted()).toEqual(places(log.flat()).toSorted())
          for (const [partition] of log.entries()) {
            const offsets = found.filter((each) => each.partition === partition).map(({ offset }) => offset)
            expect(offsets).toEqual(offsets.toSorted((a, b) => (backward ? b - a : a - b)))
          }
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('backward', () => {
  test('the newest come first, and only as many are read as are wanted', async () => {
    const log = [
      Array.from({ length: 400 }, (_, offset) => message(0, offset, offset * 2)),
      Array.from({ length: 400 }, (_, offset) => message(1, offset, offset * 2 + 1)),
    ]
    let read = 0
    const counted: ReadPage = async (...request) => {
      const page = await readerOf(log)(...request)
      read += page.messages.length
      return page
    }
    const scan = new BackwardScan(counted, endsOf(log), 4)
    expect(places(await scan.take(4, signal))).toEqual(['1@399', '0@399', '1@398', '0@398'])
    expect(read).toBeLessThan(100)
    expect(scan.remaining()).toBe(796)
  })
})

describe('what goes wrong on the way', () => {
  const log = [[message(0, 3, 1), message(0, 4, 2)]]

  test('without a leader it waits, says so, and goes on', async () => {
    let refusals = 2
    const said: boolean[] = []
    const read: ReadPage = async (...request) => {
      if (refusals-- > 0) throw Object.assign(new Error('no leader'), { code: 'LEADER_NOT_AVAILABLE' })
      return readerOf(log)(...request)
    }
    const scan = new ForwardScan(read, endsOf(log, 3), 3, (waiting) => said.push(waiting))
    expect(places(await all(scan))).toEqual(['0@3', '0@4'])
    expect(said).toEqual([true, true, false])
  })

  test('what retention took meanwhile is passed over', async () => {
    const read: ReadPage = async (partition, offset, limit, stop) => {
      if (typeof offset === 'number' && offset < 3)
        throw Object.assign(new Error('gone'), {
          code: 'OFFSET_OUT_OF_RANGE',
          details: { offset, logStartOffset: 3, logEndOffset: 5 },
        })
      return readerOf(log)(partition, offset, limit, stop)
    }
    const ends = [{ partition: 0, logStartOffset: 0, highWatermark: 5 }]
    expect(places(await all(new ForwardScan(read, ends, 0)))).toEqual(['0@3', '0@4'])
    expect(places(await all(new BackwardScan(read, ends, 10)))).toEqual(['0@4', '0@3'])
  })

  test('any other failure is thrown', async () => {
    const read: ReadPage = () => Promise.reject(Object.assign(new Error('no topic'), { code: 'UNKNOWN_TOPIC' }))
    await expect(new ForwardScan(read, endsOf(log, 3), 'earliest').take(1, signal)).rejects.toThrow('no topic')
  })

  test('only an offset below the start has expired', () => {
    const failed = (details: object) => Object.assign(new Error(), { code: 'OFFSET_OUT_OF_RANGE', details })
    expect(expiredEarliest(failed({ offset: 1, logStartOffset: 5 }))).toBe(5)
    expect(expiredEarliest(failed({ offset: 9, logStartOffset: 5 }))).toBeNull()
    expect(expiredEarliest(new Error())).toBeNull()
  })
})
