import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { TransportError, type TransportRequest } from '../../src/transport/transport.ts'
import { createTransport } from '../../src/transport/undici-transport.ts'

async function listen(server: Server | TcpServer): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const serve = (handle: (request: IncomingMessage, response: ServerResponse) => void) => listen(createServer(handle))

function serveTcp(handle: (socket: Socket) => void): Promise<string> {
  return listen(
    createTcpServer((socket) => {
      socket.on('error', () => {})
      handle(socket)
    }),
  )
}

function connect(url: string, options: Partial<Parameters<ReturnType<typeof createTransport>['connect']>[1]> = {}) {
  const connection = createTransport().connect(url, {
    maxPipelined: 5,
    connectTimeoutMs: 20_000,
    maxResponseBytes: 1_000_000,
    ...options,
  })
  onTestFinished(() => connection.close())
  return connection
}

const post = (path: string, text = path): TransportRequest => ({
  method: 'POST',
  path,
  body: [Buffer.from(text.slice(0, 1)), Buffer.from(text.slice(1))],
  contentType: 'text/plain',
  timeoutMs: 20_000,
})

const failureOf = (promise: Promise<unknown>): Promise<TransportError> =>
  promise.then(
    () => Promise.reject(new Error('It did not fail')),
    (error) => {
      expect(error).toBeInstanceOf(TransportError)
      return error
    },
  )

describe('pipelining', () => {
  test('all requests reach the broker before the first is answered, in order, on one connection', async () => {
    const waiting: ServerResponse[] = []
    const bodies: string[] = []
    const sockets = new Set<unknown>()
    const url = await serve(async (request, response) => {
      sockets.add(request.socket)
      waiting.push(response)
      bodies.push(Buffer.concat(await request.toArray()).toString())
      if (waiting.length === 5) for (const [index, each] of waiting.entries()) each.end(`answer ${index}`)
    })
    const connection = connect(url)
    const answers = await Promise.all(['/0', '/1', '/2', '/3', '/4'].map((path) => connection.request(post(path))))
    expect(bodies).toEqual(['/0', '/1', '/2', '/3', '/4'])
    expect(answers.map(({ body }) => Buffer.from(body).toString())).toEqual([0, 1, 2, 3, 4].map((n) => `answer ${n}`))
    expect(sockets.size).toBe(1)
  })

  test('a connection used again after a pause', async () => {
    const url = await serve((_request, response) => response.end('ok'))
    const connection = connect(url)
    await connection.request(post('/'))
    // The pause is what is tested.
    await pause(50)
    expect((await connection.request(post('/'))).status).toBe(200)
  })

  test('an idle connection that the other side closed is opened anew, unseen', async () => {
    const sockets: Socket[] = []
    const url = await serve((request, response) => {
      sockets.push(request.socket)
      response.end('ok')
    })
    const opened = new Promise<Socket>((resolve) => {
      const take = (message: unknown) => {
        unsubscribe('undici:client:connected', take)
        resolve((message as { socket: Socket }).socket)
      }
      subscribe('undici:client:connected', take)
    })
    const connection = connect(url)
    await connection.request(post('/'))
    const gone = once(sockets[0]!, 'close')
    const own = await opened
    // undici tells the socket why, as an error.
    const goneHere = new Promise((resolve) => own.once('close', resolve))
    sockets[0]!.destroy()
    await gone
    await goneHere
    expect((await connection.request(post('/'))).status).toBe(200)
    expect(sockets).toHaveLength(2)
  })
})

describe('failure', () => {
  test('nothing is ever sent again: when the connection breaks, all that is under way fails', async () => {
    const seen: string[] = []
    const url = await serve((request, response) => {
      seen.push(request.url!)
      if (request.url === '/0') response.end('ok')
      if (request.url === '/3') request.socket.destroy()
    })
    const connection = connect(url)
    const results = await Promise.allSettled(['/0', '/1', '/2', '/3'].map((path) => connection.request(post(path))))
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected'])
    for (const { reason } of results.slice(1) as PromiseRejectedResult[]) {
      expect(reason).toMatchObject({ failure: 'lost', sent: true })
    }
    // What was sent again, at once, would be there before what is sent now over a connection that is opened for it.
    await connect(url).request(post('/0'))
    expect(seen).toEqual(['/0', '/1', '/2', '/3', '/0'])
    expect(connection.closed).toBe(true)
    expect(await failureOf(connection.request(post('/later')))).toMatchObject({ failure: 'closed', sent: false })
  })

  test('an answer that ends the connection fails those behind it', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/0') response.setHeader('connection', 'close').end('last')
    })
    const connection = connect(url)
    const [first, second] = await Promise.allSettled([connection.request(post('/0')), connection.request(post('/1'))])
    expect(first.status).toBe('fulfilled')
    expect(second).toMatchObject({ reason: { failure: 'lost', sent: true } })
  })

  test('nobody listens: not a byte was sent', async () => {
    const server = createTcpServer()
    const url = await listen(server)
    server.close()
    const connection = connect(url)
    const errors = await Promise.all([
      failureOf(connection.request(post('/a'))),
      failureOf(connection.request(post('/b'))),
    ])
    for (const error of errors) expect(error).toMatchObject({ failure: 'connect', sent: false })
    expect(errors[0]!.message).toContain(url)
  })

  test('a silent broker: all fail after the time of the first', async () => {
    const url = await serve(() => {})
    const connection = connect(url)
    const first = failureOf(connection.request({ ...post('/a'), timeoutMs: 100 }))
    const second = failureOf(connection.request({ ...post('/b'), timeoutMs: 600_000 }))
    expect(await first).toMatchObject({ failure: 'timeout', sent: true })
    expect(await second).toMatchObject({ failure: 'timeout', sent: true })
  })

  test('an address that takes no connection', async () => {
    // A TLS handshake that never ends is a connection that never opens.
    const url = await serveTcp(() => {})
    const connection = connect(url.replace('http:', 'https:'), { connectTimeoutMs: 100 })
    expect(await failureOf(connection.request(post('/')))).toMatchObject({ failure: 'connect', sent: false })
  })

  test('what answers does not speak HTTP', async () => {
    const url = await serveTcp((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'))
    const error = await failureOf(connect(url).request(post('/')))
    expect(['protocol', 'lost']).toContain(error.failure)
  })

  test('what answers a request does not speak HTTP', async () => {
    const url = await serveTcp((socket) => socket.once('data', () => socket.end('-ERR unknown command\r\n')))
    expect(await failureOf(connect(url).request(post('/')))).toMatchObject({
      failure: 'protocol',
      message: expect.stringContaining('does not answer in HTTP'),
    })
  })

  test('an answer cut off in the middle', async () => {
    const url = await serveTcp((socket) =>
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf', () => socket.destroy())
      }),
    )
    expect(await failureOf(connect(url).request(post('/')))).toMatchObject({ failure: 'lost', sent: true })
  })

  test.each(['announced', 'streamed'])('an answer larger than allowed, %s, is not read into memory', async (kind) => {
    const url = await serve((_request, response) => {
      if (kind === 'announced') response.setHeader('content-length', 10_000_000)
      for (let part = 0; part < 100; part++) response.write(Buffer.alloc(100_000))
      response.end()
    })
    const error = await failureOf(connect(url).request(post('/')))
    expect(error).toMatchObject({ failure: 'protocol' })
  })

  test('close fails what is under way, and nothing else happens', async () => {
    const arrived = Promise.withResolvers<void>()
    const connection = connect(await serve(() => arrived.resolve()))
    const failure = failureOf(connection.request(post('/')))
    await arrived.promise
    connection.close()
    connection.close()
    expect(await failure).toMatchObject({ failure: 'closed', sent: true })
  })
})

describe('answers', () => {
  test('status, content type, body in one piece, retry-after', async () => {
    const url = await serve((request, response) => {
      response.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '3' })
      if (request.url === '/chunked') {
        response.write('{"a":')
        setTimeout(() => response.end('1}'), 10)
      } else {
        response.end(Buffer.alloc(300_000, 'x'))
      }
    })
    const connection = connect(url)
    const chunked = await connection.request(post('/chunked'))
    expect(chunked).toMatchObject({ status: 503, contentType: 'application/problem+json', retryAfterSeconds: 3 })
    expect(Buffer.from(chunked.body).toString()).toBe('{"a":1}')
    expect((await connection.request(post('/large'))).body).toHaveLength(300_000)
  })

  test('an empty body, sent and received', async () => {
    const url = await serve((_request, response) => response.writeHead(204).end())
    const answer = await connect(url).request({ method: 'DELETE', path: '/x', timeoutMs: 20_000 })
    expect([answer.status, answer.body.length]).toEqual([204, 0])
  })
})

test('what TLS says of a port without TLS stands in one line', async () => {
  const url = await serveTcp((socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')))
  const failure = await failureOf(connect(url.replace('http:', 'https:')).request(post('/a')))
  expect(failure.failure).toBe('connect')
  expect(failure.message).toMatch(/ cannot be reached: TLS: wrong version number\.$/)
})
