import type { TopicDescription } from '@yak/protocol/schemas'
import { expect, test } from 'vitest'
import type { ClusterSnapshot } from '../../../src/data/cluster-feed.ts'
import type { BrokerView } from '../../../src/data/live/frames.ts'
import { type CommittedPlace, replicaCopies } from '../../../src/features/produce/replica-copies.ts'

/** The broker that tells is an hour behind this browser's clock. */
const behindMs = 3_600_000
const committedAt = 10_000_000
const place: CommittedPlace = { topicId: 't1', partition: 1, offset: 41, epoch: 8, committedAt }

interface Words {
  /** Of the partition, by the replica's own words. */
  readonly highWatermark: number
  readonly logEndOffset?: number
  /** Milliseconds after the receipt. */
  readonly after?: number
  readonly epoch?: number
  readonly error?: BrokerView['error']
}

const gone = { code: 'NO_ANSWER', detail: 'no answer' }

function told(words: readonly (Words | null)[], partition: object = {}, more: Partial<ClusterSnapshot> = {}) {
  const receivedAt = committedAt + 3_000
  const replicas = words.map((_, index) => String(index + 1))
  const topic = {
    name: 'orders',
    id: 't1',
    partitions: [
      {},
      {
        partition: 1,
        leader: { id: '1', url: '' },
        epoch: 8,
        isr: replicas,
        replicas,
        logStartOffset: 0,
        highWatermark: 42,
        logEndOffset: 42,
        ...partition,
      },
    ],
  }
  const brokers = words.map((each, index): BrokerView => {
    const id = replicas[index]!
    if (each === null) return { id, url: '', state: null, receivedAt: null, error: null }
    const { highWatermark, logEndOffset = highWatermark, after = 2_000, epoch = 8, error = null } = each
    const own = { topic: 'orders', partition: 1, highWatermark, logEndOffset }
    const state = { epoch, partitions: [own] } as unknown as BrokerView['state']
    return { id, url: '', state, receivedAt: committedAt + after - behindMs, error }
  })
  return {
    topics: [topic as unknown as TopicDescription],
    brokers,
    via: 'live',
    asOf: receivedAt - behindMs,
    receivedAt,
    ...more,
  } as const
}

const has = { highWatermark: 42 }
const hasNot = { highWatermark: 41, logEndOffset: 41 }

test('each replica counts by its own words', () => {
  expect(replicaCopies(place, told([has, has, has]))).toEqual({ on: 3, of: 3, behind: [], silent: [] })
  // In sync, and a moment from saying so.
  expect(replicaCopies(place, told([has, has, hasNot]))).toEqual({ on: 2, of: 3, behind: [], silent: [] })
  expect(replicaCopies(place, told([has]))).toEqual({ on: 1, of: 1, behind: [], silent: [] })
})

test('one out of the ISR has it once it has caught up, and not before', () => {
  const isr = { isr: ['1', '2'] }
  expect(replicaCopies(place, told([has, has, hasNot], isr))).toEqual({ on: 2, of: 3, behind: ['3'], silent: [] })
  expect(replicaCopies(place, told([has, has, has], isr))).toEqual({ on: 3, of: 3, behind: [], silent: [] })
})

test('the end of the log of one that led before is not this message', () => {
  const divergent = { highWatermark: 40, logEndOffset: 60, epoch: 7 }
  expect(replicaCopies(place, told([has, has, divergent], { isr: ['1', '2'] }))).toMatchObject({ on: 2, behind: ['3'] })
})

test('one that does not answer counts by what it said after the receipt', () => {
  expect(replicaCopies(place, told([has, has, { ...has, error: gone }]))).toMatchObject({ on: 3, silent: [] })
  expect(replicaCopies(place, told([has, has, { ...hasNot, error: gone }]))).toMatchObject({ on: 2, silent: ['3'] })
  const before = { ...has, after: -500, error: gone }
  expect(replicaCopies(place, told([has, has, before]))).toMatchObject({ on: 2, silent: ['3'] })
})

test('no number before every replica that answers was heard since the receipt', () => {
  const nobody = { on: null, of: 3, behind: [], silent: [] }
  // Of another topic that had the name, or of the moment before.
  expect(replicaCopies(place, told([has, has, { ...has, after: -500 }]))).toEqual(nobody)
  expect(replicaCopies(place, told([has, has, null]))).toEqual(nobody)
  expect(replicaCopies(place, told([hasNot, hasNot, hasNot]))).toEqual(nobody)
})

test('when polling, this browser hears each broker by its own clock', () => {
  const polled = told([has, has, { ...has, after: behindMs + 500 }], {}, { via: 'polling' })
  expect(replicaCopies(place, polled)).toMatchObject({ on: null })
  const after = behindMs + 500
  const heard = [has, has, has].map((each) => ({ ...each, after }))
  expect(replicaCopies(place, told(heard, {}, { via: 'polling' }))).toMatchObject({ on: 3 })
})

test('under a newer epoch it is the same message; under an older one it is too early to say', () => {
  const later = [has, has, has].map((each) => ({ ...each, epoch: 9 }))
  expect(replicaCopies(place, told(later, { epoch: 9 }))).toMatchObject({ on: 3 })
  expect(replicaCopies(place, told([has, has, has], { epoch: 7 }))).toBeUndefined()
  expect(replicaCopies(place, told([has, has, { ...has, epoch: 7 }]))).toMatchObject({ on: 2 })
  // A batch that was known already: the receipt has no epoch.
  expect(replicaCopies({ ...place, epoch: -1 }, told([has, has, has], { epoch: 7 }))).toMatchObject({ on: 3 })
})

test('nothing is said of a topic that is another, of a partition nobody serves, and of what retention took', () => {
  const all = [has, has, has]
  expect(replicaCopies({ ...place, topicId: 't0' }, told(all))).toBeUndefined()
  expect(replicaCopies({ ...place, partition: 7 }, told(all))).toBeUndefined()
  expect(replicaCopies(place, told(all, { highWatermark: -1, logStartOffset: -1 }))).toBeUndefined()
  expect(replicaCopies(place, told(all, { logStartOffset: 42 }))).toBeUndefined()
})

test('the largest offsets are told apart', () => {
  const offset = Number.MAX_SAFE_INTEGER - 1
  const end = { highWatermark: Number.MAX_SAFE_INTEGER }
  const large = told([end, end, { highWatermark: offset }], { ...end, isr: ['1', '2'] })
  expect(replicaCopies({ ...place, offset }, large)).toMatchObject({ on: 2, behind: ['3'] })
})
