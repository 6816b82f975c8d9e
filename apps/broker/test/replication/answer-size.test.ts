import { expect, test } from 'vitest'
import { AnswerSize } from '../../src/replication/core/answer-size.ts'

const largest = 4_194_304

function answerOf(sizeBytes: number): Parameters<AnswerSize['onAnswer']>[0] {
  const batches = new Uint8Array(sizeBytes)
  const at = { key: 't-0', baseOffset: 0, highWatermark: 0, logStartOffset: 0, endOffset: 0, startOffset: 0 }
  return { results: [{ ...at, type: 'batches', batches }] }
}

function grown(): AnswerSize {
  const size = new AnswerSize({ fetchMaxBytes: largest, leaseMs: 1_600 })
  for (let count = 0; count < 4; count++) size.onAnswer(answerOf(largest), 0)
  expect(size.maxBytes).toBe(largest)
  return size
}

test('it begins with little, and never asks for more than it may', () => {
  expect(new AnswerSize({ fetchMaxBytes: largest, leaseMs: 1_600 }).maxBytes).toBe(262_144)
  expect(new AnswerSize({ fetchMaxBytes: 1_000, leaseMs: 1_600 }).maxBytes).toBe(1_000)
})

test('an answer that takes long makes the next so small that it takes a sixteenth of the lease, and no smaller than 64 KiB', () => {
  const size = grown()
  size.onArriving(1_000)
  size.onArriving(1_300)
  size.onAnswer(answerOf(largest), 1_400)
  expect(size.maxBytes).toBe(largest / 4)
  size.onArriving(2_000)
  size.onAnswer(answerOf(largest), 200_000)
  expect(size.maxBytes).toBe(65_536)
})

test('it grows again with full answers that come quickly, a quarter being full, and with no others', () => {
  const size = grown()
  size.onArriving(0)
  size.onAnswer(answerOf(largest), 400)
  size.onAnswer(answerOf(1_000), 500)
  expect(size.maxBytes).toBe(largest / 4)
  size.onArriving(600)
  size.onAnswer(answerOf(largest / 4), 700)
  expect(size.maxBytes).toBe(largest / 4)
  size.onAnswer(answerOf(largest / 16), 800)
  expect(size.maxBytes).toBe(largest / 2)
  for (let count = 0; count < 3; count++) size.onAnswer(answerOf(largest), 900)
  expect(size.maxBytes).toBe(largest)
})

test('half as much is asked for after an answer that broke off, and as much after one that never began', () => {
  const size = grown()
  size.onLost()
  expect(size.maxBytes).toBe(largest)
  size.onArriving(0)
  size.onLost()
  size.onLost()
  expect(size.maxBytes).toBe(largest / 2)
  size.onArriving(0)
  size.onSuperseded()
  size.onLost()
  expect(size.maxBytes).toBe(largest / 2)
})
