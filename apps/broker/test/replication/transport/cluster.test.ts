import { createServer } from 'node:http'
import { freePort } from '@yak/election/testing'
import { expect, onTestFinished, test } from 'vitest'
import { CuttingProxy } from './cutting-proxy.ts'
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
  for (const id of cluster.brokerIds) await expect.poll(() => highWatermark(cluster, id)).toBeGreaterThanOrEqual(21)
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
  await expect.poll(() => highWatermark(cluster, lost)).toBeGreaterThanOrEqual(21)
  expect(cluster.fatal).toEqual([])
})

test('a broker that was away fetches megabytes', async () => {
  const cluster = await startCluster()
  const [away] = await cluster.followers()
  await cluster.kill(away!)
  const value = 'x'.repeat(1_000_000)
  for (let index = 0; index < 12; index++) await cluster.produce(value)
  await cluster.startBroker(away!)
  await expect.poll(() => highWatermark(cluster, away!)).toBeGreaterThanOrEqual(13)
  const isAlike = async () => (await cluster.bytes(away!)).equals(await cluster.bytes(await cluster.leader()))
  await expect.poll(isAlike).toBe(true)
  expect((await cluster.bytes(away!)).length).toBeGreaterThan(12_000_000)
  expect(cluster.fatal).toEqual([])
})

test('a leader that stops gracefully hands over, and nobody waits for its lease to lapse', async () => {
  const cluster = await startCluster({ leaseMs: 600_000, fetchWaitMs: 75 })
  const leader = await cluster.leader()
  await cluster.driver(leader).stop()
  await cluster.kill(leader)
  await cluster.produce('after')
  expect(cluster.fatal).toEqual([])
})

test('another program in the place of a broker is named, and the others go on', async () => {
  const cluster = await startCluster()
  const [replaced] = await cluster.followers()
  await cluster.kill(replaced!)
  const stranger = createServer((_request, response) => response.end('<h1>It works!</h1>'))
  await new Promise<void>((resolve) => stranger.listen(cluster.portOf(replaced!), '127.0.0.1', resolve))
  onTestFinished(() => void stranger.close())
  onTestFinished(() => stranger.closeAllConnections())
  await cluster.produce('with two')
  const { network } = cluster.running.get(await cluster.leader())!
  await expect.poll(() => network.problems.get(replaced!)).toMatch(/no YAK broker .*--peers/)

  stranger.closeAllConnections()
  await new Promise((resolve) => stranger.close(resolve))
  await cluster.startBroker(replaced!)
  await cluster.produce('with three')
  await expect.poll(() => highWatermark(cluster, replaced!)).toBe(3)
  await expect.poll(() => network.problems.size).toBe(0)
  expect(cluster.fatal).toEqual([])
})

test('connections cut in the middle of answers lose nothing', async () => {
  const brokerIds = ['a', 'b', 'c']
  const ports = new Map<string, number>()
  for (const id of brokerIds) ports.set(id, await freePort())
  const cluster = new DriverCluster({
    brokerIds,
    leaseMs: 1_500,
    urlOf: (id) => `http://127.0.0.1:${ports.get(id)}`,
  })
  onTestFinished(() => cluster.close())
  await cluster.start()
  const proxies: CuttingProxy[] = []
  for (const id of brokerIds) proxies.push(await CuttingProxy.listen(ports.get(id)!, cluster.portOf(id), 400_000))
  onTestFinished(() => {
    for (const proxy of proxies) proxy.close()
  })
  await cluster.createTopic()
  for (let index = 0; index < 40; index++) await cluster.produce(`${index} ${'x'.repeat(100_000)}`)
  const cutCount = proxies.reduce((sum, proxy) => sum + proxy.cutCount, 0)
  expect(cutCount).toBeGreaterThan(5)
  for (const proxy of proxies) proxy.stopCutting()

  const end = cluster.driver(await cluster.leader()).log(cluster.topicKey)!.logEndOffset
  for (const id of brokerIds) await expect.poll(() => highWatermark(cluster, id)).toBe(end)
  const [first, ...others] = await Promise.all(brokerIds.map((id) => cluster.bytes(id)))
  expect(first!.length).toBeGreaterThan(4_000_000)
  for (const bytes of others) expect(Buffer.compare(bytes, first!)).toBe(0)
  expect(cluster.fatal).toEqual([])
})
