import { setImmediate as nextTurn } from 'node:timers/promises'
import { Log, LogDisk } from '@yak/log'
import { ManualClock, MemoryStorage } from '@yak/log/testing'
import { encodeRecordBatch, readRecordBatchHeader } from '@yak/protocol'
import { expect, test } from 'vitest'
import type { ReplicationDriver } from '../../src/replication/driver.ts'
import { MetadataLog } from '../../src/topics/metadata-log.ts'
import { encodeMetadataRecord } from '../../src/topics/metadata-record.ts'

const epoch = 64
const manyTurns = 50

/** A log of two blocks of producer ids, and how often it was read. Each read takes a turn, so that nothing else waits for whoever reads for ever. */
async function openTopicList() {
  const log = await Log.open({
    disk: new LogDisk({ storage: new MemoryStorage(), clock: new ManualClock() }),
    folder: '__metadata-0',
  })
  for (const firstId of [0, 1_000]) {
    const value = encodeMetadataRecord({ type: 'producer-id-block', version: 1, firstId, count: 1_000 })
    const batch = encodeRecordBatch([{ key: null, value, timestamp: 1 }], {})
    await log.appendAsLeader(batch, readRecordBatchHeader(batch), epoch).synced
  }
  const reads = { count: 0 }
  const counted: Pick<Log, 'read' | 'logEndOffset'> = {
    get logEndOffset() {
      return log.logEndOffset
    },
    async read(options) {
      reads.count++
      await nextTurn()
      return await log.read(options)
    },
  }
  return { log, reads, driver: { log: () => counted, topicListCuts: 1 } as unknown as ReplicationDriver }
}

test('a topic list that was cut before anybody says so is read anew once that is said, and not over and over until then', async () => {
  const { log, reads, driver } = await openTopicList()
  const applied: number[] = []
  const metadata = new MetadataLog({
    apply: () => true,
    onCut: (readFromStart) =>
      readFromStart((record) => applied.push(record.type === 'producer-id-block' ? record.firstId : -1) > 0),
    clock: () => 1,
  })
  metadata.connect(driver)
  await log.truncateTo(1, { leaderEpoch: epoch })
  metadata.noteCommitted(2)
  for (let turn = 0; turn < manyTurns; turn++) await nextTurn()
  expect(reads.count).toBeLessThanOrEqual(2)
  expect(metadata.failure).toBeUndefined()

  metadata.noteCommitted(1)
  await metadata.settled()
  expect(applied).toEqual([0])
  expect(metadata.appliedEndOffset).toBe(1)
  metadata.close()
  await log.close()
})
