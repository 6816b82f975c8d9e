import { LIMITS } from '@yak/protocol'
import { expect, test } from 'vitest'
import { Topics } from '../../src/topics/topics.ts'

function topicsOnNoDisk(): Topics {
  const never = () => new Promise<never>(() => {})
  return new Topics({
    clock: () => 0,
    openPartition: never,
    removePartition: never,
    defaultPartitions: 3,
    assertConfig: () => {},
    autoCreate: true,
    onError: () => {},
  })
}

test('topics asked for at once count before they are there: no more partitions than a broker may hold', async () => {
  const topics = topicsOnNoDisk()
  const perTopic = LIMITS.maxPartitionsPerTopic
  const count = LIMITS.maxPartitions / perTopic
  const asked = Array.from({ length: count }, (_, index) => topics.create(`t${index}`, perTopic))
  const details = { topics: count, partitions: LIMITS.maxPartitions }
  const refused = expect.objectContaining({ code: 'TOPIC_LIMIT_REACHED', retriable: false, details })
  await Promise.all([
    expect(topics.create('one-more', 1)).rejects.toEqual(refused),
    expect(topics.getOrCreate('first-message')).rejects.toEqual(refused),
    Promise.allSettled(asked),
  ])
})
