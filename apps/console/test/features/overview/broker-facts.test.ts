import { expect, test } from 'vitest'
import { brokerFacts } from '../../../src/features/overview/broker-facts.ts'

const leader = { id: '1', url: 'http://b1' }
const partition = {
  partition: 0,
  leader,
  epoch: 7,
  isr: ['1', '2'],
  replicas: ['1', '2', '3'],
  logStartOffset: 0,
  highWatermark: 5,
  logEndOffset: 5,
}
const input: Parameters<typeof brokerFacts>[0] = {
  cluster: {
    clusterId: 'c',
    asOf: 1_000,
    epoch: 7,
    leader,
    isr: ['1', '2'],
    coordinator: { type: 'redis', connected: true },
    brokers: [
      { ...leader, role: 'leader', alive: true, epoch: 7 },
      { id: '2', url: 'http://b2', role: 'follower', alive: true, epoch: 7 },
      { id: '3', url: 'http://b3', role: null, alive: false },
    ],
  },
  brokers: ['1', '2', '3'].map((id) => ({
    id,
    url: `http://b${id}`,
    state: null,
    receivedAt: id === '2' ? 400 : null,
    error: null,
  })),
  topics: [{ name: 'orders', id: 'i', config: {}, partitions: [partition, { ...partition, partition: 1 }] }],
  asOf: 1_000,
  lags: new Map([
    [
      '2',
      new Map([
        ['orders/0', 3],
        ['orders/1', 4],
      ]),
    ],
  ]),
}

test('who leads and follows what, how far behind, and how old its words are', () => {
  expect(brokerFacts(input)).toMatchObject([
    { id: '1', role: 'leader', led: 2, followed: 0, lag: null, inSync: true },
    { id: '2', role: 'follower', led: 0, followed: 2, lag: 7, inSync: true, heardMs: 600 },
    { id: '3', role: null, alive: false, followed: 2, lag: null, inSync: false, heardMs: null },
  ])
})
