import { expect, onTestFinished, test } from 'vitest'
import { DriverCluster, type DriverClusterOptions } from './driver-cluster.ts'

async function startCluster(options: DriverClusterOptions = {}): Promise<DriverCluster> {
  const cluster = new DriverCluster(options)
  onTestFinished(() => cluster.close())
  await cluster.start()
  await cluster.createTopic()
  return cluster
}

const highWatermark = (cluster: DriverCluster, id: string): number | undefined =>
  cluster
    .driver(id)
    .status()
    .partitions.find(({ key }) => key === cluster.topicKey)?.highWatermark

test('three brokers form a cluster over sockets, and the high watermark moves on all of them', async () => {
  const cluster = await startCluster()
  for (let index = 0; index < 20; index++) await cluster.produce(`${index}`)
  for (const id of cluster.brokerIds) await expect.poll(() => highWatermark(cluster, id), { timeout: 5_000 }).toBe(21)
  for (const { network } of cluster.running.values()) expect([...network.problems]).toEqual([])
  expect(cluster.fatal).toEqual([])
})

test('the loss of the leader is noticed by its broken sockets, and it comes back to the same log', async () => {
  const cluster = await startCluster()
  for (let index = 0; index < 10; index++) await cluster.produce(`before ${index}`)
  const lost = await cluster.leader()
  await cluster.kill(lost)
  for (let index = 0; index < 10; index++) await cluster.produce(`after ${index}`)
  expect(await cluster.leader()).not.toBe(lost)
  await cluster.startBroker(lost)
  await expect.poll(() => highWatermark(cluster, lost), { timeout: 10_000 }).toBe(21)
  expect(cluster.fatal).toEqual([])
})

test('a broker that was away fetches megabytes', async () => {
  const cluster = await startCluster()
  const [away] = await cluster.followers()
  await cluster.kill(away!)
  const value = 'x'.repeat(1_000_000)
  for (let index = 0; index < 12; index++) await cluster.produce(value)
  await cluster.startBroker(away!)
  await expect.poll(() => highWatermark(cluster, away!), { timeout: 10_000 }).toBe(13)
  const { bytes } = await cluster.driver(away!).log(cluster.topicKey)!.read({ offset: 0, maxBytes: 20_000_000 })
  expect(bytes.length).toBeGreaterThan(1_000_000)
  expect(cluster.fatal).toEqual([])
})

test('a leader that stops gracefully hands over', async () => {
  const cluster = await startCluster()
  const leader = await cluster.leader()
  const startedAtMs = performance.now()
  await cluster.driver(leader).stop()
  await cluster.kill(leader)
  await cluster.produce('after')
  expect(performance.now() - startedAtMs).toBeLessThan(2_000)
  expect(cluster.fatal).toEqual([])
})
