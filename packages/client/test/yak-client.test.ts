import { expect, test } from 'vitest'
import { fakeClient } from './support/fake-client.ts'

test('what would be made of a client while it closes is refused', async () => {
  const { yak, cluster, clock } = fakeClient()
  const producer = yak.producer()
  cluster.brokers[0]!.isFrozen = true
  const sent = producer.send({ topic: 't', value: 1 }).catch((error) => error)
  await clock.sleep(20)
  const closed = yak.close()
  const expected = expect.objectContaining({ code: 'CLIENT_CLOSED' })
  expect(() => yak.producer()).toThrow(expected)
  expect(() => yak.consumer({ topics: ['t'] })).toThrow(expected)
  expect(() => yak.admin()).toThrow(expected)
  await closed
  expect(await sent).toMatchObject({ code: 'DELIVERY_ABANDONED' })
})
