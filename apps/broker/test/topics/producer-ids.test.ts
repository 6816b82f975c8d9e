import { expect, test } from 'vitest'
import { ProducerIds } from '../../src/topics/producer-ids.ts'

test('ids are never given twice, and a block is taken for many of them', async () => {
  let next = 0
  let blocks = 0
  const ids = new ProducerIds(async (count) => {
    blocks++
    next += count
    return next - count
  })
  const taken = await Promise.all(Array.from({ length: 2_500 }, () => ids.take()))
  expect(new Set(taken).size).toBe(2_500)
  expect(blocks).toBe(3)
})

test('a block that could not be taken is asked for again', async () => {
  let attempts = 0
  const ids = new ProducerIds(async () => {
    attempts++
    if (attempts === 1) throw new Error('The disk failed.')
    return 7_000
  })
  await expect(ids.take()).rejects.toThrow('The disk failed.')
  expect(await ids.take()).toBe(7_000)
})
