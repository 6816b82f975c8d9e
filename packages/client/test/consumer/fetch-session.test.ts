import { encodeRecordBatch, type FetchResult, LIMITS, stampRecordBatch } from '@yak/protocol'
import { beforeEach, describe, expect, test } from 'vitest'
import { AssignedPartition } from '../../src/consumer/assigned-partition.ts'
import { FetchSession, type PlannedFetch } from '../../src/consumer/fetch-session.ts'

const options = { codec: 'string', maxWaitMs: 500, maxFetchBytes: 1_000, maxPrefetchBytes: 2_000 } as const

/** Batches of the records from `from` on, `perBatch` each. */
function batches(from: number, count: number, perBatch = count): Uint8Array {
  const parts: Buffer[] = []
  for (let start = from; start < from + count; start += perBatch) {
    const records = Array.from({ length: Math.min(perBatch, from + count - start) }, (_, n) => ({
      key: null,
      value: `v${start + n}`,
      timestamp: start + n,
    }))
    const bytes = encodeRecordBatch(records)
    stampRecordBatch(bytes, 0, start, 4)
    parts.push(Buffer.from(bytes))
  }
  return Buffer.concat(parts)
}

const result = (entry: number, changes: Partial<FetchResult> = {}): FetchResult => ({
  entry,
  error: null,
  leaderEpoch: 4,
  highWatermark: 100,
  logStartOffset: 0,
  detail: '',
  batches: new Uint8Array(),
  ...changes,
})

let session: FetchSession
let first: AssignedPartition
let second: AssignedPartition

beforeEach(() => {
  session = new FetchSession(options)
  first = new AssignedPartition('t', 'id', 0, 'earliest', true)
  second = new AssignedPartition('t', 'id', 1, 'earliest', true)
  for (const partition of [first, second]) {
    session.assign(partition)
    partition.locate(0)
  }
})

function drain(): string[] {
  const values: string[] = []
  for (let chunk = session.nextChunk(undefined); chunk !== undefined; chunk = session.nextChunk(chunk)) {
    for (const message of chunk.rest()) values.push(`${message.partition}:${message.value}`)
  }
  return values
}

const plan = (nowMs = 0): PlannedFetch => session.plan(nowMs)!
const partitionsOf = ({ request }: PlannedFetch) => request.entries.map(({ partition }) => partition)

describe('what it asks for', () => {
  test('every partition that it can hand out, from where it stands', () => {
    expect(plan().request).toMatchObject({ maxWaitMs: 500, minBytes: 1, maxBytes: 1_000 })
    session.accept(plan(), { results: [result(1, { batches: batches(0, 10) })] })
    expect(plan().request.entries).toMatchObject([
      { topicId: 'id', partition: 0, fetchOffset: 0, leaderEpoch: -1 },
      { topicId: 'id', partition: 1, fetchOffset: 10, leaderEpoch: 4 },
    ])
  })

  test('of more partitions than a request may have: all of them, in turns that are short', () => {
    const count = LIMITS.maxPartitionsPerRequest * 2 + 500
    for (let number = 2; number < count; number++) {
      const partition = new AssignedPartition('t', 'id', number, 'earliest', true)
      session.assign(partition)
      partition.locate(0)
    }
    const asked = new Set<number>()
    for (let turn = 0; turn < 3; turn++) {
      const planned = plan()
      expect(planned.request.entries).toHaveLength(LIMITS.maxPartitionsPerRequest)
      expect(planned.request.maxWaitMs).toBeLessThanOrEqual(100)
      expect(planned.asked.map(({ partition }) => partition.partition)).toEqual(partitionsOf(planned))
      for (const partition of partitionsOf(planned)) asked.add(partition)
    }
    expect(asked.size).toBe(count)
  })

  test('not the paused, not those whose start is not known, not those that are held back', () => {
    first.isPaused = true
    expect(partitionsOf(plan())).toEqual([1])
    second.start = 'latest'
    expect(session.plan(0)).toBeUndefined()
    first.isPaused = false
    first.notBeforeMs = 80
    second.locate(0)
    expect(partitionsOf(plan(50))).toEqual([1])
    // The long-poll ends in time for the one that is held back.
    expect(plan(50).request.maxWaitMs).toBe(30)
    expect(session.heldBackMs(50)).toBe(30)
    expect(partitionsOf(plan(80))).toEqual([0, 1])
  })

  test('nothing, while what it may bring would not fit', () => {
    expect(session.hasRoom).toBe(true)
    session.accept(plan(), { results: [result(0, { batches: batches(0, 100, 5) })] })
    expect(session.bufferedBytes).toBeGreaterThan(1_000)
    expect(session.hasRoom).toBe(false)
    drain()
    expect(session.bufferedBytes).toBe(0)
    expect(session.hasRoom).toBe(true)
  })
})

describe('what it takes', () => {
  test('records below the offset asked for are left out', () => {
    first.locate(7)
    session.accept(plan(), { results: [result(0, { batches: batches(5, 10, 5) })] })
    expect(drain()).toEqual(['0:v7', '0:v8', '0:v9', '0:v10', '0:v11', '0:v12', '0:v13', '0:v14'])
    expect(first.position).toBe(15)
  })

  test('in turn from each partition', () => {
    session.accept(plan(), { results: [result(0, { batches: batches(0, 2) }), result(1, { batches: batches(0, 1) })] })
    session.accept(plan(), { results: [result(0, { batches: batches(2, 1) }), result(1, { batches: batches(1, 1) })] })
    expect(drain()).toEqual(['0:v0', '0:v1', '1:v0', '0:v2', '1:v1'])
  })

  test('an answer to a question that no longer stands counts for nothing', () => {
    const asked = plan()
    session.drop(first)
    first.locate(50)
    expect(session.accept(asked, { results: [result(0, { batches: batches(0, 5) })] })).toEqual([])
    expect(first.fetchOffset).toBe(50)
    expect(drain()).toEqual([])
  })

  test('what was prefetched before a seek is not handed out, also not the rest of a chunk half read', () => {
    session.accept(plan(), { results: [result(0, { batches: batches(0, 5) })] })
    const chunk = session.nextChunk(undefined)!
    expect(chunk.next()?.offset).toBe(0)
    session.drop(first)
    expect(chunk.next()).toBeUndefined()
    session.nextChunk(chunk)
    expect(session.bufferedBytes).toBe(0)
    expect(plan().request.entries[0]!.fetchOffset).toBe(1)
  })

  test('an answer under an older epoch is never used', () => {
    first.leaderEpoch = 5
    const troubles = session.accept(plan(), { results: [result(0, { batches: batches(0, 5) })] })
    expect(troubles).toMatchObject([{ partition: first, error: { code: 'FENCED_LEADER_EPOCH' } }])
    expect(drain()).toEqual([])
  })

  test('the high watermark never goes back', () => {
    session.accept(plan(), { results: [result(0, { highWatermark: 100 })] })
    session.accept(plan(), { results: [result(0, { highWatermark: 90 })] })
    expect(first.highWatermark).toBe(100)
  })

  test.each([
    ['a gap before', batches(3, 5)],
    ['a gap between', Buffer.concat([batches(0, 2), batches(3, 2)])],
    ['a repeat', Buffer.concat([batches(0, 2), batches(1, 2)])],
    ['only what was there before', batches(0, 0)],
  ])('%s: refused, nothing is handed out of it', (what, bytes) => {
    if (bytes.length === 0) {
      first.locate(20)
      bytes = batches(0, 10)
    }
    expect(() => session.accept(plan(), { results: [result(0, { batches: bytes })] }), what).toThrow(
      expect.objectContaining({ code: 'INVALID_RESPONSE' }),
    )
    expect(drain()).toEqual([])
  })

  test('a byte that flipped on the way is found when it is read', () => {
    const bytes = Uint8Array.from(batches(0, 5))
    bytes[bytes.length - 3]! ^= 1
    session.accept(plan(), { results: [result(0, { batches: bytes })] })
    const chunk = session.nextChunk(undefined)!
    expect(() => chunk.next()).toThrow(expect.objectContaining({ code: 'CORRUPT_BATCH' }))
  })

  test('an answer about a partition that was not asked for', () => {
    expect(() => session.accept(plan(), { results: [result(9)] })).toThrow(
      expect.objectContaining({ code: 'INVALID_RESPONSE' }),
    )
  })

  test('ends at an end, in the middle of a batch', () => {
    first.endOffset = 3
    second.endOffset = 0
    expect(session.isAtEnd).toBe(false)
    session.accept(plan(), { results: [result(0, { batches: batches(0, 5) })] })
    expect(drain()).toEqual(['0:v0', '0:v1', '0:v2'])
    expect(session.isAtEnd).toBe(true)
    expect(session.plan(0)).toBeUndefined()
  })
})
