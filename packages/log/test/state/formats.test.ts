import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeLogCheckpoint, LogDisk } from '../../src/index.ts'
import { decodeEpochCheckpoint, encodeEpochCheckpoint } from '../../src/state/epoch-checkpoint.ts'
import { EpochTable } from '../../src/state/epoch-table.ts'
import { LogCheckpointFile, newCheckpoint } from '../../src/state/log-checkpoint.ts'
import { decodeProducerSnapshot, encodeProducerSnapshot } from '../../src/state/producer-snapshot.ts'
import { MemoryStorage } from '../../src/testing/index.ts'

const offset = fc.nat(Number.MAX_SAFE_INTEGER)

describe('producer snapshot', () => {
  const entry = fc.record({
    producerId: offset,
    producerEpoch: fc.integer({ min: 0, max: 32_767 }),
    updatedMs: offset,
    batches: fc.array(
      fc
        .record({
          firstSequence: fc.nat(),
          lastSequence: fc.nat(),
          baseOffset: fc.nat(2 ** 50),
          delta: fc.nat(100_000),
        })
        .map(({ delta, ...batch }) => ({ ...batch, lastOffset: batch.baseOffset + delta })),
      { minLength: 1, maxLength: 5 },
    ),
  })

  test('gives back what was written', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 20 }), offset, (entries, at) => {
        expect(decodeProducerSnapshot(encodeProducerSnapshot(entries, at), at)).toEqual(entries)
      }),
    )
  })

  test('is refused with any flipped bit, cut short, or for another offset', () => {
    const bytes = encodeProducerSnapshot(
      [
        {
          producerId: 7,
          producerEpoch: 1,
          updatedMs: 5,
          batches: [{ firstSequence: 0, lastSequence: 1, baseOffset: 3, lastOffset: 4 }],
        },
      ],
      9,
    )
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      expect(decodeProducerSnapshot(flipped, 9)).toBeUndefined()
    }
    for (let size = 0; size < bytes.length; size++)
      expect(decodeProducerSnapshot(bytes.subarray(0, size), 9)).toBeUndefined()
    expect(decodeProducerSnapshot(bytes, 10)).toBeUndefined()
  })

  test('has the bytes of docs/storage-format.md', () => {
    const bytes = encodeProducerSnapshot(
      [
        {
          producerId: 1,
          producerEpoch: 2,
          updatedMs: 3,
          batches: [{ firstSequence: 4, lastSequence: 5, baseOffset: 6, lastOffset: 7 }],
        },
      ],
      8,
    )
    expect(bytes.toString('hex')).toBe(
      ['03e9', bytes.toString('hex', 2, 6), '0000000000000008', '00000001']
        .concat(['0000000000000001', '0002', '0000000000000003', '01'])
        .concat(['00000004', '00000005', '0000000000000006', '00000001'])
        .join(''),
    )
  })
})

describe('leader-epoch-checkpoint', () => {
  test('is Kafka’s text', () => {
    const starts = [
      { epoch: 1, startOffset: 0 },
      { epoch: 4, startOffset: 1_200 },
    ]
    expect(encodeEpochCheckpoint(starts).toString()).toBe('0\n2\n1 0\n4 1200\n')
    expect(decodeEpochCheckpoint(Buffer.from('0\n2\n1 0\n4 1200\n'))).toEqual(starts)
    expect(decodeEpochCheckpoint(Buffer.from('0\n0\n'))).toEqual([])
  })

  for (const text of [
    '',
    '1\n0\n',
    '0\n2\n1 0\n',
    '0\n1\n1 0\n2 5\n',
    '0\n1\nx 0\n',
    '0\n2\n4 0\n1 5\n',
    '0\n2\n1 9\n2 5\n',
    '0\n1\n-1 0\n',
  ]) {
    test(`refuses ${JSON.stringify(text)}`, () => expect(decodeEpochCheckpoint(Buffer.from(text))).toBeUndefined())
  }
})

describe('epoch table', () => {
  const starts = [
    { epoch: 1, startOffset: 0 },
    { epoch: 3, startOffset: 10 },
    { epoch: 5, startOffset: 20 },
  ]

  test('keeps the epoch that reaches over a raised start, and drops what a cut takes', () => {
    const table = new EpochTable(starts)
    table.truncateStart(15)
    expect(table.starts).toEqual([
      { epoch: 3, startOffset: 15 },
      { epoch: 5, startOffset: 20 },
    ])
    table.truncateEnd(20)
    expect(table.latestEpoch).toBe(3)
    expect(table.endOf(2, 18)).toBeUndefined()
    expect(table.endOf(9, 18)).toEqual({ epoch: 3, endOffset: 18 })
    table.truncateStart(18)
    expect(table.starts).toEqual([{ epoch: 3, startOffset: 18 }])
  })

  test('knows the epoch that ends where a raised start lies', () => {
    const table = new EpochTable(starts)
    table.truncateStart(20)
    expect(table.starts).toEqual([
      { epoch: 3, startOffset: 20 },
      { epoch: 5, startOffset: 20 },
    ])
    expect(table.endOf(3, 25)).toEqual({ epoch: 3, endOffset: 20 })
    expect(table.endOf(1, 25)).toBeUndefined()
    expect(table.epochAt(20)).toBe(5)
    table.truncateStart(21)
    expect(table.starts).toEqual([{ epoch: 5, startOffset: 21 }])
  })
})

describe('log-checkpoint', () => {
  const path = 'log/log-checkpoint'
  const opened = async (storage: MemoryStorage): Promise<LogCheckpointFile | undefined> =>
    await LogCheckpointFile.open(new LogDisk({ storage }), 'log')
  const created = async (): Promise<{ storage: MemoryStorage; file: LogCheckpointFile }> => {
    const storage = new MemoryStorage()
    await storage.createFolder('log')
    return { storage, file: await LogCheckpointFile.create(new LogDisk({ storage }), 'log', newCheckpoint(3, 9)) }
  }

  test('keeps the newest values, and the ones before when the newest slot is torn', async () => {
    const { storage, file } = await created()
    await file.save({ syncedEndOffset: 100, enteredEpoch: 4 })
    await file.save({ syncedEndOffset: 200 })
    expect((await opened(storage))?.values).toMatchObject({ logStartOffset: 3, syncedEndOffset: 200, enteredEpoch: 4 })
    expect(decodeLogCheckpoint(storage.bytesOf(path))).toMatchObject({ syncedEndOffset: 200 })
    // The third version lies in the first slot again.
    storage.flipBit(path, 30)
    expect((await opened(storage))?.values.syncedEndOffset).toBe(100)
    storage.flipBit(path, 4_096 + 30)
    await expect(opened(storage)).rejects.toMatchObject({ code: 'LOG_DAMAGED' })
  })

  test('a save without a word of a clean close takes it back', async () => {
    const { file } = await created()
    await file.save({ cleanSizeBytes: 7, cleanEndOffset: 8 })
    expect(file.values).toMatchObject({ cleanSizeBytes: 7, cleanEndOffset: 8 })
    await file.save({ enteredEpoch: 1 })
    expect(file.values).toMatchObject({ cleanSizeBytes: -1, cleanEndOffset: -1, enteredEpoch: 1 })
  })

  test('a save that fails changes nothing, and the next one counts', async () => {
    const { storage, file } = await created()
    storage.failNext({ operation: 'write', code: 'EIO', writtenBytes: 40 })
    await expect(file.save({ syncedEndOffset: 50 })).rejects.toMatchObject({ code: 'EIO' })
    expect(file.values.syncedEndOffset).toBe(3)
    await Promise.all([file.save({ syncedEndOffset: 60 }), file.save({ enteredEpoch: 2 })])
    expect((await opened(storage))?.values).toMatchObject({ syncedEndOffset: 60, enteredEpoch: 2 })
  })

  test('what is written without a sync outlives the process, and a power cut leaves what was saved', async () => {
    for (const isKept of [false, true]) {
      const { storage, file } = await created()
      await file.save({ enteredEpoch: 4 })
      for (let end = 10; end < 15; end++) await file.write({ syncedEndOffset: end })
      storage.kill()
      expect((await opened(storage))?.values).toMatchObject({ enteredEpoch: 4, syncedEndOffset: 14 })
      storage.cutPower(() => (isKept ? 0.1 : 0.9))
      expect((await opened(storage))?.values).toMatchObject({ enteredEpoch: 4, syncedEndOffset: isKept ? 14 : 3 })
    }
  })

  test('after a sync what was written is what a power cut leaves', async () => {
    const { storage, file } = await created()
    await file.write({ syncedEndOffset: 10 })
    await file.sync()
    await file.write({ syncedEndOffset: 20 })
    storage.cutPower(() => 0.9)
    expect((await opened(storage))?.values.syncedEndOffset).toBe(10)
  })

  test('a slot that was saved stays until another one is durable, also over a kill', async () => {
    const { storage, file } = await created()
    await file.save({ enteredEpoch: 4 })
    await file.write({ syncedEndOffset: 10 })
    storage.kill()
    const again = await opened(storage)
    storage.failNext({ operation: 'write', code: 'EIO', writtenBytes: 40 })
    await expect(again?.save({ enteredEpoch: 5 })).rejects.toMatchObject({ code: 'EIO' })
    // Names and sizes have one chance each; then, of two unsynced slots, the first would be lost and the torn one kept.
    const chances = [0.9, 0.9, 0.9, 0.1]
    storage.cutPower(() => chances.shift() ?? 0.1)
    expect((await opened(storage))?.values).toMatchObject({ enteredEpoch: 4, syncedEndOffset: 10 })
  })

  test('is undefined where there is none', async () => {
    const storage = new MemoryStorage()
    await storage.createFolder('log')
    expect(await opened(storage)).toBeUndefined()
  })
})
