import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  checkRecordBatch,
  decodeRecordBatch,
  encodeRecordBatch,
  RecordCursor,
  readRecordBatchHeader,
  recordBatches,
  stampProducer,
  stampRecordBatch,
  verifyRecordBatchChecksum,
  YakError,
} from '../../src/index.ts'
import { batchOf, codeOf, resealed } from './batch-bytes.ts'
import { compression, plain, recordsToEncode } from './records.ts'

/** The first byte that the checksum covers. */
const CHECKED_FROM = 21

describe('what the builder makes', () => {
  test('is accepted and comes back as it was', () => {
    fc.assert(
      fc.property(recordsToEncode, compression, (records, compression) => {
        const batch = encodeRecordBatch(records, { compression })
        const header = checkRecordBatch(batch)
        expect(header).toMatchObject({
          sizeBytes: batch.length,
          compression,
          recordCount: records.length,
          baseTimestamp: records[0]!.timestamp,
          maxTimestamp: Math.max(...records.map(({ timestamp }) => timestamp)),
        })
        const decoded = decodeRecordBatch(batch)
        expect(decoded.map(plain)).toEqual(records.map(plain))
        expect(decoded.map(({ offset }) => offset)).toEqual(records.map((_, index) => index))
      }),
      { numRuns: 400 },
    )
  })

  test('stays what it is under any offset and epoch', () => {
    fc.assert(
      fc.property(recordsToEncode, fc.maxSafeNat(), fc.integer(), (records, offset, leaderEpoch) => {
        const batch = encodeRecordBatch(records)
        const baseOffset = Math.min(offset, Number.MAX_SAFE_INTEGER - records.length)
        stampRecordBatch(batch, 0, baseOffset, leaderEpoch)
        expect(checkRecordBatch(batch)).toMatchObject({
          baseOffset,
          leaderEpoch,
          lastOffset: baseOffset + records.length - 1,
        })
        expect(decodeRecordBatch(batch)[0]!.offset).toBe(baseOffset)
      }),
    )
  })

  test('stamped with a producer is the same as built with it', () => {
    const producer = fc.record({
      producerId: fc.maxSafeNat(),
      producerEpoch: fc.nat({ max: 32_767 }),
      baseSequence: fc.nat({ max: 2_147_483_647 }),
    })
    fc.assert(
      fc.property(recordsToEncode, producer, fc.nat({ max: 9 }), (records, producer, position) => {
        const built = encodeRecordBatch(records, producer)
        const stamped = Buffer.concat([new Uint8Array(position), encodeRecordBatch(records)])
        stampProducer(stamped, position, producer)
        expect(Buffer.compare(stamped.subarray(position), built)).toBe(0)
        expect(checkRecordBatch(built)).toMatchObject({
          ...producer,
          lastSequence: (producer.baseSequence + records.length - 1) % 2 ** 31,
        })
      }),
    )
  })

  test('stands whole among others', () => {
    fc.assert(
      fc.property(fc.array(recordsToEncode, { maxLength: 5 }), (batches) => {
        const encoded = batches.map((records) => encodeRecordBatch(records))
        const walked = [...recordBatches(Buffer.concat(encoded))]
        expect(walked.map(({ header }) => header.sizeBytes)).toEqual(encoded.map((batch) => batch.length))
        expect(walked.map(({ header }) => header.recordCount)).toEqual(batches.map((records) => records.length))
        for (const { position, header } of walked) {
          expect(readRecordBatchHeader(Buffer.concat(encoded), position)).toEqual(header)
        }
      }),
    )
  })
})

describe('what is damaged', () => {
  test('any single bit from the attributes on is found', () => {
    fc.assert(
      fc.property(recordsToEncode, compression, fc.nat(), (records, compression, choice) => {
        const batch = encodeRecordBatch(records, { compression })
        const bit = CHECKED_FROM * 8 + (choice % ((batch.length - CHECKED_FROM) * 8))
        batch[bit >> 3]! ^= 1 << (bit & 7)
        expect(codeOf(() => checkRecordBatch(batch))).not.toBe('no error')
        expect(codeOf(() => decodeRecordBatch(batch))).not.toBe('no error')
        expect(verifyRecordBatchChecksum(batch)).toBe(false)
      }),
      { numRuns: 500 },
    )
  })

  test('any single bit of length, magic and checksum is found', () => {
    const batch = encodeRecordBatch([{ key: 'k', value: 'v', timestamp: 1 }])
    for (let bit = 0; bit < CHECKED_FROM * 8; bit++) {
      const isStamped = bit < 8 * 8 || (bit >= 12 * 8 && bit < 16 * 8)
      if (isStamped) continue
      const damaged = Uint8Array.from(batch)
      damaged[bit >> 3]! ^= 1 << (bit & 7)
      // A length that is less than there is makes the checksum wrong.
      expect(['CORRUPT_BATCH', 'INVALID_BATCH_LENGTH'], `bit ${bit}`).toContain(codeOf(() => checkRecordBatch(damaged)))
    }
  })

  test('bytes cut off are found', () => {
    fc.assert(
      fc.property(recordsToEncode, compression, fc.nat(), (records, compression, choice) => {
        const batch = encodeRecordBatch(records, { compression })
        const cut = batch.subarray(0, choice % batch.length)
        expect(codeOf(() => checkRecordBatch(cut))).toBe('INVALID_BATCH_LENGTH')
        expect(codeOf(() => [...recordBatches(Buffer.concat([batch, cut]))])).toBe(
          cut.length === 0 ? 'no error' : 'INVALID_BATCH_LENGTH',
        )
      }),
    )
  })

  test('a lying count is found', () => {
    fc.assert(
      fc.property(recordsToEncode, compression, fc.integer({ min: 1 }), (records, compression, count) => {
        fc.pre(count !== records.length)
        const batch = encodeRecordBatch(records, { compression })
        const view = new DataView(batch.buffer, batch.byteOffset)
        view.setInt32(23, count - 1)
        view.setInt32(57, count)
        const lying = resealed(batch)
        expect(['INVALID_RECORD_COUNT', 'BATCH_TOO_LARGE']).toContain(codeOf(() => checkRecordBatch(lying)))
        expect(codeOf(() => decodeRecordBatch(lying))).toBe('INVALID_RECORD_COUNT')
      }),
    )
  })
})

describe('what was never a batch', () => {
  /** All that reads a batch; what comes out of it is a YakError or nothing. */
  function readAll(bytes: Uint8Array): void {
    const readers = [
      () => checkRecordBatch(bytes),
      () => decodeRecordBatch(bytes, 0, { verifyChecksum: false, maxDecompressedBytes: 100_000 }),
      () => verifyRecordBatchChecksum(bytes),
      () => [...recordBatches(bytes)],
      () => {
        const cursor = new RecordCursor(bytes, 0, { verifyChecksum: false, maxDecompressedBytes: 100_000 })
        while (cursor.next()) cursor.headers()
      },
    ]
    for (const read of readers) {
      try {
        read()
      } catch (error) {
        if (!YakError.is(error)) throw error
      }
    }
  }

  test('any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), readAll), { numRuns: 1_000 })
  })

  test('any records under a good header', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 100 }),
        fc.integer({ min: 1, max: 2_147_483_647 }),
        fc.constantFrom(0, 1, 4),
        (records, count, attributes) => readAll(batchOf(records, count, { attributes })),
      ),
      { numRuns: 1_000 },
    )
  })

  test('a good batch with a few bytes changed and its checksum right', () => {
    const change = fc.tuple(fc.nat(), fc.nat({ max: 255 }))
    fc.assert(
      fc.property(
        recordsToEncode,
        compression,
        fc.array(change, { minLength: 1, maxLength: 4 }),
        (records, compression, changes) => {
          const batch = encodeRecordBatch(records, { compression })
          for (const [choice, byte] of changes) batch[choice % batch.length] = byte
          readAll(resealed(batch))
        },
      ),
      { numRuns: 1_000 },
    )
  })

  test('a count of 2^31 - 1 makes no array of that size', () => {
    const lying = batchOf(new Uint8Array(1_000), 2_147_483_647)
    const before = process.memoryUsage().heapUsed
    const started = process.cpuUsage()
    expect(codeOf(() => decodeRecordBatch(lying))).not.toBe('no error')
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(4_000_000)
    expect(process.cpuUsage(started).user).toBeLessThan(5_000_000)
  })
})
