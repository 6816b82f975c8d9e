import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { freePort } from '@yak/election/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { encodeReplicaFetchResponse } from '../../../src/replication/core/replica-frames.ts'
import { answeredByHeader, replicaFrameType, replicaLimits } from '../../../src/replication/transport/replica-http.ts'
import { announce, envelopeOf, fetchRequest, fetchResponse, promiseRequest } from './messages.ts'
import { ReplicaNode } from './replica-node.ts'
import type { ReplicaServerOptions } from './replica-server.ts'

const eventually = (actual: () => unknown) => expect.poll(actual)

function node(brokerId: string, peers: Readonly<Record<string, string>> = {}, leaseMs?: number): ReplicaNode {
  const made = new ReplicaNode(brokerId, peers, leaseMs)
  onTestFinished(() => made.close())
  return made
}

/** `a` has `b` as its peer; `b` listens. */
async function pair(
  options: Omit<ReplicaServerOptions, 'replicaInbox'> = {},
  leaseMs?: number,
): Promise<{
  a: ReplicaNode
  b: ReplicaNode
  url: string
}> {
  const b = node('b').attach()
  const url = await b.listen(options)
  return { a: node('a', { b: url }, leaseMs).attach(), b, url }
}

test('a peer says what it has of the settings that must be alike', async () => {
  const { a } = await pair()
  await eventually(() => [...a.groups]).toEqual([['b', 'yak']])
})

/** Anything that listens on a port. */
async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function tcpServer(onSocket: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    onSocket(socket)
  })
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return await listening(server)
}

async function httpServer(status: number, contentType: string, body: string): Promise<string> {
  const server = createHttpServer((_request, response) => {
    response.writeHead(status, { 'content-type': contentType }).end(body)
  })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return await listening(server)
}

describe('messages', () => {
  test('a promise request is answered with what the other core sends', async () => {
    const { a, b } = await pair()
    const answer = {
      type: 'promise-response' as const,
      ...envelopeOf('b'),
      requestId: 7,
      verdict: 'promised' as const,
      promisedEpoch: 1,
      isr: null,
      partitions: [],
      historyCuts: [],
      votesNeeded: 2,
      isLeaving: false,
    }
    b.onMessage = () => setImmediate(() => b.network.send('a', answer))
    a.network.send('b', promiseRequest('a', 7))
    await eventually(() => a.received).toEqual([answer])
    expect(b.received).toEqual([promiseRequest('a', 7)])
  })

  test('a fetch is answered with its batches, also when the core answers at once', async () => {
    const { a, b } = await pair()
    const batches = Buffer.alloc(5_000_000, 'batches')
    b.onMessage = () => b.network.send('a', fetchResponse('b', 3, batches))
    a.network.send('b', fetchRequest('a', 3))
    await eventually(() => a.received.length).toBe(1)
    const [answer] = a.received
    const [result] = answer?.type === 'fetch-response' ? answer.results : []
    expect(result?.type === 'batches' && Buffer.compare(result.batches, batches)).toBe(0)
  })

  test('a refused request comes back refused, and a refused answer goes out as a message', async () => {
    const { a, b } = await pair()
    const refused = { type: 'refused' as const, ...envelopeOf('b'), code: 'members' as const, reason: 'others' }
    b.onMessage = () => b.network.send('a', { ...refused, requestId: 3 })
    a.network.send('b', fetchRequest('a', 3))
    await eventually(() => a.received).toEqual([{ ...refused, requestId: 3 }])
    b.onMessage = () => {}
    a.network.send('b', { ...refused, ...envelopeOf('a'), requestId: 99 })
    await eventually(() => b.received.at(-1)).toMatchObject({ type: 'refused', requestId: 99 })
  })

  test('one-way messages arrive in their order', async () => {
    const { a, b } = await pair()
    for (let epoch = 1; epoch <= 40; epoch++) a.network.send('b', announce('a', epoch))
    const expected = Array.from({ length: 40 }, (_, index) => announce('a', index + 1))
    await eventually(() => b.received).toEqual(expected)
  })
})

describe('waiting', () => {
  test('a newer fetch ends the older, which nobody answers', async () => {
    const { a, b } = await pair()
    a.network.send('b', fetchRequest('a', 1, { maxWaitMs: 10_000 }))
    await eventually(() => b.received.length).toBe(1)
    b.onMessage = () => setImmediate(() => b.network.send('a', fetchResponse('b', 2)))
    a.network.send('b', fetchRequest('a', 2, { maxWaitMs: 10_000 }))
    await eventually(() => a.received).toEqual([fetchResponse('b', 2)])
    expect(a.unreachable).toEqual([1])
    // Too late: its exchange is over.
    b.network.send('a', fetchResponse('b', 1))
    expect(a.received).toEqual([fetchResponse('b', 2)])
  })

  test('of many fetches at once the newest is answered', async () => {
    const { a, b } = await pair()
    const count = 5 * replicaLimits.maxPipelined
    b.onMessage = (message) => {
      if (message.type === 'fetch-request' && message.requestId === count) {
        b.network.send('a', fetchResponse('b', message.requestId))
      }
    }
    for (let requestId = 1; requestId <= count; requestId++) {
      a.network.send('b', fetchRequest('a', requestId, { maxWaitMs: 10_000 }))
    }
    await eventually(() => a.received).toEqual([fetchResponse('b', count)])
    expect(b.received.length).toBeLessThanOrEqual(2 * replicaLimits.maxPipelined)
  })

  test('a request that the core never answers is given up', async () => {
    const { a, b } = await pair({}, 2_000)
    a.network.send('b', fetchRequest('a', 1, { maxWaitMs: 50 }))
    a.network.send('b', promiseRequest('a', 2))
    await eventually(() => a.unreachable.toSorted()).toEqual([1, 2])
    // It may have been a connection that leads nowhere: the next request takes another.
    b.onMessage = (message) => {
      if (message.type === 'fetch-request') b.network.send('a', fetchResponse('b', message.requestId))
    }
    a.network.send('b', fetchRequest('a', 3))
    await eventually(() => a.received).toEqual([fetchResponse('b', 3)])
  })

  test('asked again for its promise, a slow peer is not taken for one out of reach', async () => {
    const { a, b } = await pair()
    for (let requestId = 1; requestId <= 6; requestId++) a.network.send('b', promiseRequest('a', requestId))
    await eventually(() => b.received.length).toBe(6)
    expect(a.unreachable).toEqual([])
  })

  test('a peer that answers none of many promise requests is out of reach', async () => {
    const { a, b } = await pair({}, 60_000)
    const count = 4 * replicaLimits.maxPipelined
    for (let requestId = 1; requestId <= count; requestId++) a.network.send('b', promiseRequest('a', requestId))
    await eventually(() => a.unreachable.at(-1)).toBe(count)
    expect(b.received.length).toBeLessThanOrEqual(replicaLimits.maxPipelined)
  })

  test('a waiting fetch does not hold up a promise or an announcement', async () => {
    const { a, b } = await pair()
    a.network.send('b', fetchRequest('a', 1, { maxWaitMs: 600_000 }))
    a.network.send('b', promiseRequest('a', 2))
    a.network.send('b', announce('a', 3))
    await expect
      .poll(() => b.received.map(({ type }) => type).toSorted())
      .toEqual(['announce', 'fetch-request', 'promise-request'])
  })

  test('messages for a peer that takes none are bounded, and the newest are kept', async () => {
    let requests = ''
    const held: Socket[] = []
    const url = await tcpServer((socket) => {
      held.push(socket)
      socket.on('data', (data) => {
        requests += data
      })
    })
    const a = node('a', { b: url }, 20_000).attach()
    const messageCount = (): number => requests.split('POST /v1/replica/message ').length - 1
    // The probe waits in front of them on the same connection.
    await eventually(() => held.length).toBe(1)
    for (let epoch = 1; epoch <= 1_000; epoch++) a.network.send('b', announce('a', epoch))
    await eventually(messageCount).toBe(replicaLimits.maxPipelined - 1)
    held[0]!.write(`HTTP/1.1 204 No Content\r\n${answeredByHeader}: b\r\n\r\n`.repeat(replicaLimits.maxPipelined))
    await eventually(messageCount).toBe(2 * replicaLimits.maxPipelined - 1)
    expect(requests).not.toContain('"epoch":500,')
    expect(requests).toContain(`"epoch":${1_000 - replicaLimits.maxQueuedMessages + 1},`)
  })
})

describe('a peer that fails', () => {
  test('nobody listens: told at once', async () => {
    const a = node('a', { b: `http://127.0.0.1:${await freePort()}` }, 60_000).attach()
    a.network.send('b', fetchRequest('a', 1))
    a.network.send('b', promiseRequest('a', 2))
    a.network.send('b', announce('a', 1))
    await eventually(() => a.unreachable.toSorted()).toEqual([1, 2])
    expect([...a.network.problems]).toEqual([])
  })

  test('nobody listens for longer than a lease: a problem, until somebody does', async () => {
    const port = await freePort()
    const a = node('a', { b: `http://127.0.0.1:${port}` }, 200).attach()
    await expect.poll(() => a.network.problems.get('b')).toMatch(/^Broker b does not answer .*Start it/)
    const b = node('b').attach()
    await b.listen({ port })
    await eventually(() => a.network.problems.size).toBe(0)
    expect(a.problems).toEqual([expect.stringContaining('does not answer'), null])
  })

  test('a socket killed in the middle of an answer is noticed at once, and the next request finds a new one', async () => {
    const chunks = encodeReplicaFetchResponse(fetchResponse('b', 1, Buffer.alloc(3_000_000, 1)))
    const body = Buffer.concat(chunks)
    const head = `HTTP/1.1 200 OK\r\ncontent-type: ${replicaFrameType}\r\n${answeredByHeader}: b\r\ncontent-length: ${body.length}\r\n\r\n`
    let isWhole = false
    let fetchCount = 0
    const url = await tcpServer((socket) => {
      socket.on('data', (data) => {
        if (!data.includes('/v1/replica/fetch')) return
        fetchCount++
        socket.write(head)
        if (isWhole) socket.write(body)
        else socket.write(body.subarray(0, 2_000_000), () => socket.resetAndDestroy())
      })
    })
    const a = node('a', { b: url }, 60_000).attach()
    a.network.send('b', fetchRequest('a', 1))
    await eventually(() => a.unreachable).toEqual([1])
    isWhole = true
    a.network.send('b', fetchRequest('a', 1))
    await eventually(() => a.received.length).toBe(1)
    expect(fetchCount).toBe(2)
  })

  test('an answer takes as long as its bytes come, and is given up when they come no more', async () => {
    const answer = (requestId: number): Buffer => {
      const body = Buffer.concat(encodeReplicaFetchResponse(fetchResponse('b', requestId, Buffer.alloc(200_000, 1))))
      const head = `HTTP/1.1 200 OK\r\ncontent-type: ${replicaFrameType}\r\n${answeredByHeader}: b\r\ncontent-length: ${body.length}\r\n\r\n`
      return Buffer.concat([Buffer.from(head), body])
    }
    const partCount = 20
    let givenParts = partCount
    const url = await tcpServer((socket) => {
      socket.on('data', (data) => {
        if (!data.includes('/v1/replica/fetch')) return
        const bytes = answer(givenParts === partCount ? 1 : 2)
        let parts = 0
        const timer = setInterval(() => {
          const from = Math.floor((bytes.length * parts) / partCount)
          socket.write(bytes.subarray(from, Math.floor((bytes.length * ++parts) / partCount)))
          if (parts === givenParts) clearInterval(timer)
        }, 100)
        socket.once('close', () => clearInterval(timer))
      })
    })
    // It may be silent for 500 ms, and takes 2 s.
    const a = node('a', { b: url }, 2_000).attach()
    a.network.send('b', fetchRequest('a', 1, { maxWaitMs: 100 }))
    await eventually(() => a.received.length).toBe(1)
    expect(a.unreachable).toEqual([])
    expect(a.arriving.length).toBeGreaterThan(5)
    givenParts = partCount / 2
    a.network.send('b', fetchRequest('a', 2, { maxWaitMs: 100 }))
    await eventually(() => a.unreachable).toEqual([2])
    expect(a.received.length).toBe(1)
  })

  test('an answer larger than asked for is not taken in', async () => {
    const url = await tcpServer((socket) => {
      socket.on('data', () => {
        socket.write(`HTTP/1.1 200 OK\r\n${answeredByHeader}: b\r\ncontent-length: 4000000000\r\n\r\n`)
      })
    })
    const a = node('a', { b: url }).attach()
    a.network.send('b', fetchRequest('a', 1))
    await eventually(() => a.unreachable).toEqual([1])
    expect(a.network.problems.get('b')).toMatch(/--peers/)
  })
})

describe('a peer that is not the one it should be', () => {
  const mistakes: readonly [string, () => Promise<string>, RegExp][] = [
    ['a web server', () => httpServer(200, 'text/html', '<h1>It works!</h1>'), /no YAK broker .*HTTP 200, text\/html/],
    ['a path that is not there', () => httpServer(404, 'text/plain', 'no'), /no YAK broker .*HTTP 404/],
    ['no HTTP at all', () => tcpServer((socket) => socket.end('-ERR unknown command\r\n')), /does not speak HTTP/],
    ['another broker', () => node('c').attach().listen(), /broker c answers/],
    ['itself', () => node('a').attach().listen(), /leads to broker a, which is this one/],
  ]

  test.each(mistakes)('%s', async (_name, start, expected) => {
    const url = await start()
    const a = node('a', { b: url }).attach()
    await eventually(() => a.network.problems.get('b')).toMatch(expected)
    expect(a.network.problems.get('b')).toContain(url)
    expect(a.network.problems.get('b')).toContain('--peers')
    a.network.send('b', fetchRequest('a', 1))
    a.network.send('b', promiseRequest('a', 2))
    a.network.send('b', announce('a', 3))
    await eventually(() => a.unreachable.toSorted()).toEqual([1, 2])
    expect(a.received).toEqual([])
    // Told once, however often it is met.
    expect(a.problems.length).toBe(1)
  })

  test('what is meant for another broker is not handed to the core', async () => {
    const c = node('c').attach()
    const a = node('a', { b: await c.listen() }).attach()
    a.network.send('b', promiseRequest('a', 1))
    a.network.send('b', announce('a', 3))
    await eventually(() => a.unreachable).toEqual([1])
    expect(c.received).toEqual([])
  })

  test('a message that is not understood is told as it is', async () => {
    const body = JSON.stringify({ detail: 'replica fetch request is of version 2' })
    const server = createHttpServer((_request, response) => {
      const headers = { [answeredByHeader]: 'b', 'content-type': 'application/problem+json' }
      response.writeHead(400, { ...headers, 'content-length': body.length }).end(body)
    })
    onTestFinished(() => server.closeAllConnections())
    onTestFinished(() => void server.close())
    const a = node('a', { b: await listening(server) }).attach()
    a.network.send('b', fetchRequest('a', 1))
    await eventually(() => a.unreachable).toEqual([1])
    expect(a.network.problems.get('b')).toMatch(/of version 2.*same version/)
  })
})

describe('the routes', () => {
  const post = (url: string, path: string, body: string | Uint8Array, contentType: string): Promise<Response> =>
    fetch(`${url}/v1/replica/${path}`, {
      method: 'POST',
      body: body as string,
      headers: { 'content-type': contentType },
    })

  test('what is malformed is refused with its reason, and the core never sees it', async () => {
    const { b, url } = await pair()
    const wrong: readonly [string, string | Uint8Array, string, number, string][] = [
      ['promise', '{"type":', 'application/json', 400, 'INVALID_JSON'],
      ['promise', JSON.stringify(announce('a', 1)), 'application/json', 400, 'INVALID_REQUEST'],
      ['message', JSON.stringify({ ...announce('a', 1), epoch: -1 }), 'application/json', 400, 'INVALID_REQUEST'],
      ['fetch', new Uint8Array([1, 2, 3]), replicaFrameType, 400, 'MALFORMED_FRAME'],
      ['fetch', '{}', 'application/json', 415, 'UNSUPPORTED_MEDIA_TYPE'],
      ['promise', 'x', 'text/plain', 415, 'UNSUPPORTED_MEDIA_TYPE'],
      ['fetch', new Uint8Array(replicaLimits.maxFetchRequestBytes + 1), replicaFrameType, 413, 'BODY_TOO_LARGE'],
    ]
    for (const [path, body, contentType, status, code] of wrong) {
      const response = await post(url, path, body, contentType)
      expect(response.headers.get('content-type')).toContain('application/problem+json')
      expect(response.headers.get(answeredByHeader)).toBe('b')
      expect(await response.json()).toMatchObject({ code })
      expect(response.status).toBe(status)
    }
    expect(b.received).toEqual([])
  })

  test('are served when the broker takes no requests of clients, for want of memory or because it stops', async () => {
    const { a, b, url } = await pair({
      maxInFlightBytes: 0,
      assertServing: () => {
        throw new Error('stopping')
      },
    })
    const client = await fetch(`${url}/client`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    })
    expect(client.status).toBeGreaterThanOrEqual(500)
    b.onMessage = (message) => {
      if (message.type === 'fetch-request') b.network.send('a', fetchResponse('b', message.requestId))
    }
    a.network.send('b', fetchRequest('a', 1))
    a.network.send('b', announce('a', 2))
    await eventually(() => a.received).toEqual([fetchResponse('b', 1)])
    await eventually(() => b.received).toContainEqual(announce('a', 2))
  })

  test('tell a peer to try again before there is a core to ask', async () => {
    const b = node('b')
    const a = node('a', { b: await b.listen() }).attach()
    a.network.send('b', fetchRequest('a', 1))
    await eventually(() => a.unreachable).toEqual([1])
    expect([...a.network.problems]).toEqual([])
    b.attach()
    b.onMessage = () => b.network.send('a', fetchResponse('b', 2))
    a.network.send('b', fetchRequest('a', 2))
    await eventually(() => a.received).toEqual([fetchResponse('b', 2)])
  })

  test('closing ends what waits, on both sides, and nothing is heard afterwards', async () => {
    const { a, b } = await pair()
    a.network.send('b', fetchRequest('a', 1, { maxWaitMs: 30_000 }))
    await eventually(() => b.received.length).toBe(1)
    b.network.close()
    await eventually(() => a.unreachable).toEqual([1])
    a.network.send('b', fetchRequest('a', 2, { maxWaitMs: 30_000 }))
    a.network.close()
    a.network.send('b', fetchRequest('a', 3))
    await b.stopListening()
    expect(a.unreachable).toEqual([1])
    expect(a.received).toEqual([])
  })
})
