import { expect, test } from 'vitest'
import { YoungGarbage, youngCollection } from '../src/young-garbage.ts'

test('collects each time that enough has come and gone', () => {
  let collections = 0
  const garbage = new YoungGarbage(() => collections++)
  for (let megabyte = 0; megabyte < 64; megabyte++) garbage.note(1_048_576)
  expect(collections).toBe(4)
})

test('a collection of the young generation frees buffers that died', () => {
  const collect = youngCollection()
  collect()
  const before = process.memoryUsage().arrayBuffers
  for (let count = 0; count < 200; count++) Buffer.allocUnsafeSlow(65_536)
  collect()
  collect()
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(200 * 65_536)
})
