import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createTransport } from '../../src/transport/fetch-transport.ts'

/** The browser's transport, in Node, which has the same fetch. */
async function connectTo(handle: RequestListener, maxResponseBytes = 1_000) {
  const server = createServer(handle).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => server.closeAllConnections())
  onTestFinished(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return createTransport().connect(url, { maxPipelined: 5, connectTimeoutMs: 20_000, maxResponseBytes })
}

const request = (path: string, timeoutMs = 20_000) =>
  ({ method: 'POST', path, timeoutMs, contentType: 'text/plain', body: [Buffer.from('a'), Buffer.from('b')] }) as const

describe('the fetch transport', () => {
  test('one request at a time, in order', async () => {
    const seen: string[] = []
    const connection = await connectTo(async (incoming, response) => {
      seen.push(`${incoming.url} ${Buffer.concat(await incoming.toArray())} ${incoming.headers['content-type']}`)
      const headers = { 'content-type': 'text/x', 'retry-after': '2' }
      setTimeout(() => response.writeHead(201, headers).end(incoming.url), 10)
    })
    expect(connection.maxPipelined).toBe(1)
    const answers = await Promise.all([connection.request(request('/a')), connection.request(request('/b'))])
    expect(seen).toEqual(['/a ab text/plain', '/b ab text/plain'])
    expect(answers[1]).toMatchObject({ status: 201, contentType: 'text/x', retryAfterSeconds: 2 })
    expect(Buffer.from(answers[1]!.body).toString()).toBe('/b')
  })

  test('a time that is no whole number of milliseconds, as what is left of a deadline never is', async () => {
    const silent = await connectTo(() => {})
    await expect(silent.request(request('/a', 20.25))).rejects.toMatchObject({ failure: 'timeout' })
  })

  test('a redirect is an answer, not a command', async () => {
    const connection = await connectTo((_incoming, response) => response.writeHead(307, { location: '/x' }).end('{}'))
    expect((await connection.request(request('/a'))).status).toBe(307)
  })

  test('a timeout, a break, too much, a close: each fails, counts as sent, and closes the connection', async () => {
    const silent = await connectTo(() => {})
    await expect(silent.request(request('/a', 50))).rejects.toMatchObject({ failure: 'timeout', sent: true })
    await expect(silent.request(request('/b'))).rejects.toMatchObject({ failure: 'closed', sent: false })
    const broken = await connectTo((incoming) => void incoming.socket.destroy())
    await expect(broken.request(request('/a'))).rejects.toMatchObject({ failure: 'lost', sent: true })
    const large = await connectTo((_incoming, response) => response.end('x'.repeat(2_000)))
    await expect(large.request(request('/a'))).rejects.toMatchObject({ failure: 'protocol', sent: true })
    const closed = await connectTo(() => closed.close())
    await expect(closed.request(request('/a'))).rejects.toMatchObject({ failure: 'closed', sent: true })
  })

  test('an answer without end, and without a length: no more of it is read than may be', async () => {
    const gone = Promise.withResolvers<void>()
    const endless = await connectTo((_incoming, response) => {
      response.on('close', gone.resolve)
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(400)));
      }
      response.on('drain', more)
      more()
    })
    await expect(endless.request(request('/a'))).rejects.toMatchObject({
      failure: 'protocol',
      sent: true,
      message: expect.stringContaining('more than the 1000 bytes'),
    })
    await gone.promise
    await expect(endless.request(request('/b'))).rejects.toMatchObject({ failure: 'closed', sent: false })
  })

  test('what is packed counts as it unpacks', async () => {
    const packed = gzipSync('x'.repeat(5_000))
    const connection = await connectTo((_incoming, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': packed.length }).end(packed)
    })
    await expect(connection.request(request('/a'))).rejects.toMatchObject({ failure: 'protocol' })
  })

  test('an answer in pieces, and one without a body', async () => {
    const connection = await connectTo(async ({ url }, response) => {
      if (url === '/none') return void response.writeHead(204).end()
      for (const piece of ['one ', 'two ', 'three']) {
        response.write(piece)
        await new Promise((resolve) => setImmediate(resolve))
      }
      response.end()
    })
    expect(Buffer.from((await connection.request(request('/a'))).body).toString()).toBe('one two three')
    expect((await connection.request(request('/none'))).body).toHaveLength(0)
  })
})
