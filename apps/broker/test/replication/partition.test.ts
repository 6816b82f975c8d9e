import { Log, LogDisk } from '@yak/log'
import { MemoryStorage } from '@yak/log/testing'
import { encodeRecordBatch, readRecordBatchHeader } from '@yak/protocol'
import { expect, test } from 'vitest'
import type { ReplicationDriver } from '../../src/replication/driver.ts'
import { Partition } from '../../src/replication/partition.ts'

async function appended(log: Log, epoch: number): Promise<void> {
  const batch = encodeRecordBatch([{ key: null, value: 'a', timestamp: 1 }])
  await log.appendAsLeader(batch, readRecordBatchHeader(batch), epoch).synced
}

/** A partition over a real log; what is committed is what the test says. */
async function partitionOf(epochs: readonly number[]) {
  const log = await Log.open({ disk: new LogDisk({ storage: new MemoryStorage() }), folder: 'orders-0' })
  for (const epoch of epochs) await appended(log, epoch)
  const replication = { highWatermark: log.logEndOffset, notedStarts: 0 }
  const driver = {
    log: () => log,
    highWatermark: () => replication.highWatermark,
    noteLogStart: () => replication.notedStarts++,
  } as unknown as ReplicationDriver
  return { log, replication, partition: new Partition({ name: 'orders-0', key: 'orders-0', driver }) }
}

test('what is deleted is not shown at once, and its log follows', async () => {
  const { log, replication, partition } = await partitionOf([1, 1, 1])
  partition.noteDeleted({ endOffset: 2, leaderEpoch: 1 })
  expect([partition.logStartOffset, log.logStartOffset]).toEqual([2, 0])
  await partition.letGoOfDeleted()
  expect([partition.logStartOffset, log.logStartOffset, replication.notedStarts]).toEqual([2, 2, 1])
})

test('a log that lost its end keeps what was written since under a higher epoch', async () => {
  const { log, partition } = await partitionOf([1, 1, 4, 4, 4])
  partition.noteDeleted({ endOffset: 5, leaderEpoch: 3 })
  expect(partition.logStartOffset).toBe(2)
  await partition.letGoOfDeleted()
  expect([log.logStartOffset, log.logEndOffset]).toEqual([2, 5])
})

test('a broker that does not know yet what is committed lets go of it as it learns', async () => {
  const { log, replication, partition } = await partitionOf([1, 1, 1])
  replication.highWatermark = 1
  partition.noteDeleted({ endOffset: 3, leaderEpoch: 1 })
  await partition.letGoOfDeleted()
  expect([partition.logStartOffset, log.logStartOffset]).toEqual([1, 1])
  replication.highWatermark = 3
  partition.noteHighWatermark()
  await expect.poll(() => log.logStartOffset).toBe(3)
})

test('a log that begins anew below it shows nothing of it either', async () => {
  const { log, partition } = await partitionOf([1, 1, 1])
  partition.noteDeleted({ endOffset: 2, leaderEpoch: 1 })
  await partition.letGoOfDeleted()
  await log.truncateFullyAndStartAt(0, { leaderEpoch: 1 })
  for (let count = 0; count < 3; count++) await appended(log, 1)
  expect([partition.logStartOffset, log.logStartOffset]).toEqual([2, 0])
  partition.noteHighWatermark()
  await expect.poll(() => log.logStartOffset).toBe(2)
})
