import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { murmur2, partitionForKey, StickyPartitioner } from '../src/index.ts'
import { kafkajs } from './peers/kafkajs.ts'
import { platformatic } from './peers/platformatic.ts'
import { text } from './record-batch/records.ts'

const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/golden-hashes.json'), 'utf8')) as {
  key: string
  murmur2: number
}[]

describe('murmur2', () => {
  test.each(golden)('of $key is what kafkajs and @platformatic/kafka make', ({ key, murmur2: hash }) => {
    expect(murmur2(Buffer.from(key))).toBe(hash)
  })

  // Of Apache Kafka's own UtilsTest.
  test.each([
    ['21', -973_932_308],
    ['foobar', -790_332_482],
    ['a-little-bit-long-string', -985_981_536],
    ['a-little-bit-longer-string', -1_486_304_829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58_897_971],
    ['abc', 479_470_107],
  ])("of %s is Kafka's", (key, hash) => {
    expect(murmur2(Buffer.from(key))).toBe(hash)
  })

  test('of any bytes is what both make', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (key) => {
        expect(murmur2(key)).toBe(kafkajs.murmur2(key) | 0)
        expect(murmur2(key)).toBe(platformatic.murmur2(key) | 0)
      }),
      { numRuns: 500 },
    )
  })
})

describe('partitionForKey', () => {
  test('takes the sign away, and what is left over', () => {
    expect(partitionForKey('foobar', 1_000)).toBe((-790_332_482 & 0x7fffffff) % 1_000)
  })

  test('a string counts as its UTF-8 bytes', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 1_000 }), (key, partitionCount) => {
        const partition = partitionForKey(key, partitionCount)
        expect(partition).toBe(partitionForKey(new TextEncoder().encode(key), partitionCount))
        expect(partition).toBeGreaterThanOrEqual(0)
        expect(partition).toBeLessThan(partitionCount)
      }),
    )
  })

  test('needs a partition', () => {
    expect(() => partitionForKey('a', 0)).toThrow(TypeError)
  })
})

describe('StickyPartitioner', () => {
  const seeded = (numbers: readonly number[]) => {
    let index = 0
    return () => numbers[index++ % numbers.length]!
  }

  test('stays until the batch is sealed, then moves to another', () => {
    const partitioner = new StickyPartitioner({ random: seeded([0.5, 0.99, 0]) })
    expect([1, 2, 3].map(() => partitioner.partition(3))).toEqual([1, 1, 1])
    expect(partitioner.next(3)).toBe(0)
    expect(partitioner.partition(3)).toBe(0)
    expect(partitioner.next(3)).toBe(1)
  })

  test('never twice the same, while there is another; every other as likely', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 50 }),
        fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 2 }),
        (partitionCount, numbers) => {
          const partitioner = new StickyPartitioner({ random: seeded(numbers) })
          for (let batch = 0; batch < 20; batch++) {
            const before = partitioner.partition(partitionCount)
            const after = partitioner.next(partitionCount)
            expect(after).not.toBe(before)
            expect(after).toBeGreaterThanOrEqual(0)
            expect(after).toBeLessThan(partitionCount)
          }
        },
      ),
    )
  })

  test('one partition stays, and a topic with fewer moves it', () => {
    const partitioner = new StickyPartitioner({ random: seeded([0.9]) })
    expect(partitioner.next(1)).toBe(0)
    const shrunk = new StickyPartitioner({ random: seeded([0.9]) })
    expect(shrunk.partition(10)).toBe(9)
    expect(shrunk.partition(3)).toBe(2)
  })
})
