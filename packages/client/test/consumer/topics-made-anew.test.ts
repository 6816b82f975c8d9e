import { expect, test } from 'vitest'
import { fakeClient } from '../support/fake-client.ts'
import { fill, range, take } from '../support/reading.ts'

test('a topic that only a pattern asked for may be deleted and made anew between two looks', async () => {
  const { yak, cluster, clock } = fakeClient({ partitions: 1 })
  await fill(yak, 'a.1', 5)
  const events: string[] = []
  yak.on('topic-missing', ({ topic }) => events.push(`missing ${topic}`))
  yak.on('partitions-added', ({ topic }) => events.push(`added ${topic}`))
  const consumer = yak.consumer({ topics: [/^a\./], metadataRefreshMs: 50, maxWaitMs: 30 })
  expect(await take(consumer, 5)).toHaveLength(5)
  const received = take(consumer, 3)
  await clock.sleep(60)
  cluster.topics.delete('a.1')
  cluster.createTopic('a.1')
  await fill(yak, 'a.1', 3)
  expect((await received).map(({ offset }) => offset)).toEqual(range(3))
  expect(events).toEqual(['added a.1', 'missing a.1', 'added a.1'])
})

test('named besides, it is an error as for every name', async () => {
  const { yak, cluster, clock } = fakeClient({ partitions: 1 })
  await fill(yak, 'a.1', 1)
  const consumer = yak.consumer({ topics: [/^a\./, 'a.1'], metadataRefreshMs: 50, maxWaitMs: 30 })
  expect(await take(consumer, 1)).toHaveLength(1)
  const again = expect(take(consumer, 1)).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_ID' })
  await clock.sleep(60)
  cluster.topics.delete('a.1')
  cluster.createTopic('a.1')
  await again
})
