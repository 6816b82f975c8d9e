import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkRecordBatch, decodeRecordBatch, encodeRecordBatch, stampRecordBatch } from '../../src/index.ts'
import { kafkajs } from '../peers/kafkajs.ts'
import type { PeerRecord } from '../peers/peer.ts'
import { platformatic } from '../peers/platformatic.ts'
import { compression, peerRecords, plain, toEncode } from './records.ts'

const producer = fc.record({
  producerId: fc.maxSafeNat(),
  producerEpoch: fc.nat({ max: 32_767 }),
  baseSequence: fc.nat({ max: 2_147_483_647 }),
})

describe.each([kafkajs, platformatic])('against $name', (peer) => {
  test('we read what it writes, and write the same bytes', async () => {
    await fc.assert(
      fc.asyncProperty(peerRecords, compression, producer, async (records, compression, producer) => {
        const theirs = await peer.encode(records, { compression, ...producer })
        const header = checkRecordBatch(theirs)
        expect(header).toMatchObject({ compression, ...producer, recordCount: records.length })
        expect(decodeRecordBatch(theirs).map(plain)).toEqual(records.map(plain))

        const ours = encodeRecordBatch(records.map(toEncode), { compression, ...producer })
        stampRecordBatch(ours, 0, 0, 0)
        expect(Buffer.compare(ours, theirs)).toBe(0)
      }),
      { numRuns: 150 },
    )
  })

  test('it reads what we write', async () => {
    await fc.assert(
      fc.asyncProperty(peerRecords, compression, producer, fc.nat(), async (records, compression, producer, epoch) => {
        const ours = encodeRecordBatch(records.map(toEncode), { compression, ...producer })
        const baseOffset = 2 ** 40 + epoch
        stampRecordBatch(ours, 0, baseOffset, epoch)
        const batch = await peer.decode(ours)
        expect(batch).toMatchObject({
          baseOffset,
          leaderEpoch: epoch,
          attributes: { none: 0, gzip: 1, zstd: 4 }[compression],
          lastOffsetDelta: records.length - 1,
          baseTimestamp: records[0]!.timestamp,
          maxTimestamp: Math.max(...records.map(({ timestamp }) => timestamp)),
          ...producer,
        })
        expect(batch.records.map(({ offset }) => offset)).toEqual(records.map((_, index) => baseOffset + index))
        expect(batch.records.map(plain)).toEqual(records.map(plain))
      }),
      { numRuns: 150 },
    )
  })

  test('timestamps that go back and forth', async () => {
    const records: PeerRecord[] = [5, -60_000, 86_400_000, 0].map((delta) => ({
      key: null,
      value: Buffer.from('x'),
      headers: [],
      timestamp: 1_767_225_600_000 + delta,
    }))
    const producer = { producerId: 1, producerEpoch: 0, baseSequence: 0 }
    const theirs = await peer.encode(records, { compression: 'none', ...producer })
    expect(checkRecordBatch(theirs).maxTimestamp).toBe(1_767_225_600_000 + 86_400_000)
    expect(decodeRecordBatch(theirs).map(plain)).toEqual(records.map(plain))
    const ours = encodeRecordBatch(records.map(toEncode), producer)
    expect((await peer.decode(ours)).records.map(plain)).toEqual(records.map(plain))
  })
})
