import { expect, test } from 'vitest'
import { eventsOf, fakeClient } from '../support/fake-client.ts'

test('retry is told of what is tried again, and of nothing else', async () => {
  const { yak, cluster } = fakeClient({ partitions: 1 })
  const retries = eventsOf(yak, 'retry')
  const producer = yak.producer()
  await producer.send({ topic: 't', value: 0 })
  const answers = [
    { code: 'REQUEST_TIMED_OUT', isWritten: true },
    { code: 'DUPLICATE_SEQUENCE', isWritten: false },
  ] as const
  let count = 0
  cluster.onEntry = () => answers[count++]
  expect(await producer.send({ topic: 't', value: 1 })).toMatchObject({ offset: undefined })
  expect(retries.map(({ code }) => code)).toEqual(['REQUEST_TIMED_OUT'])
})
