import { expect, test } from 'vitest'
import { fakeClient } from './support/fake-client.ts'

test.each([[Number.NaN], [-1], ['5000'], [null]])(
  'a timeout of %s is a wrong argument, and nothing is closed',
  async (wrong) => {
    const { yak } = fakeClient()
    const options = { timeoutMs: wrong as number }
    const producer = yak.producer()
    const admin = yak.admin()
    const calls = [
      producer.close(options),
      yak.close(options),
      admin.listTopics(options),
      admin.createTopic({ topic: 'never' }, options),
    ]
    for (const outcome of await Promise.allSettled(calls)) {
      expect(outcome).toMatchObject({
        reason: { name: 'TypeError', message: expect.stringMatching(/^`timeoutMs` is a/) },
      })
    }
    expect(await admin.listTopics()).toEqual([])
    expect(await producer.send({ topic: 't', value: 1 })).toMatchObject({ offset: 0 })
  },
)

test('a call that waits for its next attempt ends with its client', async () => {
  const { yak, cluster, clock } = fakeClient()
  cluster.onRequest = ({ path }) =>
    path === '/topics' ? { kind: 'problem', code: 'OVERLOADED', retryAfterSeconds: 5 } : undefined
  const created = yak
    .admin()
    .createTopic({ topic: 't' })
    .catch(({ code }) => code)
  await clock.sleep(100)
  const startMs = clock.nowMs()
  await yak.close()
  expect(await created).toBe('CLIENT_CLOSED')
  expect(clock.nowMs() - startMs).toBeLessThan(1_000)
})
