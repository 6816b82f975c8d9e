import { expect, onTestFinished, test } from 'vitest'
import { startCluster } from '../../src/index.ts'
import { call, runningBroker, valuesOf } from '../running-broker.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const remove = (broker: { readonly url: string }, path: string) => call(broker, path, undefined, 'DELETE')

async function produced(broker: { readonly url: string }, topic: string, partition: number, count: number) {
  const records = Array.from({ length: count }, (_, value) => ({ value, partition }))
  expect((await call(broker, '/produce', { topic, records })).status).toBe(200)
}

test('the records of one partition go, those of the others stay, and offsets go on', async () => {
  const dataDir = await temporaryFolder()
  const broker = await runningBroker({ dataDir })
  await call(broker, '/topics', { name: 'orders', partitions: 2 })
  await produced(broker, 'orders', 0, 5)
  await produced(broker, 'orders', 1, 3)
  const { body: before } = await call(broker, '/topics/orders')
  expect(await remove(broker, '/topics/orders/records?partition=0')).toEqual({
    status: 200,
    body: { name: 'orders', id: before.id, partitions: [{ partition: 0, logStartOffset: 5 }] },
  })
  expect((await call(broker, '/consume?topic=orders&partition=0')).body).toMatchObject({
    records: [],
    nextOffset: 5,
    logStartOffset: 5,
    highWatermark: 5,
  })
  const below = await call(broker, '/consume?topic=orders&partition=0&offset=4')
  expect(below.body).toMatchObject({ code: 'OFFSET_OUT_OF_RANGE', details: { logStartOffset: 5 } })
  expect(await valuesOf(broker, 'orders', 1)).toEqual([0, 1, 2])
  await expect.poll(async () => (await call(broker, '/topics/orders')).body.partitions[0].sizeBytes).toBe(0)
  expect((await call(broker, '/produce', { topic: 'orders', partition: 0, value: 'new' })).body.offset).toBe(5)

  await broker.close()
  const again = await runningBroker({ dataDir })
  expect((await call(again, '/consume?topic=orders&partition=0')).body).toMatchObject({
    records: [{ offset: 5, value: 'new' }],
    logStartOffset: 5,
  })
  const journal = await call(again, '/v1/journal')
  const entry = { type: 'records-deleted', text: 'All records of topic orders in partition 0 were deleted.' }
  expect(journal.body.entries).toContainEqual(expect.objectContaining(entry))
})

test('of an empty topic nothing is deleted, and that is no error', async () => {
  const broker = await runningBroker()
  await call(broker, '/topics', { name: 'orders', partitions: 2 })
  expect((await remove(broker, '/topics/orders/records')).body.partitions).toEqual([
    { partition: 0, logStartOffset: 0 },
    { partition: 1, logStartOffset: 0 },
  ])
  expect((await call(broker, '/v1/journal')).body.entries).not.toContainEqual(
    expect.objectContaining({ type: 'records-deleted' }),
  )
})

test.each([
  ['/topics/nobody/records', 404, 'UNKNOWN_TOPIC'],
  ['/topics/__metadata/records', 400, 'INVALID_TOPIC'],
  ['/topics/orders/records?partition=2', 404, 'PARTITION_OUT_OF_RANGE'],
  ['/topics/orders/records?partition=-1', 404, 'PARTITION_OUT_OF_RANGE'],
  ['/topics/orders/records?partition=x', 400, 'INVALID_REQUEST'],
  ['/topics/orders/records?before=3', 400, 'INVALID_REQUEST'],
])('%s: %i %s, and nothing is deleted', async (path, status, code) => {
  const broker = await runningBroker()
  await call(broker, '/topics', { name: 'orders', partitions: 2 })
  await produced(broker, 'orders', 0, 2)
  expect(await remove(broker, path)).toMatchObject({ status, body: { code } })
  expect(await valuesOf(broker, 'orders')).toEqual([0, 1])
})

test('whoever leads, and after a restart of all, what was deleted stays so; each follower gives the room back', async () => {
  const cluster = await startCluster({ settings: { leaseMs: 600 } })
  onTestFinished(() => cluster.close())
  const first = await cluster.leader()
  await call(first, '/topics', { name: 'orders', partitions: 3 })
  for (const partition of [0, 1, 2]) await produced(first, 'orders', partition, 4)
  const starts = (await remove(first, '/topics/orders/records')).body.partitions
  expect(starts).toEqual([0, 1, 2].map((partition) => ({ partition, logStartOffset: 4 })))
  await cluster.stop(first.id)
  const second = await cluster.leader()
  expect(second.id).not.toBe(first.id)
  const { body } = await call(second, '/consume?topic=orders&partition=1')
  expect(body).toMatchObject({ records: [], logStartOffset: 4 })
  await produced(second, 'orders', 1, 2)
  await cluster.restart(first.id)
  for (const broker of cluster.brokers) {
    await expect
      .poll(async () =>
        (await call(broker, '/topics/orders')).body.partitions.map(
          ({ logStartOffset, sizeBytes }: { logStartOffset: number; sizeBytes: number }) => [
            logStartOffset,
            sizeBytes > 0,
          ],
        ),
      )
      .toEqual([
        [4, false],
        [4, true],
        [4, false],
      ])
  }
})
