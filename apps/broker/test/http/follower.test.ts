import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { startCluster } from '../../src/index.ts'

/** The status of the answer and where it sends the client. */
async function redirected(url: string, target: string): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.write(`POST ${target} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`)
  let text = ''
  for await (const chunk of socket) text += chunk
  const [, status] = /^HTTP\/1\.1 (\d+)/.exec(text) ?? []
  const [, location] = /\r\nlocation: (\S+)/.exec(text) ?? []
  return `${status} ${location}`
}

test('a follower sends to the same path and query of the leader, also who names a whole URL', async () => {
  await using cluster = await startCluster({ brokers: 2 })
  const leader = await cluster.leader()
  const { url } = cluster.brokers.find((broker) => broker.url !== leader.url)!
  const paths = {
    '/produce': '/produce',
    '/v1/producer-ids?a=%2F&b=//c': '/v1/producer-ids?a=%2F&b=//c',
    'http://x:1/produce?a=http://b/c': '/produce?a=http://b/c',
    'HTTP://X/produce': '/produce',
  }
  for (const [asked, location] of Object.entries(paths)) {
    expect(await redirected(url, asked), asked).toBe(`307 ${leader.url}${location}`)
  }
  await expectRedirectsDocumented(url, leader.url)
})

interface OpenApiDocument {
  readonly paths: Record<string, Record<string, { readonly responses: Record<string, { readonly headers?: object }> }>>
}

/** The paths that send to the leader are those of which the document says so, in the words that it has for them. */
async function expectRedirectsDocumented(url: string, leaderUrl: string): Promise<void> {
  const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as OpenApiDocument
  const documented: string[] = []
  const sending: string[] = []
  for (const [template, operations] of Object.entries(paths)) {
    const path = template.replaceAll(/{.*?}/g, 'none')
    for (const [method, { responses }] of Object.entries(operations)) {
      const answer = await fetch(`${url}${path}`, { method: method.toUpperCase(), redirect: 'manual' })
      if (responses[307]?.headers !== undefined) documented.push(`${method} ${template}`)
      if (answer.status === 307) {
        sending.push(`${method} ${template}`)
        expect(answer.headers.get('location')).toBe(`${leaderUrl}${path}`)
        expect(answer.headers.get('content-type')).toContain('application/problem+json')
      }
      await answer.arrayBuffer()
    }
  }
  expect(documented).toEqual(sending)
  expect(sending.length).toBeGreaterThan(10)
}
