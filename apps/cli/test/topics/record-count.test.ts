import { expect, test } from 'vitest'
import { recordCountOf } from '../../src/topics/record-count.ts'

const state = (partition: number, logStartOffset: number, highWatermark: number) => ({
  partition,
  leader: null,
  epoch: 1,
  isr: [],
  replicas: [],
  logStartOffset,
  highWatermark,
  logEndOffset: highWatermark,
})

test('records are counted where they are served, and where they are not it is said', () => {
  expect(recordCountOf({ partitions: [state(0, 5, 12), state(1, 0, 0), state(2, 0, 3)] })).toEqual({
    records: 10,
    unserved: [],
  })
  expect(recordCountOf({ partitions: [state(0, -1, -1), state(1, 0, 4)] })).toEqual({ records: 4, unserved: [0] })
})
