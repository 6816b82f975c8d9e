import { expect, test } from 'vitest'
import { recordCountOf } from '../../src/topics/record-count.ts'
import { partitionState } from './partition-state.ts'

test('records are counted where they are served, and where they are not it is said', () => {
  expect(
    recordCountOf({ partitions: [partitionState(0, 5, 12), partitionState(1, 0, 0), partitionState(2, 0, 3)] }),
  ).toEqual({
    records: 10,
    unserved: [],
  })
  expect(recordCountOf({ partitions: [partitionState(0, -1, -1), partitionState(1, 0, 4)] })).toEqual({
    records: 4,
    unserved: [0],
  })
})
