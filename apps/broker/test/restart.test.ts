import { decodeProduceResponse, encodeProduceRequest, encodeRecordBatch } from '@yak/protocol'
import { expect, test } from 'vitest'
import type { Broker } from '../src/index.ts'
import { call, runningBroker, valuesOf } from './running-broker.ts'
import { temporaryFolder } from './temporary-folder.ts'

async function produceBatch(
  broker: Broker,
  topicId: string,
  producer: { producerId: number; producerEpoch: number; baseSequence: number },
) {
  const batch = encodeRecordBatch([{ key: null, value: '"x"', timestamp: 1 }], producer)
  const frame = Buffer.concat(
    encodeProduceRequest({ ackTimeoutMs: 5_000, entries: [{ topicId, partition: 0, batch }] }),
  )
  const headers = { 'content-type': 'application/vnd.yak.v1' }
  const response = await fetch(`${broker.url}/v1/produce`, { method: 'POST', headers, body: frame })
  return decodeProduceResponse(new Uint8Array(await response.arrayBuffer())).results[0]!
}

test('a restart keeps records, topics, settings and ids, under the next epoch', async () => {
  const dataDir = await temporaryFolder()
  const first = await runningBroker({ dataDir })
  const created = (await call(first, '/topics', { name: 'orders', partitions: 2, config: { retentionMs: 123_456 } }))
    .body
  const receipts = []
  for (let value = 0; value < 20; value++)
    receipts.push((await call(first, '/produce', { topic: 'orders', partition: 0, value })).body)
  expect(receipts.map(({ epoch }) => epoch)).toEqual(Array(20).fill(64))
  const producer = (await call(first, '/v1/producer-ids', {})).body
  expect(await produceBatch(first, created.id, { ...producer, baseSequence: 0 })).toMatchObject({
    error: null,
    baseOffset: 20,
  })
  const { clusterId } = first
  await first.close()

  const second = await runningBroker({ dataDir })
  expect(second.clusterId).toBe(clusterId)
  const described = (await call(second, '/topics/orders')).body
  expect(described).toMatchObject({ id: created.id, config: { retentionMs: 123_456 } })
  expect(described.partitions[0]).toMatchObject({ epoch: 128, highWatermark: 21, logEndOffset: 21 })
  expect(await valuesOf(second, 'orders')).toEqual([...Array(20).keys(), 'x'])
  expect((await call(second, '/produce', { topic: 'orders', partition: 0, value: 1 })).body).toMatchObject({
    offset: 21,
    epoch: 128,
  })
  // The producer is remembered: its batch is known, and its id is nobody else's.
  expect(await produceBatch(second, created.id, { ...producer, baseSequence: 0 })).toMatchObject({
    error: null,
    baseOffset: 20,
  })
  expect(await produceBatch(second, created.id, { ...producer, baseSequence: 1 })).toMatchObject({
    error: null,
    baseOffset: 22,
  })
  expect((await call(second, '/v1/producer-ids', {})).body.producerId).not.toBe(producer.producerId)
})

test('a deleted topic stays deleted, and its name is free', async () => {
  const dataDir = await temporaryFolder()
  const first = await runningBroker({ dataDir })
  await call(first, '/produce', { topic: 'gone', value: 'old' })
  await call(first, '/topics/gone', undefined, 'DELETE')
  await call(first, '/topics', { name: 'gone', partitions: 1 })
  await call(first, '/produce', { topic: 'gone', value: 'new' })
  await first.close()
  const second = await runningBroker({ dataDir })
  expect(await valuesOf(second, 'gone')).toEqual(['new'])
  expect((await call(second, '/topics')).body.topics).toHaveLength(1)
})

test('settings that a topic leaves out follow the broker', async () => {
  const dataDir = await temporaryFolder()
  const first = await runningBroker({ dataDir, retentionMs: 1_000_000 })
  await call(first, '/topics', { name: 'follows' })
  await first.close()
  const second = await runningBroker({ dataDir, retentionMs: 2_000_000 })
  expect((await call(second, '/topics/follows')).body.config.retentionMs).toBe(2_000_000)
})

test('a second broker on the folder is refused, and the first goes on', async () => {
  const dataDir = await temporaryFolder()
  const first = await runningBroker({ dataDir })
  await expect(runningBroker({ dataDir })).rejects.toThrow('in use by another broker process')
  expect((await call(first, '/health')).status).toBe(200)
})

test('a port in use is told before any log is touched, and the folder is free again', async () => {
  const first = await runningBroker()
  const dataDir = await temporaryFolder()
  await expect(runningBroker({ dataDir, port: Number(new URL(first.url).port) })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  })
  const second = await runningBroker({ dataDir })
  expect((await call(second, '/health')).body.epoch).toBe(64)
})
