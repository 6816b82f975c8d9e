import type { TopicDescription } from '@yak/protocol/schemas'
import { expect, test } from 'vitest'
import { replicaRows } from '../../../src/features/broker/replica-rows.ts'

const partition = (number: number, leader: string, isr: string[], replicas: string[]) => ({
  partition: number,
  leader: { id: leader, url: `http://b${leader}` },
  epoch: 7,
  isr,
  replicas,
  logStartOffset: 0,
  highWatermark: 5,
  logEndOffset: 6,
})
const topics: TopicDescription[] = [
  {
    name: 'orders',
    id: 'i',
    config: {},
    partitions: [
      partition(0, '1', ['1', '2'], ['1', '2', '3']),
      partition(1, '2', ['1', '2'], ['1', '2']),
      partition(2, '3', ['3'], ['1', '3']),
    ],
  },
]
const own = [
  { topic: 'orders', partition: 0, logStartOffset: 0, logEndOffset: 4, highWatermark: 4, sizeBytes: 9, error: null },
]

test('what the broker holds: role and sync by the leader, ends by itself, lag as corrected', () => {
  const rows = replicaRows('2', topics, own, new Map([['orders/0', 2]]))
  expect(rows.map(({ partition: number, role, inSync, lag }) => [number, role, inSync, lag])).toEqual([
    [0, 'follower', true, 2],
    [1, 'leader', true, null],
  ])
  expect(rows[0]!.own?.logEndOffset).toBe(4)
  expect(rows[1]!.own).toBeNull()
})

test('out of sync, and lag that nobody knows', () => {
  expect(replicaRows('3', topics, null, undefined)).toMatchObject([
    { partition: 0, role: 'follower', inSync: false, lag: null, own: null },
    { partition: 2, role: 'leader', inSync: true, lag: null },
  ])
})
