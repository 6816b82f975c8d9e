import { expect, test } from 'vitest'
import { clientOf, fakeClient } from '../support/fake-client.ts'

/** A client of brokers that are all down, and how often it has tried to reach one. */
function clientWithoutBrokers() {
  const { cluster, clock } = fakeClient({ partitions: 1 })
  let attempts = 0
  const yak = clientOf(cluster, clock, {
    transport: {
      connect: (url, options) => {
        attempts++
        return cluster.transport.connect(url, options)
      },
    },
  })
  const [broker] = cluster.brokers
  const attemptsWithin = async (durationMs: number): Promise<number> => {
    const before = attempts
    await clock.sleep(durationMs)
    return attempts - before
  }
  return { yak, clock, broker: broker!, attemptsWithin }
}

test('no broker is asked for once the last send is given up, and the next one asks again', async () => {
  const { yak, broker, attemptsWithin } = clientWithoutBrokers()
  const producer = yak.producer({ deliveryTimeoutMs: 2_000 })
  await producer.send({ topic: 't', value: 0 })
  broker.stop()
  const given = producer.send({ topic: 't', value: 1 }).catch(({ outcome }) => outcome)
  expect(await attemptsWithin(1_500)).toBeGreaterThan(2)
  expect(await given).not.toHaveProperty('offset')
  await attemptsWithin(1_000)
  expect(await attemptsWithin(60_000)).toBe(0)
  const again = producer.send({ topic: 't', value: 2 })
  expect(await attemptsWithin(500)).toBeGreaterThan(0)
  broker.start()
  expect(await again).toMatchObject({ topic: 't' })
})

test.each(['known', 'new'])(
  'no broker is asked for on behalf of a producer that is closed; a %s topic',
  async (topic) => {
    const { yak, broker, attemptsWithin } = clientWithoutBrokers()
    const producer = yak.producer()
    await producer.send({ topic: 'known', value: 0 })
    broker.stop()
    const given = producer.send({ topic, value: 1 }).catch(({ code }) => code)
    expect(await attemptsWithin(1_500)).toBeGreaterThan(2)
    await producer.close()
    expect(typeof (await given)).toBe('string')
    await attemptsWithin(1_000)
    expect(await attemptsWithin(60_000)).toBe(0)
  },
)
