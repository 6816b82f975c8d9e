import { decodeRecordBatch, type ProduceResult, readRecordBatchHeader, YakError } from '@yak/protocol'
import { describe, expect, test } from 'vitest'
import { Backoff } from '../../src/backoff.ts'
import { BufferBudget } from '../../src/producer/buffer-budget.ts'
import { BuilderPool } from '../../src/producer/builder-pool.ts'
import { FlushTracker } from '../../src/producer/flush-tracker.ts'
import { PartitionQueue } from '../../src/producer/partition-queue.ts'
import type { ProducerBatch } from '../../src/producer/producer-batch.ts'
import type { Receipt } from '../../src/producer/producer-record.ts'
import { FakeLog } from '../../src/testing/index.ts'
import { seededRandom } from '../support/random.ts'

interface Options {
  readonly maxBatchBytes?: number
  readonly lingerMs?: number
  readonly deliveryTimeoutMs?: number
  readonly idempotent?: boolean
  readonly random?: () => number
}

/** A queue alone, and what became of each of its records. */
function makeQueue(options: Options = {}) {
  const fates: (Receipt | YakError | undefined)[] = []
  const budget = new BufferBudget(1_000_000)
  const flushes = new FlushTracker()
  const pool = new BuilderPool(options.maxBatchBytes ?? 1_000)
  const restarts: number[] = []
  const queue = new PartitionQueue(
    'orders',
    'topic-id',
    0,
    {
      compression: 'none',
      lingerMs: options.lingerMs ?? 0,
      maxWindow: options.idempotent === false ? 1 : 5,
      deliveryTimeoutMs: options.deliveryTimeoutMs ?? 1_000,
      idempotent: options.idempotent ?? true,
      backoff: new Backoff({ minMs: 10, maxMs: 100, random: options.random ?? (() => 0.5) }),
    },
    {
      pool,
      budget,
      flushes,
      hindrance: () => undefined,
      onFailed: () => {},
      onRestarted: (restarted) => restarts.push(restarted.identity?.producerEpoch ?? -1),
    },
  )
  if (options.idempotent !== false) queue.identity = { producerId: 7, producerEpoch: 0 }
  return {
    queue,
    budget,
    flushes,
    restarts,
    fates,
    send(nowMs = 0, value = String(fates.length)): ProducerBatch {
      const index = fates.push(undefined) - 1
      const settle = (fate: Receipt | YakError): void => {
        expect(fates[index], `record ${index} settled twice`).toBeUndefined()
        fates[index] = fate
      }
      return queue.append({ key: null, value, timestamp: 1 }, { resolve: settle, reject: settle }, 0, () => nowMs)
    },
  }
}

const done = (baseOffset: number): ProduceResult => ({
  error: null,
  leaderEpoch: 3,
  baseOffset,
  logStartOffset: 0,
  detail: '',
})
const refused = (error: ProduceResult['error']): ProduceResult => ({
  error,
  leaderEpoch: -1,
  baseOffset: -1,
  logStartOffset: -1,
  detail: `said ${error}`,
})
const sequenceOf = (batch: ProducerBatch): number => readRecordBatchHeader(batch.bytes).baseSequence
const epochOf = (batch: ProducerBatch): number => readRecordBatchHeader(batch.bytes).producerEpoch

describe('when a batch may leave', () => {
  test('at once when nothing of the partition is under way, and not while something is', () => {
    const { queue, send } = makeQueue()
    expect(queue.sendableAtMs(false)).toBe(Number.POSITIVE_INFINITY)
    send()
    expect(queue.sendableAtMs(false)).toBe(0)
    const first = queue.take()!
    send()
    expect(queue.sendableAtMs(false)).toBe(Number.POSITIVE_INFINITY)
    queue.answered(first, done(0), 1)
    expect(queue.sendableAtMs(false)).toBe(0)
  })

  test('a full batch leaves while others are under way, up to five in a row', () => {
    const { queue, send } = makeQueue({ maxBatchBytes: 256 })
    for (let count = 0; count < 40; count++) send(0, 'x'.repeat(100))
    const taken: ProducerBatch[] = []
    while (queue.sendableAtMs(false) <= 0) taken.push(queue.take()!)
    expect(taken.map(sequenceOf)).toEqual([0, 1, 2, 3, 4])
    queue.answered(taken[0]!, done(0), 1)
    expect(queue.sendableAtMs(false)).toBe(0)
  })

  test('the window counts from the oldest not settled, for a broker remembers five', () => {
    const { queue, send } = makeQueue({ maxBatchBytes: 256 })
    for (let count = 0; count < 40; count++) send(0, 'x'.repeat(100))
    const taken: ProducerBatch[] = []
    while (queue.sendableAtMs(false) <= 0) taken.push(queue.take()!)
    // All but the first are done: a sixth would make the broker forget the first.
    for (const batch of taken.slice(1)) queue.answered(batch, done(9), 1)
    expect(queue.sendableAtMs(false)).toBe(Number.POSITIVE_INFINITY)
    queue.answered(taken[0]!, done(0), 1)
    expect(queue.sendableAtMs(false)).toBe(0)
  })

  test('lingers, unless somebody wants to flush', () => {
    const { queue, send } = makeQueue({ lingerMs: 20 })
    send(100)
    expect(queue.sendableAtMs(false)).toBe(120)
    expect(queue.sendableAtMs(true)).toBe(0)
  })
})

describe('what becomes of a batch', () => {
  test('done: each record has its receipt, and the bytes are given back', () => {
    const { queue, send, fates, budget } = makeQueue()
    send()
    send()
    queue.answered(queue.take()!, done(40), 1)
    expect(fates).toEqual([
      { topic: 'orders', partition: 0, offset: 40, epoch: 3, timestamp: 1 },
      { topic: 'orders', partition: 0, offset: 41, epoch: 3, timestamp: 1 },
    ])
    expect(budget.usedBytes).toBe(0)
    expect(queue.isEmpty).toBe(true)
  })

  test('refused for now: the same bytes go again, after a pause, before anything else', () => {
    const { queue, send } = makeQueue()
    send()
    const batch = queue.take()!
    const bytes = batch.bytes.slice()
    send()
    queue.answered(batch, refused('OVERLOADED'), 50)
    expect(queue.sendableAtMs(false)).toBe(55)
    expect(queue.take()).toBe(batch)
    expect(batch.bytes).toEqual(bytes)
  })

  test('out of order behind a batch that is sent again: they go again in their order', () => {
    const { queue, send } = makeQueue({ maxBatchBytes: 256 })
    for (let count = 0; count < 4; count++) send(0, 'x'.repeat(100))
    const [first, second, third] = [queue.take()!, queue.take()!, queue.take()!]
    queue.answered(first, refused('NOT_ENOUGH_REPLICAS'), 1)
    queue.answered(second, refused('OUT_OF_ORDER_SEQUENCE'), 1)
    queue.answered(third, refused('OUT_OF_ORDER_SEQUENCE'), 1)
    expect([queue.take(), queue.take(), queue.take()]).toEqual([first, second, third])
    expect([first, second, third].map(sequenceOf)).toEqual([0, 1, 2])
  })

  test('a gap that is proven: on from sequence 0 under the next epoch', () => {
    const { queue, send, restarts } = makeQueue({ maxBatchBytes: 256 })
    for (let count = 0; count < 4; count++) send(0, 'x'.repeat(100))
    const [first, second, third] = [queue.take()!, queue.take()!, queue.take()!]
    queue.answered(first, done(0), 1)
    queue.answered(second, refused('OUT_OF_ORDER_SEQUENCE'), 1)
    // Something of the old epoch is under way still.
    expect(restarts).toEqual([])
    expect(queue.sendableAtMs(false)).toBe(Number.POSITIVE_INFINITY)
    queue.answered(third, refused('OUT_OF_ORDER_SEQUENCE'), 1)
    expect(restarts).toEqual([1])
    expect([queue.take(), queue.take()]).toEqual([second, third])
    expect([second, third].map(sequenceOf)).toEqual([0, 1])
    expect([second, third].map(epochOf)).toEqual([1, 1])
  })

  test('a gap, for a batch that may be written: unknown, and never sent under another epoch', () => {
    const { queue, send, fates } = makeQueue()
    send()
    const batch = queue.take()!
    queue.unanswered(batch, new YakError('BROKERS_UNREACHABLE', 'gone'), true, 1)
    queue.answered(queue.take()!, refused('OUT_OF_ORDER_SEQUENCE'), 100)
    expect(fates[0]).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    expect(queue.isEmpty).toBe(true)
  })

  test('one attempt that may be written makes a later refusal unknown', () => {
    const { queue, send, fates } = makeQueue()
    send()
    queue.answered(queue.take()!, refused('REQUEST_TIMED_OUT'), 1)
    queue.answered(queue.take()!, refused('PARTITION_OUT_OF_RANGE'), 100)
    expect(fates[0]).toMatchObject({ code: 'OUTCOME_UNKNOWN', cause: { code: 'PARTITION_OUT_OF_RANGE' } })
  })

  test('refused for good: definitely not written, and its sequence is used by the next', () => {
    const { queue, send, fates } = makeQueue()
    send()
    queue.answered(queue.take()!, refused('PARTITION_OUT_OF_RANGE'), 1)
    expect(fates[0]).toMatchObject({ code: 'PARTITION_OUT_OF_RANGE', outcome: 'not-written' })
    send()
    expect(sequenceOf(queue.take()!)).toBe(0)
  })

  test('a duplicate whose offset is forgotten is done, without an offset', () => {
    const { queue, send, fates } = makeQueue()
    send()
    queue.unanswered(queue.take()!, new YakError('BROKERS_UNREACHABLE', 'gone'), true, 1)
    queue.answered(queue.take()!, refused('DUPLICATE_SEQUENCE'), 100)
    expect(fates[0]).toEqual({ topic: 'orders', partition: 0, offset: undefined, epoch: -1, timestamp: 1 })
  })

  test('a duplicate at the first attempt is none of ours: a new producer id', () => {
    const { queue, send, fates } = makeQueue()
    send()
    queue.answered(queue.take()!, refused('DUPLICATE_SEQUENCE'), 1)
    expect(queue.needsIdentity).toBe(true)
    queue.identity = { producerId: 8, producerEpoch: 0 }
    const again = queue.take()!
    expect(readRecordBatchHeader(again.bytes)).toMatchObject({ producerId: 8, baseSequence: 0 })
    queue.answered(again, done(0), 2)
    expect(fates[0]).toMatchObject({ offset: 0 })
  })

  test('too large as one: two halves, in the same sequence', () => {
    const { queue, send, fates } = makeQueue()
    for (let count = 0; count < 5; count++) send()
    queue.answered(queue.take()!, refused('BATCH_TOO_LARGE'), 1)
    const [first, second] = [queue.take()!, queue.take()!]
    expect([first, second].map(sequenceOf)).toEqual([0, 2])
    queue.answered(first, refused('RECORD_TOO_LARGE'), 2)
    queue.answered(second, refused('OUT_OF_ORDER_SEQUENCE'), 2)
    const [a, b] = [queue.take()!, queue.take()!]
    expect([a, b].map((batch) => batch.recordCount)).toEqual([1, 1])
    queue.answered(a, refused('RECORD_TOO_LARGE'), 3)
    queue.answered(b, refused('OUT_OF_ORDER_SEQUENCE'), 3)
    // The record that no broker takes left a gap; the others go on behind it.
    const rest = [queue.take()!, queue.take()!]
    expect(rest.map(sequenceOf)).toEqual([0, 1])
    for (const [index, batch] of rest.entries()) queue.answered(batch, done(index), 4)
    expect(fates.map((fate) => (YakError.is(fate) ? fate.code : fate?.offset))).toEqual([
      'RECORD_TOO_LARGE',
      0,
      1,
      2,
      3,
    ])
  })

  test('too late and never sent: definitely not written', () => {
    const { queue, send, fates } = makeQueue()
    send(0)
    queue.unanswered(queue.take()!, new YakError('BROKERS_UNREACHABLE', 'refused'), false, 1)
    queue.expire(1_000)
    expect(fates[0]).toMatchObject({ code: 'DELIVERY_ABANDONED', outcome: 'not-written' })
  })

  test('too late and refused each time: definitely not written, with the reason', () => {
    const { queue, send, fates } = makeQueue()
    send(0)
    queue.answered(queue.take()!, refused('NOT_ENOUGH_REPLICAS'), 1)
    queue.expire(1_000)
    expect(fates[0]).toMatchObject({ code: 'NOT_ENOUGH_REPLICAS', outcome: 'not-written' })
  })

  test('too late and under way: unknown at once, and the memory is kept until the answer', () => {
    const { queue, send, fates, budget } = makeQueue()
    send(0)
    const batch = queue.take()!
    queue.expire(1_000)
    expect(fates[0]).toMatchObject({ code: 'DELIVERY_TIMEOUT', outcome: 'unknown' })
    expect(budget.usedBytes).toBeGreaterThan(0)
    queue.answered(batch, done(0), 1_100)
    expect(budget.usedBytes).toBe(0)
  })

  test('a topic created again: what is definitely not written goes to the new one', () => {
    const { queue, send, fates } = makeQueue({ maxBatchBytes: 256 })
    for (let count = 0; count < 3; count++) send(0, 'x'.repeat(100))
    const [first, second] = [queue.take()!, queue.take()!]
    queue.unanswered(first, new YakError('BROKERS_UNREACHABLE', 'gone'), true, 1)
    queue.answered(second, refused('UNKNOWN_TOPIC_ID'), 1)
    queue.moveTo('new-id')
    expect(fates[0]).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    expect(queue.take()).toBe(second)
    expect(sequenceOf(second)).toBe(0)
  })

  test('dropped records are not sent, and an empty batch not at all', () => {
    const { queue, budget } = makeQueue()
    const deliveries = ['a', 'b', 'c'].map(() => ({ resolve() {}, reject() {} }))
    const batches = deliveries.map((delivery, index) =>
      queue.append({ key: null, value: `v${index}`, timestamp: 1 }, delivery, 0, () => 0),
    )
    batches[1]!.drop(deliveries[1]!)
    const batch = queue.take()!
    expect(decodeRecordBatch(batch.bytes).map(({ value }) => String.fromCharCode(...value!))).toEqual(['v0', 'v2'])
    queue.answered(batch, done(0), 1)
    queue.append({ key: null, value: 'd', timestamp: 1 }, deliveries[0]!, 0, () => 0).drop(deliveries[0]!)
    expect(queue.take()).toBeUndefined()
    expect(budget.usedBytes).toBe(0)
  })

  test('a flush waits for what was sent before it, and for nothing after', async () => {
    const { queue, send, flushes } = makeQueue()
    let isFlushed = false
    send()
    queue.seal()
    const flushed = flushes.flush().then(() => (isFlushed = true))
    send()
    queue.answered(queue.take()!, done(0), 1)
    await flushed
    expect(isFlushed).toBe(true)
    expect(queue.isEmpty).toBe(false)
  })
})

/**
 * The whole life of a partition on a bad network: one connection after another, in each of which requests are taken in
 * order; answers that are lost; requests that arrive long after their connection has broken. The log is the judge.
 */
function randomLife(seed: number): void {
  const random = seededRandom(seed)
  const pick = (chance: number) => random() < chance
  const log = new FakeLog()
  const { queue, send, fates, budget } = makeQueue({ maxBatchBytes: 300, deliveryTimeoutMs: 400, random })
  type Attempt = { readonly batch: ProducerBatch; readonly bytes: Uint8Array }
  let waiting: Attempt[] = []
  let answers: (() => void)[] = []
  const strays: Attempt[][] = []
  let nowMs = 0

  const write = ({ bytes }: Attempt): ProduceResult => {
    try {
      return { ...done(log.append(bytes, readRecordBatchHeader(bytes), 3)) }
    } catch (error) {
      return refused((error as YakError).code)
    }
  }
  const breakConnection = (isSent: boolean): void => {
    // What the broker has read and not answered is written; what it has not read may be read yet, or never.
    if (pick(0.5)) strays.push(waiting.map(({ batch, bytes }) => ({ batch, bytes: bytes.slice() })))
    const unanswered = [...new Set([...underWay])]
    underWay.clear()
    waiting = []
    answers = []
    for (const batch of unanswered) {
      queue.unanswered(batch, new YakError('BROKERS_UNREACHABLE', 'lost'), isSent, nowMs)
    }
  }
  const underWay = new Set<ProducerBatch>()

  for (let step = 0; step < 400 || !queue.isEmpty; step++) {
    if (step > 5_000) throw new Error('It never ends')
    nowMs += Math.floor(random() * 8)
    if (step < 200 && pick(0.7)) send(nowMs, `${fates.length}:${'x'.repeat(Math.floor(random() * 90))}`)
    if (queue.needsIdentity) queue.identity = { producerId: 100 + step, producerEpoch: 0 }
    if (pick(0.6) && queue.sendableAtMs(false) <= nowMs) {
      const batch = queue.take()
      if (batch !== undefined) {
        underWay.add(batch)
        waiting.push({ batch, bytes: batch.bytes.slice() })
      }
    }
    if (pick(0.6) && waiting.length > 0) {
      const attempt = waiting.shift()!
      let result: ProduceResult
      if (pick(0.1)) result = refused('OVERLOADED')
      else if (pick(0.03)) result = refused('CORRUPT_BATCH')
      else if (pick(0.05)) result = refused('BATCH_TOO_LARGE')
      else {
        result = write(attempt)
        if (result.error === null && pick(0.1)) result = refused('REQUEST_TIMED_OUT')
      }
      answers.push(() => {
        underWay.delete(attempt.batch)
        queue.answered(attempt.batch, result, nowMs)
      })
    }
    if (pick(0.6)) answers.shift()?.()
    if (pick(0.03)) breakConnection(true)
    if (pick(0.1) && strays.length > 0) {
      const index = Math.floor(random() * strays.length)
      const stray = strays[index]!.shift()
      if (stray === undefined) strays.splice(index, 1)
      else write(stray)
    }
    if (pick(0.05)) queue.expire(nowMs)
    if (pick(0.005)) nowMs += 300
  }
  for (const attempts of strays) for (const stray of attempts) write(stray)

  const written = log
    .read(0, Number.MAX_SAFE_INTEGER)
    .flatMap((bytes) => decodeRecordBatch(bytes))
    .map(({ offset, value }) => ({ offset, index: Number.parseInt(String.fromCharCode(...value!), 10) }))
  const indexes = written.map(({ index }) => index)
  expect(indexes, `seed ${seed}: in the order sent, none twice`).toEqual([...new Set(indexes)].sort((a, b) => a - b))
  for (const [index, fate] of fates.entries()) {
    const place = written.find((record) => record.index === index)
    if (YakError.is(fate)) {
      if (fate.outcome === 'not-written') expect(place, `seed ${seed}: record ${index}, ${fate.code}`).toBeUndefined()
    } else {
      expect(fate, `seed ${seed}: record ${index} is not settled`).toBeDefined()
      if (fate!.offset !== undefined) expect(place?.offset, `seed ${seed}: record ${index}`).toBe(fate!.offset)
    }
  }
  expect(budget.usedBytes, `seed ${seed}: the buffer`).toBe(0)
}

describe('whatever the network does', () => {
  test('written once, in order, and told honestly', () => {
    for (let seed = 1; seed <= 400; seed++) randomLife(seed)
  })
})
