import type { TopicDescription } from '@yak/client'
import { expect, test } from 'vitest'
import { partitionStarts } from '../../src/consume/partition-starts.ts'
import { partitionState } from '../topics/partition-state.ts'

const topic: TopicDescription = {
  name: 't',
  id: '0195d7b3-2f1a-7abc-8def-0123456789ab',
  config: {},
  partitions: [partitionState(0, 5, 12), partitionState(1, 0, 3), partitionState(2, -1, -1)],
}

test('an offset for all is for each the nearest it has; one that is not served says itself why', () => {
  expect(partitionStarts(topic, undefined, 4).map(({ from }) => from)).toEqual([5, 3, 4])
  expect(partitionStarts(topic, undefined, 100).map(({ from }) => from)).toEqual([12, 3, 100])
  expect(partitionStarts(topic, undefined, 'latest').map(({ from }) => from)).toEqual(['latest', 'latest', 'latest'])
  expect(partitionStarts(topic, 1, { timestampMs: 9 })).toEqual([{ topic: 't', partition: 1, from: new Date(9) }])
})

test('an offset of one partition is to be in it', () => {
  expect(partitionStarts(topic, 0, 12)).toEqual([{ topic: 't', partition: 0, from: 12 }])
  expect(() => partitionStarts(topic, 0, 4)).toThrow(
    'Offset 4 is not in t-0, which begins at 5 and ends at 12. Give --from one of these, earliest or latest.',
  )
  expect(partitionStarts(topic, 2, 4)).toEqual([{ topic: 't', partition: 2, from: 4 }])
  // That it is not there at all the SDK says.
  expect(partitionStarts(topic, 9, 4)).toEqual([{ topic: 't', partition: 9, from: 4 }])
})
