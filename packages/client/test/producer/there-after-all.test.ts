import { expect, test } from 'vitest'
import { fakeClient } from '../support/fake-client.ts'

test('a topic that is refused and there after all gets what is sent to it, and not the offsets of earlier records', async () => {
  const { yak, cluster } = fakeClient({ partitions: 1, createsTopics: false })
  const topic = cluster.createTopic('t')
  const producer = yak.producer()
  for (const value of [0, 1]) await producer.send({ topic: 't', value })
  cluster.topics.delete('t')
  await expect(producer.send({ topic: 't', value: 2 })).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' })
  cluster.topics.set('t', topic)
  expect(await producer.send({ topic: 't', value: 3 })).toMatchObject({ offset: 2 })
  expect(topic.partitions[0]!.endOffset).toBe(3)
})
