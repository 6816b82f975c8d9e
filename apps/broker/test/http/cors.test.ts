import { encodeFetchRequest } from '@yak/protocol'
import { expect, test } from 'vitest'
import { startCluster } from '../../src/index.ts'
import { runningBroker } from '../running-broker.ts'

test('a page of one broker may read the answers of another, refusals too; other pages may not', async () => {
  await using cluster = await startCluster({ brokers: 2 })
  const [first, second] = cluster.brokers as [(typeof cluster.brokers)[0], (typeof cluster.brokers)[0]]
  const ask = (path: string, origin: string, init: RequestInit = {}) =>
    fetch(`${second.url}${path}`, { ...init, redirect: 'manual', headers: { ...init.headers, origin } })
  const read = await ask('/health', first.url)
  expect(read.headers.get('access-control-allow-origin')).toBe(first.url)
  expect(read.headers.get('access-control-expose-headers')).toContain('retry-after')
  expect(read.headers.get('vary')).toContain('origin')
  const refused = await ask('/topics/none', first.url)
  expect(refused.status).toBeGreaterThanOrEqual(300)
  expect(refused.headers.get('access-control-allow-origin')).toBe(first.url)
  // Written past Fastify's own way of answering.
  const { url: leaderUrl } = await cluster.leader()
  const otherUrl = leaderUrl === first.url ? second.url : first.url
  const topicId = '00000000-0000-4000-8000-000000000000'
  const entry = { topicId, partition: 0, leaderEpoch: -1, fetchOffset: 0, maxBytes: 1_000 }
  const frame = encodeFetchRequest({ maxWaitMs: 0, minBytes: 1, maxBytes: 1_000, entries: [entry] })
  const fetched = await fetch(`${leaderUrl}/v1/fetch`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.yak.v1', origin: otherUrl },
    body: Buffer.from(frame),
  })
  expect([fetched.status, fetched.headers.get('access-control-allow-origin')]).toEqual([200, otherUrl])
  const preflight = await ask('/produce', first.url, {
    method: 'OPTIONS',
    headers: { 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
  })
  expect(preflight.status).toBe(204)
  expect(preflight.headers.get('access-control-allow-origin')).toBe(first.url)
  expect(preflight.headers.get('access-control-allow-methods')).toBe('GET, POST, DELETE')
  expect(preflight.headers.get('access-control-allow-headers')).toContain('content-type')
  for (const origin of ['http://evil.example', 'null', `${first.url}.evil.example`]) {
    const foreign = await ask('/health', origin)
    expect(foreign.status).toBe(200)
    expect(foreign.headers.get('access-control-allow-origin'), origin).toBeNull()
    const foreignPreflight = await ask('/produce', origin, {
      method: 'OPTIONS',
      headers: { 'access-control-request-method': 'POST' },
    })
    expect(foreignPreflight.headers.get('access-control-allow-origin')).toBeNull()
    expect(foreignPreflight.headers.get('access-control-allow-methods')).toBeNull()
  }
})

test('a page opened at localhost may talk to every member of this machine, and to no other port of it', async () => {
  await using cluster = await startCluster({ brokers: 2 })
  const [first, second] = cluster.urls as [string, string]
  const { port } = new URL(first)
  for (const origin of [`http://localhost:${port}`, `http://[::1]:${port}`]) {
    const read = await fetch(`${second}/health`, { headers: { origin } })
    expect(read.headers.get('access-control-allow-origin')).toBe(origin)
  }
  for (const origin of ['http://localhost', 'http://localhost:9', `https://localhost:${port}`, `http://host:${port}`]) {
    const foreign = await fetch(`${second}/health`, { headers: { origin } })
    expect(foreign.headers.get('access-control-allow-origin'), origin).toBeNull()
  }
})

test('a client without an origin is answered without a word about it', async () => {
  const broker = await runningBroker()
  const response = await fetch(`${broker.url}/health`)
  expect(response.headers.get('access-control-allow-origin')).toBeNull()
})
