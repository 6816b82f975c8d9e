import type { YakError } from '@yak/protocol'
import { expect, test } from 'vitest'
import { fakeClient } from '../support/fake-client.ts'

test('what could not leave is abandoned, whichever way it ends', async () => {
  const { yak, cluster, clock } = fakeClient({ partitions: 1 })
  const producer = yak.producer()
  await producer.send({ topic: 't', value: 0 })
  cluster.brokers[0]!.stop()
  // The leader is still known, and takes no connection.
  const sent = producer.send({ topic: 't', value: 1 }).catch(({ code }: YakError) => code)
  await clock.sleep(50)
  await producer.close()
  expect(await sent).toBe('DELIVERY_ABANDONED')
})

test('what was refused and could not leave again is told by the refusal', async () => {
  const { yak, cluster, clock } = fakeClient({ partitions: 1 })
  const producer = yak.producer({ deliveryTimeoutMs: 2_000 })
  await producer.send({ topic: 't', value: 0 })
  cluster.onEntry = () => ({ code: 'NOT_ENOUGH_REPLICAS' })
  const sent = producer.send({ topic: 't', value: 1 }).catch((error: YakError) => error)
  await clock.sleep(100)
  cluster.brokers[0]!.stop()
  expect(await sent).toMatchObject({ code: 'NOT_ENOUGH_REPLICAS', outcome: 'not-written' })
})
