import { MemoryStorage } from '@yak/log/testing'
import { expect, test } from 'vitest'
import { call, runningBroker, valuesOf } from './running-broker.ts'
import { temporaryFolder } from './temporary-folder.ts'

test('a disk nearly full refuses records and says so, and recovers', async () => {
  const storage = new MemoryStorage()
  const broker = await runningBroker({ minFreeDiskBytes: 10_000, diskCheckMs: 10 }, { storage })
  await call(broker, '/topics', { name: 'a', partitions: 1 })
  expect((await call(broker, '/produce', { topic: 'a', value: 'before' })).status).toBe(200)
  const healthIs = async (status: number) => {
    while ((await call(broker, '/health')).status !== status) await new Promise(setImmediate)
  }
  storage.capacityBytes = storage.usedBytes + 9_000
  await healthIs(503)
  expect((await call(broker, '/health')).body.reasons.join()).toContain('bytes free')
  for (const body of [
    { topic: 'a', value: 1 },
    { topic: 'a', records: [{ value: 1 }] },
  ]) {
    const refused = await call(broker, '/produce', body)
    expect(refused.body).toMatchObject({ code: 'DISK_FULL', status: 507, retriable: true, outcome: 'not-written' })
  }
  expect(await valuesOf(broker, 'a')).toEqual(['before'])
  storage.capacityBytes = Number.MAX_SAFE_INTEGER
  await healthIs(200)
  await call(broker, '/produce', { topic: 'a', value: 'after' })
  expect(await valuesOf(broker, 'a')).toEqual(['before', 'after'])
})

test('a log whose disk fails is served no longer; the others are', async () => {
  const storage = new MemoryStorage()
  const broker = await runningBroker({}, { storage })
  await call(broker, '/topics', { name: 'good', partitions: 1 })
  const { id } = (await call(broker, '/topics', { name: 'bad', partitions: 1 })).body
  await call(broker, '/produce', { topic: 'bad', value: 1 })
  const waiting = call(broker, '/consume?topic=bad&partition=0&offset=1&maxWaitMs=30000')
  for (const operation of ['write', 'sync'] as const)
    storage.failNext({ operation, code: 'EIO', pathEnd: `${id}-0/00000000000000000000.log` })
  const failed = await call(broker, '/produce', { topic: 'bad', value: 2 })
  expect(failed.body).toMatchObject({ code: 'STORAGE_ERROR', status: 503, outcome: 'unknown' })
  expect((await waiting).body.code).toBe('STORAGE_ERROR')
  expect((await call(broker, '/produce', { topic: 'bad', value: 3 })).body.code).toBe('STORAGE_ERROR')
  expect((await call(broker, '/consume?topic=bad&partition=0')).body.code).toBe('STORAGE_ERROR')
  expect((await call(broker, '/produce', { topic: 'good', value: 1 })).status).toBe(200)
  const health = await call(broker, '/health')
  expect(health.status).toBe(503)
  expect(health.body.reasons.join()).toContain('bad-0 is not served')
  expect((await call(broker, '/topics/bad')).body.partitions[0]).toMatchObject({ leader: null, isr: [] })
  await call(broker, '/topics/bad', undefined, 'DELETE')
  expect((await call(broker, '/health')).status).toBe(200)
})

test('a log damaged in its middle is not served; the others are', async () => {
  const storage = new MemoryStorage()
  const dataDir = await temporaryFolder()
  const first = await runningBroker({ dataDir }, { storage })
  const { id } = (await call(first, '/topics', { name: 'bad', partitions: 1 })).body
  for (let value = 0; value < 5; value++) await call(first, '/produce', { topic: 'bad', value })
  await call(first, '/produce', { topic: 'good', value: 1 })
  await first.close()
  storage.flipBit(`logs/${id}-0/00000000000000000000.log`, 70)
  const second = await runningBroker({ dataDir }, { storage })
  const produced = await call(second, '/produce', { topic: 'good', value: 2 })
  expect(produced.status).toBe(200)
  expect((await call(second, '/consume?topic=bad&partition=0')).body).toMatchObject({
    code: 'LOG_DAMAGED',
    status: 503,
  })
})

test('a topic whose logs find no room is served when there is some, unless it was deleted', async () => {
  let isFull = true
  let goneId = ''
  const opensAgain = Promise.withResolvers<void>()
  const mayOpen = Promise.withResolvers<void>()
  const storage = new MemoryStorage({
    before: async (operation, path) => {
      if (operation !== 'createFolder' || !path.startsWith('logs/') || path.includes('__metadata')) return
      if (isFull) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' })
      if (!path.startsWith(`logs/${goneId}-`)) return
      opensAgain.resolve()
      await mayOpen.promise
    },
  })
  const broker = await runningBroker({}, { storage })
  const created = await call(broker, '/topics', { name: 'gone', partitions: 1 })
  expect(created.status).toBe(201)
  goneId = created.body.id
  await call(broker, '/topics', { name: 'late', partitions: 2 })
  expect((await call(broker, '/produce', { topic: 'late', partition: 1, value: 1 })).body.code).toBe('STORAGE_ERROR')
  expect((await call(broker, '/health')).status).toBe(503)

  isFull = false
  await opensAgain.promise
  const deleted = call(broker, '/topics/gone', undefined, 'DELETE')
  await expect.poll(async () => (await call(broker, '/topics/gone')).status).toBe(404)
  mayOpen.resolve()
  expect((await deleted).status).toBe(200)
  const produce = async () => (await call(broker, '/produce', { topic: 'late', partition: 1, value: 2 })).status
  await expect.poll(produce, { timeout: 5_000 }).toBe(200)
  expect(await valuesOf(broker, 'late', 1)).toEqual([2])
  expect((await call(broker, '/health')).body).toMatchObject({ status: 'ok', reasons: [] })
  expect(storage.paths.filter((path) => path.startsWith(`logs/${goneId}-`))).toEqual([])
})

test('topics cannot be made when their log fails, and what is there is served', async () => {
  const storage = new MemoryStorage()
  const broker = await runningBroker({}, { storage })
  await call(broker, '/produce', { topic: 'there', partition: 0, value: 1 })
  for (const operation of ['write', 'sync'] as const) {
    storage.failNext({ operation, code: 'EIO', pathEnd: '__metadata-0/00000000000000000000.log' })
  }
  expect((await call(broker, '/produce', { topic: 'new', value: 1 })).body).toMatchObject({ code: 'STORAGE_ERROR' })
  expect((await call(broker, '/produce', { topic: 'newer', value: 1 })).body).toMatchObject({ code: 'STORAGE_ERROR' })
  expect((await call(broker, '/produce', { topic: 'there', partition: 0, value: 2 })).status).toBe(200)
  expect((await call(broker, '/health')).body.reasons.join()).toContain('__metadata is not served')
})

test('a topic whose folder could not be made has it made at the next start', async () => {
  const storage = new MemoryStorage()
  const dataDir = await temporaryFolder()
  const first = await runningBroker({ dataDir }, { storage })
  storage.failNext({ operation: 'createFolder', code: 'EIO' })
  const { body: created } = await call(first, '/topics', { name: 'half', partitions: 2 })
  const isServed = ({ leader }: { leader: unknown }) => leader !== null
  expect(created.partitions.filter(isServed)).toHaveLength(1)
  expect((await call(first, '/health')).status).toBe(503)
  await first.close()
  const second = await runningBroker({ dataDir }, { storage })
  const { body: opened } = await call(second, '/topics/half')
  expect(opened.id).toBe(created.id)
  expect(opened.partitions.filter(isServed)).toHaveLength(2)
  expect((await call(second, '/health')).status).toBe(200)
})

test('files of a deleted topic that would not go, go at the next start', async () => {
  const storage = new MemoryStorage()
  const dataDir = await temporaryFolder()
  const first = await runningBroker({ dataDir }, { storage })
  const { id } = (await call(first, '/topics', { name: 'gone', partitions: 2 })).body
  await call(first, '/produce', { topic: 'gone', partition: 0, value: 1 })
  storage.failNext({ operation: 'removeFolder', code: 'EIO' })
  expect((await call(first, '/topics/gone', undefined, 'DELETE')).status).toBe(200)
  expect((await call(first, '/topics/gone')).status).toBe(404)
  expect(storage.paths.filter((path) => path.includes(id))).not.toEqual([])
  await first.close()
  const second = await runningBroker({ dataDir }, { storage })
  expect(storage.paths.filter((path) => path.includes(id))).toEqual([])
  expect((await call(second, '/topics')).body.topics).toEqual([])
})

test('a folder that no record speaks of is left alone', async () => {
  const storage = new MemoryStorage()
  const dataDir = await temporaryFolder()
  const first = await runningBroker({ dataDir }, { storage })
  await first.close()
  const stranger = 'logs/11111111-1111-4111-8111-111111111111-0'
  await storage.createFolder(stranger)
  await (await storage.openFile(`${stranger}/00000000000000000000.log`, { create: true })).close()
  await runningBroker({ dataDir }, { storage })
  expect(storage.paths).toContain(`${stranger}/00000000000000000000.log`)
})

test('old segments are let go, and their readers told where to go on', async () => {
  const now = Date.now()
  const broker = await runningBroker({
    retentionCheckMs: 100,
    segmentBytes: 1_048_576,
    maxBatchBytes: 1_048_576,
    maxRecordBytes: 524_288,
  })
  await call(broker, '/topics', {
    name: 'short',
    partitions: 1,
    config: { retentionBytes: 1_048_576, segmentBytes: 1_048_576 },
  })
  for (let count = 0; count < 12; count++) {
    await call(broker, '/produce', { topic: 'short', value: 'x'.repeat(400_000), timestamp: now })
  }
  let start = 0
  while (start === 0) start = (await call(broker, '/topics/short')).body.partitions[0].logStartOffset
  const refused = await call(broker, '/consume?topic=short&partition=0&offset=0')
  expect(refused.body).toMatchObject({ code: 'OFFSET_OUT_OF_RANGE', details: { offset: 0 } })
  expect(refused.body.detail).toMatch(/below the log start offset \d+ of short-0\. Seek to \d+ or later\./)
  expect(
    (await call(broker, '/consume?topic=short&partition=0&limit=1')).body.records[0].offset,
  ).toBeGreaterThanOrEqual(start)
})
