import { expect, test } from 'vitest'
import { FakeCluster, ManualClock } from '../../src/testing/index.ts'

test('a request that waits behind one with which the connection breaks is not sent, and not done', async () => {
  const clock = new ManualClock()
  const cluster = new FakeCluster({ clock })
  cluster.onRequest = () => ({ kind: 'lose-answer' })
  const connection = cluster.transport.connect(cluster.urls[0]!, {
    maxPipelined: 2,
    connectTimeoutMs: 1_000,
    maxResponseBytes: 1_000,
  })
  const created = Promise.allSettled(
    ['first', 'second'].map((name) =>
      connection.request({
        method: 'POST',
        path: '/topics',
        body: [new TextEncoder().encode(JSON.stringify({ name }))],
        timeoutMs: 500,
      }),
    ),
  )
  await clock.advance(1_000)
  expect(await created).toMatchObject([{ reason: { sent: true } }, { reason: { sent: false } }])
  expect([...cluster.topics.keys()]).toEqual(['first'])
})
