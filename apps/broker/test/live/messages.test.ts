import type { LiveMessagesData } from '@yak/protocol/schemas'
import { expect, test } from 'vitest'
import { call, runningBroker } from '../running-broker.ts'
import { LiveClient } from './live-client.ts'

const plenty = { messages: 100_000, bytes: 100_000_000 }

async function produce(broker: { readonly url: string }, topic: string, values: readonly unknown[], partition = 0) {
  const records = values.map((value) => ({ value, partition }))
  const { status, body } = await call(broker, '/produce', { topic, records })
  expect(status, JSON.stringify(body)).toBe(200)
}

/** Reads on until `count` records are there; checks that frames are numbered without a hole. */
async function collect(client: LiveClient, id: string, count: number, firstSeq = 1) {
  const offsets = new Map<number, number[]>()
  const values: unknown[] = []
  let seq = firstSeq
  for (let found = 0; found < count; ) {
    const frame = (await client.next('data', id)) as LiveMessagesData
    expect(frame.seq).toBe(seq++)
    for (const { partition, records } of frame.parts) {
      offsets.set(partition, [...(offsets.get(partition) ?? []), ...records.map(({ offset }) => offset)])
      values.push(...records.map(({ value }) => value))
      found += records.length
    }
  }
  return { offsets, values, nextSeq: seq }
}

test('what is there and what comes is delivered once and in order, digit for digit', async () => {
  const broker = await runningBroker()
  await call(broker, '/topics', { name: 'orders', partitions: 2 })
  await produce(broker, 'orders', [1, 2], 0)
  await produce(broker, 'orders', [3], 1)
  const client = await LiveClient.open(broker)
  client.send({ type: 'subscribe', id: 'm', channel: 'messages', topic: 'orders', from: 'earliest', credit: plenty })
  const subscribed = await client.next('subscribed')
  expect(subscribed).toMatchObject({ id: 'm', channel: 'messages', topic: 'orders', next: { 0: 0, 1: 0 } })
  const before = await collect(client, 'm', 3)
  expect(before.offsets).toEqual(
    new Map([
      [0, [0, 1]],
      [1, [0]],
    ]),
  )
  const exact = '{"topic":"orders","key":"k","partition":1,"value":{"n":12345678901234567890,"d":1.10}}'
  await fetch(`${broker.url}/produce`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: exact })
  const frame = (await client.next('data', 'm')) as LiveMessagesData
  expect(frame.seq).toBe(before.nextSeq)
  expect(frame.parts).toHaveLength(1)
  const [part] = frame.parts
  expect(part).toMatchObject({ partition: 1, nextOffset: 2, logStartOffset: 0, highWatermark: 2 })
  expect(JSON.stringify(part!.records[0]!.value)).toBe('{"n":12345678901234567890,"d":1.10}')
  expect(part!.records[0]).toMatchObject({ offset: 1, key: 'k', headers: {} })
  const { body } = await call(broker, '/consume?topic=orders&partition=1&offset=1')
  expect(Object.keys(part!.records[0]!)).toEqual(Object.keys(body.records[0]))
})

test('nothing is sent without credit, and with mode all nothing is left out', async () => {
  const broker = await runningBroker()
  await produce(broker, 'a', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  const client = await LiveClient.open(broker)
  client.send({ type: 'subscribe', id: 'm', channel: 'messages', topic: 'a', from: 'earliest', partitions: [0] })
  await client.next('subscribed')
  await client.roundTrip()
  expect(client.waiting('data')).toBe(0)
  client.send({ type: 'credit', id: 'm', messages: 3, bytes: 1_000_000 })
  const first = await collect(client, 'm', 3)
  expect(first.values).toEqual([0, 1, 2])
  await client.roundTrip()
  expect(client.waiting('data')).toBe(0)
  client.send({ type: 'credit', id: 'm', messages: 100 })
  const rest = await collect(client, 'm', 7, first.nextSeq)
  expect(rest.values).toEqual([3, 4, 5, 6, 7, 8, 9])
})

test('a frame may overdraw the bytes; then nothing comes until they are made good', async () => {
  const broker = await runningBroker()
  await produce(broker, 'a', ['x'.repeat(1_000), 'y'])
  const client = await LiveClient.open(broker)
  const credit = { messages: 1, bytes: 10 }
  client.send({
    type: 'subscribe',
    id: 'm',
    channel: 'messages',
    topic: 'a',
    partitions: [0],
    from: 'earliest',
    credit,
  })
  const first = await collect(client, 'm', 1)
  client.send({ type: 'credit', id: 'm', messages: 10, bytes: 500 })
  await client.roundTrip()
  expect(client.waiting('data')).toBe(0)
  client.send({ type: 'credit', id: 'm', bytes: 5_000 })
  expect((await collect(client, 'm', 1, first.nextSeq)).values).toEqual(['y'])
})

test('with mode live a client that falls behind is taken to the newest and told what it missed', async () => {
  const broker = await runningBroker()
  await produce(broker, 'a', ['before'])
  const client = await LiveClient.open(broker)
  const credit = { messages: 2, bytes: 1_000_000 }
  client.send({ type: 'subscribe', id: 'm', channel: 'messages', topic: 'a', partitions: [0], mode: 'live', credit })
  expect((await client.next('subscribed')).next).toEqual({ 0: 1 })
  await produce(broker, 'a', ['1', '2'])
  const first = await collect(client, 'm', 2)
  await produce(broker, 'a', ['3', '4', '5', '6', '7'])
  client.send({ type: 'credit', id: 'm', messages: 2 })
  const frame = (await client.next('data', 'm')) as LiveMessagesData
  expect(frame.seq).toBe(first.nextSeq)
  const [part] = frame.parts
  expect(part!.skipped).toEqual({ count: 3, fromOffset: 3, because: 'credit' })
  expect(part!.records.map(({ offset, value }) => [offset, value])).toEqual([
    [6, '6'],
    [7, '7'],
  ])
})

test('a client goes on where it was, by offset of each partition', async () => {
  const broker = await runningBroker()
  await call(broker, '/topics', { name: 'a', partitions: 2 })
  await produce(broker, 'a', [0, 1, 2], 0)
  await produce(broker, 'a', [10, 11], 1)
  const client = await LiveClient.open(broker)
  client.send({ type: 'subscribe', id: 'm', channel: 'messages', topic: 'a', from: { 0: 2, 1: 1 }, credit: plenty })
  const { offsets } = await collect(client, 'm', 2)
  expect(offsets.get(0)).toEqual([2])
  expect(offsets.get(1)).toEqual([1])
  // Beyond the end: it waits for the log to get there, as on a broker that is a little behind.
  client.send({ type: 'subscribe', id: 'n', channel: 'messages', topic: 'a', from: { 0: 4, 1: 2 }, credit: plenty })
  await client.next('subscribed', 'n')
  await produce(broker, 'a', [3, 4], 0)
  const later = await collect(client, 'n', 1)
  expect(later.values).toEqual([4])
})

test('5,000 messages come in frames of many, each once', async () => {
  const broker = await runningBroker()
  await call(broker, '/topics', { name: 'a', partitions: 1 })
  const client = await LiveClient.open(broker)
  client.send({ type: 'subscribe', id: 'm', channel: 'messages', topic: 'a', credit: plenty })
  await client.next('subscribed')
  const values = Array.from({ length: 5_000 }, (_, index) => ({ index, text: 'x'.repeat(100) }))
  for (let start = 0; start < values.length; start += 500) await produce(broker, 'a', values.slice(start, start + 500))
  const { offsets, nextSeq } = await collect(client, 'm', 5_000)
  expect(offsets.get(0)).toEqual(values.map(({ index }) => index))
  expect(nextSeq - 1).toBeLessThan(50)
})

test('a topic that is not there, or goes, ends the subscription with a reason', async () => {
  const broker = await runningBroker()
  const client = await LiveClient.open(broker)
  client.send({ type: 'subscribe', id: 'm', channel: 'messages', topic: 'a', credit: plenty })
  expect(await client.next('error')).toMatchObject({ id: 'm', code: 'UNKNOWN_TOPIC', retriable: true })
  await produce(broker, 'a', [1])
  client.send({ type: 'subscribe', id: 'm', channel: 'messages', topic: 'a', from: 'earliest', credit: plenty })
  const { topicId } = await client.next('subscribed')
  await collect(client, 'm', 1)
  await call(broker, '/topics/a', undefined, 'DELETE')
  expect(await client.next('error')).toMatchObject({ id: 'm', code: expect.stringMatching(/^UNKNOWN_TOPIC/) })
  await produce(broker, 'a', [2])
  client.send({ type: 'subscribe', id: 'm', channel: 'messages', topic: 'a', topicId: topicId!, credit: plenty })
  expect(await client.next('error')).toMatchObject({ id: 'm', code: 'UNKNOWN_TOPIC_ID' })
  client.send({ type: 'subscribe', id: 'm', channel: 'messages', topic: 'a', partitions: [7], credit: plenty })
  expect(await client.next('error')).toMatchObject({ id: 'm', code: 'PARTITION_OUT_OF_RANGE' })
})

test('what retention took is told, and the rest comes', async () => {
  const broker = await runningBroker({ retentionCheckMs: 100 })
  const config = { segmentBytes: 1_024, retentionBytes: 1 }
  await call(broker, '/topics', { name: 'a', partitions: 1, config })
  const client = await LiveClient.open(broker)
  client.send({ type: 'subscribe', id: 'm', channel: 'messages', topic: 'a', from: 'earliest' })
  expect((await client.next('subscribed')).next).toEqual({ 0: 0 })
  for (let index = 0; index < 10; index++) await produce(broker, 'a', ['x'.repeat(1_000)])
  const startOf = async () => (await call(broker, '/topics/a')).body.partitions[0].logStartOffset as number
  await expect.poll(startOf).toBeGreaterThan(5)
  const start = await startOf()
  client.send({ type: 'credit', id: 'm', ...plenty })
  const frame = (await client.next('data', 'm')) as LiveMessagesData
  const { skipped, records } = frame.parts[0]!
  const [first] = records
  expect(first!.offset).toBeGreaterThanOrEqual(start)
  expect(skipped).toEqual({ count: first!.offset, fromOffset: 0, because: 'retention' })
})
