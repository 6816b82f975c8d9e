import { decodeRecordBatch, recordBatches } from '@yak/protocol'
import { describe, expect, test } from 'vitest'
import { batchOf, fetchRecords, produce } from './frames.ts'
import { call, createTopic, endOffsets, expectProblem } from './http-json.ts'
import { newTopicName, useTarget } from './target.ts'

const target = useTarget()

function valuesIn(batches: Uint8Array): string[] {
  return [...recordBatches(batches)].flatMap(({ position }) =>
    decodeRecordBatch(batches, position).map(({ value }) => Buffer.from(value!).toString()),
  )
}

async function newProducerId(): Promise<{ readonly producerId: number; readonly producerEpoch: number }> {
  return (await call(target, '/v1/producer-ids', { method: 'POST' })).body
}

describe('POST /v1/produce', () => {
  test('gives each entry its offset, and the bytes come back as they were sent but for the stamp', async () => {
    const topic = newTopicName()
    const { id: topicId } = await createTopic(target, topic)
    const batches = ['gzip', 'zstd', 'none'].map((compression) =>
      batchOf(['a', 'b'], { compression: compression as 'gzip' }),
    )
    const results = await produce(
      target,
      batches.map((batch, partition) => ({ topicId, partition, batch })),
    )
    expect(results).toMatchObject(batches.map(() => ({ error: null, baseOffset: 0, logStartOffset: 0, detail: '' })))
    const again = await produce(target, [{ topicId, partition: 0, batch: batches[0]! }])
    expect(again).toMatchObject([{ error: null, baseOffset: 2 }])
    for (const [partition, batch] of batches.entries()) {
      const [result] = await fetchRecords(target, [{ topicId, partition }], { maxBytes: 1 })
      const stored = result!.batches
      expect(valuesIn(stored)).toEqual(['a', 'b'])
      expect(Buffer.from(stored.subarray(16)).equals(batch.subarray(16))).toBe(true)
      expect(Buffer.from(stored).readInt32BE(12)).toBe(results[partition]!.leaderEpoch)
    }
  })

  test('each entry has its own fate', async () => {
    const topic = newTopicName()
    const { id: topicId } = await createTopic(target, topic, 1)
    const batch = batchOf(['good'])
    const corrupt = Uint8Array.from(batch)
    corrupt[corrupt.length - 1]! ^= 1
    const results = await produce(target, [
      { topicId, partition: 0, batch },
      { topicId, partition: 1, batch },
      { topicId: '11111111-1111-4111-8111-111111111111', partition: 0, batch },
      { topicId, partition: 0, batch: corrupt },
      { topicId, partition: 0, batch },
    ])
    expect(results.map(({ error }) => error)).toEqual([
      null,
      'PARTITION_OUT_OF_RANGE',
      'UNKNOWN_TOPIC_ID',
      'CORRUPT_BATCH',
      null,
    ])
    expect(results.map(({ baseOffset }) => baseOffset)).toEqual([0, -1, -1, -1, 1])
    expect(results[3]!.detail.length).toBeGreaterThan(20)
    expect(await endOffsets(target, topic)).toEqual([2])
  })

  test('a duplicate is answered with the offset of the first', async () => {
    const topic = newTopicName()
    const { id: topicId } = await createTopic(target, topic, 1)
    const producer = await newProducerId()
    const batch = (baseSequence: number) => batchOf(['x', 'y'], { ...producer, baseSequence })
    const send = async (baseSequence: number) =>
      (await produce(target, [{ topicId, partition: 0, batch: batch(baseSequence) }]))[0]
    expect(await send(2)).toMatchObject({ error: 'UNKNOWN_PRODUCER_ID' })
    for (let count = 0; count < 6; count++)
      expect(await send(count * 2)).toMatchObject({ error: null, baseOffset: count * 2 })
    expect(await send(10)).toMatchObject({ error: null, baseOffset: 10 })
    expect(await send(4)).toMatchObject({ error: null, baseOffset: 4 })
    expect(await send(0)).toMatchObject({ error: 'DUPLICATE_SEQUENCE' })
    expect(await send(14)).toMatchObject({ error: 'OUT_OF_ORDER_SEQUENCE' })
    expect(await endOffsets(target, topic)).toEqual([12])
  })

  test('a newer epoch of a producer shuts the older out', async () => {
    const { id: topicId } = await createTopic(target, newTopicName(), 1)
    const { producerId } = await newProducerId()
    const send = async (producerEpoch: number, baseSequence: number) =>
      (
        await produce(target, [
          { topicId, partition: 0, batch: batchOf(['x'], { producerId, producerEpoch, baseSequence }) },
        ])
      )[0]
    expect(await send(0, 0)).toMatchObject({ error: null, baseOffset: 0 })
    expect(await send(1, 0)).toMatchObject({ error: null, baseOffset: 1 })
    expect(await send(0, 1)).toMatchObject({ error: 'INVALID_PRODUCER_EPOCH' })
  })

  test('a duplicate sent along with the first is committed once', async () => {
    const topic = newTopicName()
    const { id: topicId } = await createTopic(target, topic, 1)
    const batch = batchOf(['once'], { ...(await newProducerId()), baseSequence: 0 })
    const entry = { topicId, partition: 0, batch }
    expect(await produce(target, [entry, entry])).toMatchObject([{ baseOffset: 0 }, { baseOffset: 0 }])
    expect(await endOffsets(target, topic)).toEqual([1])
  })
})

describe('POST /v1/fetch', () => {
  test('covers many partitions, leaves out those with nothing to say, and begins at another each time', async () => {
    const topic = newTopicName()
    const { id: topicId } = await createTopic(target, topic, 4)
    const batch = batchOf(['x'.repeat(1_000)])
    await produce(
      target,
      [0, 1, 3].map((partition) => ({ topicId, partition, batch })),
    )
    const entries = [0, 1, 2, 3].map((partition) => ({ topicId, partition }))
    const all = await fetchRecords(target, entries)
    expect(all.map(({ entry }) => entry).toSorted()).toEqual([0, 1, 3])
    const first = new Set<number>()
    for (let count = 0; count < 8; count++) {
      const results = await fetchRecords(target, entries, { maxBytes: 1 })
      expect(results).toHaveLength(1)
      first.add(results[0]!.entry)
    }
    expect([...first].toSorted()).toEqual([0, 1, 3])
  })

  test('wakes on the commit in any of its partitions', async () => {
    const { id: topicId } = await createTopic(target, newTopicName(), 50)
    const waiting = fetchRecords(
      target,
      Array.from({ length: 50 }, (_, partition) => ({ topicId, partition })),
      { maxWaitMs: 30_000 },
    )
    await produce(target, [{ topicId, partition: 37, batch: batchOf(['awake']) }])
    const results = await waiting
    expect(results.map(({ entry }) => entry)).toEqual([37])
    expect(valuesIn(results[0]!.batches)).toEqual(['awake'])
    expect(results[0]!.highWatermark).toBe(1)
  })

  test('waits for minBytes', async () => {
    const { id: topicId } = await createTopic(target, newTopicName(), 1)
    const batch = batchOf(['x'.repeat(1_000)])
    const waiting = fetchRecords(target, [{ topicId }], { maxWaitMs: 30_000, minBytes: 2_500 })
    for (let count = 0; count < 3; count++) await produce(target, [{ topicId, partition: 0, batch }])
    const [result] = await waiting
    expect(result!.batches.length).toBe(batch.length * 3)
  })

  test('answers what there is at the deadline, though less than minBytes', async () => {
    const { id: topicId } = await createTopic(target, newTopicName(), 1)
    const batch = batchOf(['little'])
    await produce(target, [{ topicId, partition: 0, batch }])
    const started = performance.now()
    const [result] = await fetchRecords(target, [{ topicId }], { maxWaitMs: 150, minBytes: 1_000_000 })
    expect(performance.now() - started).toBeGreaterThanOrEqual(140)
    expect(result!.batches.length).toBe(batch.length)
  })

  test('an error of one partition ends the wait of all', async () => {
    const { id: topicId } = await createTopic(target, newTopicName(), 1)
    const entries = [
      { topicId },
      { topicId, partition: 9 },
      { topicId, fetchOffset: 5 },
      { topicId, leaderEpoch: 1_000_000 },
    ]
    const results = await fetchRecords(target, entries, { maxWaitMs: 30_000 })
    expect(new Map(results.map(({ entry, error }) => [entry, error]))).toEqual(
      new Map([
        [1, 'PARTITION_OUT_OF_RANGE'],
        [2, 'OFFSET_OUT_OF_RANGE'],
        [3, 'UNKNOWN_LEADER_EPOCH'],
      ]),
    )
    expect(results.find(({ entry }) => entry === 2)).toMatchObject({ highWatermark: 0, logStartOffset: 0 })
  })
})

describe('JSON under /v1/', () => {
  test('metadata names the leader, the topics asked for, and creates them when told', async () => {
    const known = newTopicName()
    const fresh = newTopicName()
    const { id } = await createTopic(target, known, 2)
    const asked = `/v1/metadata?topics=${known},${fresh},a%2Fb`
    const { body } = await call(target, asked)
    expect(body).toMatchObject({ clusterId: expect.any(String), epoch: expect.any(Number), asOf: expect.any(Number) })
    expect(body.brokerId).toBe(body.leader.id)
    expect(body.brokers).toContainEqual(body.leader)
    expect(body.topics).toMatchObject([
      { name: known, id, partitions: 2 },
      { name: fresh, error: { code: 'UNKNOWN_TOPIC', retriable: true } },
      { name: 'a/b', error: { code: 'INVALID_TOPIC' } },
    ])
    const created = (await call(target, `${asked}&create=true`)).body.topics[1]
    expect(created).toMatchObject({ name: fresh, partitions: 3 })
    expect((await call(target, '/v1/metadata')).body.topics).toEqual(expect.arrayContaining([created]))
  })

  test('producer ids are never given twice', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, newProducerId))
    expect(new Set(answers.map(({ producerId }) => producerId)).size).toBe(50)
    expect(answers.every(({ producerEpoch }) => producerEpoch === 0)).toBe(true)
  })

  test('offsets of ends and times', async () => {
    const topic = newTopicName()
    const { id: topicId } = await createTopic(target, topic, 1)
    for (const timestamp of [1_000, 2_000, 3_000]) {
      await call(target, '/produce', { body: { topic, value: 1, timestamp } })
    }
    const ats = ['earliest', 'latest', 1_500, 3_001, 0]
    const { body } = await call(target, '/v1/offsets', {
      body: { partitions: ats.map((at) => ({ topicId, partition: 0, at })) },
    })
    expect(body.partitions.map(({ offset }: { offset: number }) => offset)).toEqual([0, 3, 1, 3, 0])
    expect(body.partitions[2]).toMatchObject({
      topicId,
      partition: 0,
      timestamp: 2_000,
      logStartOffset: 0,
      highWatermark: 3,
    })
    const wrong = { partitions: [{ topicId, partition: 1, at: 'latest' }] }
    expect((await call(target, '/v1/offsets', { body: wrong })).body.partitions[0].error.code).toBe(
      'PARTITION_OUT_OF_RANGE',
    )
    expectProblem(await call(target, '/v1/offsets', { body: { partitions: [] } }), 'INVALID_REQUEST', 400)
    expectProblem(
      await call(target, '/v1/offsets', { body: { partitions: [{ topicId: 'x', partition: 0, at: 'latest' }] } }),
      'INVALID_REQUEST',
      400,
    )
  })
})
