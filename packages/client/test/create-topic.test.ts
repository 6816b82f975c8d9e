import { expect, test } from 'vitest'
import { fakeClient } from './support/fake-client.ts'

test.each([
  [{ partitions: Number.POSITIVE_INFINITY }, '`partitions` is a number, not Infinity.'],
  [{ partitions: Number.NaN }, '`partitions` is a number, not NaN.'],
  [{ config: { retentionMs: Number.POSITIVE_INFINITY } }, '`retentionMs` is a number, not Infinity.'],
])('a topic with %o is a wrong argument, and nothing is sent', async (settings, message) => {
  const { yak, cluster } = fakeClient()
  const created = yak.admin().createTopic({ topic: 't', ...settings })
  await expect(created).rejects.toMatchObject({ name: 'TypeError', message })
  expect(cluster.requests).toEqual([])
})

test('a field that a topic does not have is refused: `partition` would leave the number to the broker', async () => {
  const { yak, cluster } = fakeClient()
  const wrong = { topic: 't', partition: 6 } as never
  await expect(yak.admin().createTopic(wrong)).rejects.toThrow(
    new TypeError('createTopic() has no option `partition`. It has: topic, partitions, config.'),
  )
  expect(cluster.requests).toEqual([])
})
