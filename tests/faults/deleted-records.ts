import { expect } from 'vitest'
import { FaultCluster } from './harness/fault-cluster.ts'

const topic = 'emptied'

/**
 * The records of a topic are deleted under load, and the leader is killed as soon as it has said so. Whoever leads then, and after
 * every broker was killed, nothing shows of what was acknowledged before, and nothing is gone of what was sent later.
 */
export async function deletedRecords(): Promise<void> {
  await using cluster = await FaultCluster.start()
  const client = cluster.client()
  const admin = client.admin()
  await admin.createTopic({ topic, partitions: 2 })
  const producer = client.producer()
  const send = (name: string, count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, index) =>
        producer.send({ topic, partition: index % 2, value: `${name}${index}` }),
      ),
    )
  for (let round = 0; round < 2; round++) {
    await send(`old-${round}-`, 200)
    const leader = await cluster.leader()
    const starts = await admin.deleteRecords(topic)
    await leader.kill()
    leader.start()
    const receipts = await send(`new-${round}-`, 20)
    for (const { partition, logStartOffset } of starts) {
      expect(
        Math.min(...receipts.filter((receipt) => receipt.partition === partition).map(({ offset }) => offset!)),
      ).toBe(logStartOffset)
    }
    expect(await values(cluster)).toEqual(expectedOf(round))
    await cluster.untilWhole()
  }
  for (const broker of cluster.brokers) await broker.kill()
  for (const broker of cluster.brokers) broker.start()
  await cluster.untilWhole()
  expect(await values(cluster)).toEqual(expectedOf(1))
}

const expectedOf = (round: number) => Array.from({ length: 20 }, (_, index) => `new-${round}-${index}`).toSorted()

async function values(cluster: FaultCluster): Promise<unknown[]> {
  const found: string[] = []
  const consumer = cluster.client().consumer<string>({ topics: [topic], from: 'earliest', follow: false })
  for await (const { value } of consumer) found.push(value)
  return found.toSorted()
}
