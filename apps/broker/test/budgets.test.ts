import { afterEach, describe, expect, test, vi } from 'vitest'
import { AnswerBudget } from '../src/answer-budget.ts'
import { ByteBudget } from '../src/byte-budget.ts'
import { DiskSpace } from '../src/disk-space.ts'
import { BodyPool } from '../src/http/body-pool.ts'

test('ByteBudget: what does not fit is refused, and what is given back fits again', () => {
  const budget = new ByteBudget(100)
  expect(budget.tryReserve(60)).toBe(true)
  expect(budget.tryReserve(41)).toBe(false)
  expect(budget.tryReserve(40)).toBe(true)
  budget.release(60)
  expect(budget.tryReserve(60)).toBe(true)
  expect(budget.usedBytes).toBe(100)
})

describe('AnswerBudget', () => {
  afterEach(() => void vi.useRealTimers())

  test('lets a few read at a time, in the order they came', async () => {
    const answers = new AnswerBudget(new ByteBudget(1_000))
    const order: number[] = []
    const readers = Array.from({ length: 6 }, (_, index) => answers.startReading().then(() => order.push(index)))
    await Promise.all(readers.slice(0, 4))
    expect(order).toEqual([0, 1, 2, 3])
    answers.doneReading(10)
    await readers[4]
    answers.doneReading(10)
    await readers[5]
    expect(order).toEqual([0, 1, 2, 3, 4, 5])
  })

  test('waits while clients hold all of it, and gives up after a while', async () => {
    vi.useFakeTimers()
    const answers = new AnswerBudget(new ByteBudget(100))
    await answers.startReading()
    answers.doneReading(100)
    const patient = answers.startReading()
    answers.release(100)
    await patient
    answers.doneReading(100)
    const refused = expect(answers.startReading()).rejects.toMatchObject({
      code: 'OVERLOADED',
      message: expect.stringContaining('holds 100 bytes of answers that clients have not taken'),
    })
    await vi.advanceTimersByTimeAsync(5_000)
    await refused
  })

  test('says that reading takes long where that is what is waited for', async () => {
    vi.useFakeTimers()
    const answers = new AnswerBudget(new ByteBudget(100))
    for (let reader = 0; reader < 4; reader++) await answers.startReading()
    const refused = expect(answers.startReading()).rejects.toMatchObject({
      code: 'OVERLOADED',
      message:
        'The disk is slow: 4 answers are being read, as many as may be at once, and others wait. Try again in a moment.',
    })
    await vi.advanceTimersByTimeAsync(5_000)
    await refused
  })
})

describe('BodyPool', () => {
  test('gives a buffer out again, and never one too small', () => {
    const pool = new BodyPool(1_048_576)
    const first = pool.take(100_000)
    expect(first.length).toBeGreaterThanOrEqual(100_000)
    pool.give(first)
    expect(pool.take(120_000)).toBe(first)
    expect(pool.take(120_000)).not.toBe(first)
    expect(pool.idleBytes).toBe(0)
  })

  test('keeps no more than it may, and nothing small', () => {
    const pool = new BodyPool(200_000)
    const buffers = Array.from({ length: 4 }, () => pool.take(100_000))
    for (const buffer of buffers) pool.give(buffer)
    expect(pool.idleBytes).toBeLessThanOrEqual(200_000)
    pool.give(pool.take(100))
    expect(pool.take(100).length).toBe(100)
  })
})

describe('DiskSpace', () => {
  function diskWith(free: { bytes: number }) {
    const changes: boolean[] = []
    const disk = new DiskSpace({
      minFreeBytes: 1_000,
      checkMs: 1_000_000,
      freeBytes: async () => free.bytes,
      onChange: (isFull) => changes.push(isFull),
    })
    return { disk, changes }
  }

  test('is full below the threshold, and has room again only well above it', async () => {
    const free = { bytes: 1_000 }
    const { disk, changes } = diskWith(free)
    await disk.check()
    expect(disk.isFull).toBe(false)
    for (const [bytes, isFull] of [
      [999, true],
      [1_050, true],
      [1_100, false],
      [1_000, false],
    ] as const) {
      free.bytes = bytes
      await disk.check()
      expect(disk.isFull).toBe(isFull)
    }
    expect(changes).toEqual([true, false])
  })

  test('looks before its time when much was appended', async () => {
    const free = { bytes: 10_000 }
    const { disk } = diskWith(free)
    await disk.check()
    free.bytes = 5
    for (let megabyte = 0; megabyte < 64; megabyte++) disk.noteAppended(1_048_576)
    await disk.check()
    expect(disk.isFull).toBe(true)
  })
})
