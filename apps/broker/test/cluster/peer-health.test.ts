import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { PeerHealth } from '../../src/cluster/peer-health.ts'
import { type Broker, startBroker } from '../../src/start-broker.ts'
import { startCluster } from '../../src/start-cluster.ts'
import { call } from '../running-broker.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const hourMs = 3_600_000

async function realBroker(id: string): Promise<string> {
  const broker = await startBroker({ id, port: 0, dataDir: await temporaryFolder(), logLevel: 'silent' })
  onTestFinished(() => broker.close())
  return broker.url
}

test('clocks an hour apart are told once, are a remark as long as they are, and then are not', async () => {
  let offsetMs = hourMs
  const told: string[] = []
  const urls = new Map([['2', await realBroker('2')]])
  const peers = new PeerHealth({
    urls,
    clusterId: () => '',
    clock: () => Date.now() + offsetMs,
    onClockRemark: (remark) => told.push(remark),
  })
  const look = async (): Promise<string[]> => {
    const before = performance.now()
    // Answers a moment old are given again.
    await expect.poll(() => performance.now() - before).toBeGreaterThan(110)
    await peers.states()
    return peers.clockRemarks()
  }
  const behind = /^The clock of broker 2 is 3\d{3} s behind this one's\. Nothing is lost by it, .*: set both by NTP\.$/
  expect(await look()).toEqual([expect.stringMatching(behind)])
  expect(await look()).toEqual([expect.stringMatching(behind)])
  expect(told).toEqual([expect.stringMatching(behind)])
  offsetMs = 0
  expect(await look()).toEqual([])
  offsetMs = -hourMs
  expect(await look()).toEqual([expect.stringContaining('ahead of this one')])
  expect(told).toHaveLength(2)
})

test('nobody is sent to a URL that leads to somebody else; a peer that is away keeps its URL', async () => {
  const server = createServer((_request, response) => response.end('<!doctype html>')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const three = await realBroker('3')
  const urls = new Map([
    ['2', three],
    ['3', three],
    ['4', `http://127.0.0.1:${port}`],
    ['5', 'http://127.0.0.1:9'],
  ])
  const peers = new PeerHealth({ urls, clusterId: () => '', clock: Date.now })
  await peers.states()
  expect(['2', '3', '4', '5'].map((id) => peers.urlOf(id))).toEqual([undefined, three, undefined, 'http://127.0.0.1:9'])
})

test('a broker of another cluster behind the URL of a peer is told in /health, is no member, and no client is sent there', async () => {
  await using cluster = await startCluster({ brokers: 2, settings: { leaseMs: 500 } })
  const [one, two] = cluster.brokers as [Broker, Broker]
  await expect.poll(async () => (await call(one, '/cluster')).body.brokers[1].alive).toBe(true)
  await cluster.stop('2')
  const port = Number(new URL(two.url).port)
  const settings = { id: '2', port, dataDir: await temporaryFolder(), logLevel: 'silent' } as const
  await using stranger = await startBroker(settings)
  await expect
    .poll(async () => {
      await call(one, '/cluster')
      return (await call(one, '/health')).body.reasons
    })
    .toContain(
      `Broker 1 belongs to cluster ${one.clusterId}, broker 2 to ${stranger.clusterId}. ` +
        'Correct --peers, or start the strange one with its own data folder.',
    )
  const { body } = await call(one, '/cluster')
  expect(body.brokers[1]).toEqual({ id: '2', url: two.url, role: null, alive: false, epoch: null })
  expect((await call(one, '/v1/metadata')).body.brokers).toEqual([{ id: '1', url: one.url }])
})
