import { decodeProduceResponse, encodeProduceRequest, encodeRecordBatch } from '@yak/protocol'
import { expect, test } from 'vitest'
import { startCluster } from '../../src/index.ts'
import { call } from '../running-broker.ts'

test('a write that is not committed in time is told as unknown, in every form, and may be there afterwards', async () => {
  await using cluster = await startCluster({
    brokers: 2,
    settings: { leaseMs: 1_000, minInsync: 2, chaos: true, ackTimeoutMs: 100 },
  })
  const leader = await cluster.leader()
  const follower = cluster.brokers.find(({ id }) => id !== leader.id)!
  await expect.poll(async () => (await call(leader, '/cluster')).body.isr, { timeout: 10_000 }).toHaveLength(2)
  const topicId = (await call(leader, '/topics', { name: 'orders', partitions: 1 })).body.id
  expect((await call(follower, '/v1/chaos', { action: 'slow-follower', forMs: 60_000 })).status).toBe(202)
  await expect.poll(async () => (await call(follower, '/v1/broker-state')).body.chaos).toContain('heal')

  // What the follower had asked before it was slowed may still take the first of them.
  await call(leader, '/produce', { topic: 'orders', value: 0 })
  const errors = async () => (await call(leader, '/v1/broker-state')).body.counters.errors
  const errorsBefore = await errors()
  const batch = encodeRecordBatch([{ key: null, value: '1', timestamp: 1 }])
  const frame = Buffer.concat(encodeProduceRequest({ ackTimeoutMs: 100, entries: [{ topicId, partition: 0, batch }] }))
  const [one, many, sent, rows, binary] = await Promise.all([
    call(leader, '/produce', { topic: 'orders', value: 1 }),
    call(leader, '/produce', { topic: 'orders', records: [{ value: 2 }] }),
    call(leader, '/api/send', { topic: 'orders', value: 3 }),
    call(leader, '/api/send_batch', { topic: 'orders', rows: [{ a: 4 }] }),
    fetch(`${leader.url}/v1/produce`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.yak.v1' },
      body: frame,
    }).then(async (response) => decodeProduceResponse(new Uint8Array(await response.arrayBuffer()))),
  ])
  const timedOut = { code: 'REQUEST_TIMED_OUT', outcome: 'unknown' }
  expect(one).toMatchObject({ status: 504, body: { ...timedOut, retriable: true } })
  expect(many).toMatchObject({ status: 200, body: { results: [{ error: timedOut }] } })
  expect(sent).toMatchObject({ status: 504, body: timedOut })
  expect(rows).toMatchObject({ status: 200, body: { sent: 0, failed: 0, unknown: 1, errors: [timedOut] } })
  expect(binary.results).toMatchObject([{ error: 'REQUEST_TIMED_OUT', baseOffset: -1 }])
  await expect.poll(errors).toBe(errorsBefore + 5)

  expect((await call(follower, '/v1/chaos', { action: 'heal' })).status).toBe(202)
  const values = async (): Promise<unknown[]> => {
    const { body } = await call(leader, '/consume?topic=orders&partition=0')
    return (body.records as { value: unknown }[]).map(({ value }) => value)
  }
  await expect.poll(values, { timeout: 10_000 }).toEqual(expect.arrayContaining([1, 2, 3, { a: 4 }]))
})
