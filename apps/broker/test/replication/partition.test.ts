import { Log, LogDisk } from '@yak/log'
import { MemoryStorage } from '@yak/log/testing'
import { encodeRecordBatch, readRecordBatchHeader, type YakError } from '@yak/protocol'
import { expect, test } from 'vitest'
import { FetchWaiter } from '../../src/replication/fetch-waiter.ts'
import { Partition } from '../../src/replication/partition.ts'

async function partitionOn(storage: MemoryStorage) {
  const log = await Log.open({ disk: new LogDisk({ storage }), folder: 'a-0', name: 'a-0' })
  const failures: YakError[] = []
  return {
    partition: new Partition({ name: 'a-0', log, leaderEpoch: 3, onFailure: (error) => failures.push(error) }),
    failures,
  }
}

function append(partition: Partition, value: string, producer: Parameters<typeof encodeRecordBatch>[1] = {}) {
  const batch = encodeRecordBatch([{ key: null, value, timestamp: 1 }], producer)
  const { promise, resolve } = Promise.withResolvers<string>()
  const { baseOffset } = partition.append(batch, readRecordBatchHeader(batch), (error) =>
    resolve(error?.code ?? 'done'),
  )
  return { baseOffset, committed: promise }
}

/** A storage whose syncs wait until they are let go. */
function heldStorage() {
  let letGo: () => void = () => {}
  let held: Promise<void> | undefined
  const storage = new MemoryStorage({
    before: async (operation) => {
      if (operation === 'sync' || operation === 'write') await held
    },
  })
  const hold = () => {
    held = new Promise((resolve) => {
      letGo = () => {
        held = undefined
        resolve()
      }
    })
  }
  return { storage, hold, letGo: () => letGo() }
}

test('a record is committed when it is synced, and not seen before', async () => {
  const { storage, hold, letGo } = heldStorage()
  const { partition } = await partitionOn(storage)
  hold()
  const first = append(partition, 'one')
  const second = append(partition, 'two')
  expect([first.baseOffset, second.baseOffset]).toEqual([0, 1])
  expect(partition.highWatermark).toBe(0)
  expect((await partition.read(0, 1_000)).bytes.length).toBe(0)
  letGo()
  expect(await Promise.all([first.committed, second.committed])).toEqual(['done', 'done'])
  expect(partition.highWatermark).toBe(2)
  await partition.close()
})

test('a duplicate of a batch under way waits for it', async () => {
  const { storage, hold, letGo } = heldStorage()
  const { partition } = await partitionOn(storage)
  const producer = { producerId: 7, producerEpoch: 0, baseSequence: 0 }
  hold()
  const first = append(partition, 'once', producer)
  const again = append(partition, 'once', producer)
  let isAnswered = false
  void again.committed.then(() => {
    isAnswered = true
  })
  await new Promise(setImmediate)
  expect(isAnswered).toBe(false)
  letGo()
  expect(await Promise.all([first.committed, again.committed])).toEqual(['done', 'done'])
  expect(again.baseOffset).toBe(first.baseOffset)
  expect(partition.logEndOffset).toBe(1)
  await partition.close()
})

test('waiters are woken by the bytes they wait for', async () => {
  const { partition } = await partitionOn(new MemoryStorage())
  const woken: string[] = []
  const few = new FetchWaiter(1, () => woken.push('few'))
  const many = new FetchWaiter(1_000_000, () => woken.push('many'))
  partition.addWaiter(few)
  partition.addWaiter(many)
  await append(partition, 'x').committed
  await append(partition, 'y').committed
  expect(woken).toEqual(['few'])
  await partition.close()
  expect(woken).toEqual(['few', 'many'])
})

test('after a failed sync it serves nothing, and says so to all who wait', async () => {
  const storage = new MemoryStorage()
  const { partition, failures } = await partitionOn(storage)
  await append(partition, 'kept').committed
  for (const operation of ['sync', 'write'] as const) storage.failNext({ operation, code: 'EIO' })
  const lost = append(partition, 'unknown')
  expect(await lost.committed).toBe('STORAGE_ERROR')
  expect(failures).toMatchObject([{ code: 'STORAGE_ERROR' }])
  expect(partition.highWatermark).toBe(1)
  expect(() => append(partition, 'more')).toThrow(expect.objectContaining({ code: 'STORAGE_ERROR' }))
  await expect(partition.read(0, 100)).rejects.toMatchObject({ code: 'STORAGE_ERROR' })
  await partition.close().catch(() => {})
})

test('what a full disk took back is refused, and its offset is another’s', async () => {
  const storage = new MemoryStorage()
  const { partition, failures } = await partitionOn(storage)
  await append(partition, 'kept').committed
  storage.capacityBytes = storage.usedBytes
  const refused = append(partition, 'x'.repeat(600_000))
  expect(await refused.committed).toBe('DISK_FULL')
  storage.capacityBytes = Number.MAX_SAFE_INTEGER
  const next = append(partition, 'next')
  expect(next.baseOffset).toBe(refused.baseOffset)
  expect(await next.committed).toBe('done')
  expect(failures).toEqual([])
  await partition.close()
})
