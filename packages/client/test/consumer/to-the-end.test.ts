import { expect, test } from 'vitest'
import type { Transport } from '../../src/transport/transport.ts'
import { clientOf, fakeClient } from '../support/fake-client.ts'
import { fill, range, readAll } from '../support/reading.ts'

/** Says of the first partition that nothing is known of it yet, as a leader may just after its election, `count` times. */
function notKnownYet({ connect }: Transport, count: number): Transport {
  let left = count
  return {
    connect: (url, options) => {
      const connection = connect(url, options)
      return {
        url,
        maxPipelined: connection.maxPipelined,
        get closed() {
          return connection.closed
        },
        close: () => connection.close(),
        request: async (request) => {
          const answer = await connection.request(request)
          if (request.path !== '/v1/offsets' || left-- <= 0) return answer
          const { partitions } = JSON.parse(Buffer.from(answer.body).toString())
          partitions[0] = { error: { code: 'LEADER_NOT_AVAILABLE', detail: 'Not known yet. Try again.' } }
          return { ...answer, body: Buffer.from(JSON.stringify({ partitions })) }
        },
      }
    },
  }
}

test('without follow, what a leader does not know yet is waited for', async () => {
  const { cluster, clock } = fakeClient({ partitions: 2 })
  const yak = clientOf(cluster, clock, { transport: notKnownYet(cluster.transport, 3) })
  await fill(yak, 't', 3, 1)
  expect((await readAll(yak.consumer({ topics: ['t'], follow: false }))).map(({ offset }) => offset)).toEqual(range(3))
})

test('and told in the end, should it never know', async () => {
  const { cluster, clock } = fakeClient({ partitions: 1 })
  const yak = clientOf(cluster, clock, { transport: notKnownYet(cluster.transport, Number.POSITIVE_INFINITY) })
  await fill(yak, 't', 3)
  const startMs = clock.nowMs()
  const read = readAll(yak.consumer({ topics: ['t'], follow: false }))
  await expect(read).rejects.toMatchObject({ code: 'LEADER_NOT_AVAILABLE' })
  expect(clock.nowMs() - startMs).toBeGreaterThan(10_000)
  expect(clock.nowMs() - startMs).toBeLessThan(30_000)
})

test.each([
  [
    'without follow, brokers that go away in the middle are waited for as long as a call waits',
    false,
    'BROKERS_UNREACHABLE',
  ],
  ['with it, for ever', true, 'waits'],
])('%s', async (_, follow, expected) => {
  const { yak, cluster, clock } = fakeClient({ partitions: 1 })
  await fill(yak, 't', 100)
  const consumer = yak.consumer({ topics: ['t'], follow, maxFetchBytes: 600 })
  let count = 0
  const read = (async () => {
    for await (const _message of consumer) if (++count === 1) cluster.brokers[0]!.stop()
  })().catch(({ code }) => code)
  expect(await Promise.race([read, clock.sleep(120_000).then(() => 'waits')])).toBe(expected)
  expect(count).toBeGreaterThan(0)
  expect(count).toBeLessThan(100)
  cluster.brokers[0]!.start()
  if (follow) await consumer.close()
  else expect(await readAll(consumer)).toHaveLength(100 - count)
})
