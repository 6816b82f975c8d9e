import { expect, test } from 'vitest'
import { TailMemory } from '../../src/disk/tail-memory.ts'

const KIB = 1_024

test('fills a chunk that left again, also after its size has grown', () => {
  const memory = new TailMemory(256 * KIB)
  // Small chunks first, as of a log whose traffic begins: when they leave they must not keep the large ones out.
  for (let count = 0; count < 100; count++) memory.allocate(16 * KIB, () => true)
  const made = new Set<ArrayBufferLike>()
  for (let count = 0; count < 100; count++) made.add(memory.allocate(64 * KIB, () => true).bytes.buffer)
  expect(made.size).toBeLessThan(10)
  expect(memory.sizeBytes).toBe(256 * KIB)
})

test('never fills a chunk again whose bytes are still to be written', () => {
  const memory = new TailMemory(128 * KIB)
  const made = new Set<ArrayBufferLike>()
  for (let count = 0; count < 50; count++) made.add(memory.allocate(64 * KIB, () => false).bytes.buffer)
  expect(made.size).toBe(50)
})

test('a chunk given up is not filled again', () => {
  const memory = new TailMemory(128 * KIB)
  const given = memory.allocate(64 * KIB, () => true)
  memory.release(given)
  for (let count = 0; count < 10; count++) {
    expect(memory.allocate(64 * KIB, () => true).bytes.buffer).not.toBe(given.bytes.buffer)
  }
})
