import { decodeFetchResponse, decodeProduceResponse, encodeFetchRequest } from '@yak/protocol'
import { beforeEach, describe, expect, test } from 'vitest'
import { batchOf, fetchFrame, frameContentType, produce, produceFrame } from './frames.ts'
import { call, createTopic, endOffsets } from './http-json.ts'
import { problemCode, type RawAnswer, RawConnection, rawRequest } from './raw-connection.ts'
import { newTopicName, useTarget } from './target.ts'

const target = useTarget()
let topic = ''
let topicId = ''

beforeEach(async () => {
  topic = newTopicName()
  topicId = (await createTopic(target, topic, 1)).id
})

function produceRequest(value: string): Buffer {
  const frame = produceFrame([{ topicId, partition: 0, batch: batchOf([value]) }])
  return rawRequest('POST', '/v1/produce', { 'content-type': frameContentType, 'content-length': frame.length }, frame)
}

function baseOffset(answer: RawAnswer | undefined): number {
  expect(answer?.status).toBe(200)
  return decodeProduceResponse(answer!.body).results[0]!.baseOffset
}

async function isAlive(): Promise<void> {
  expect((await call(target, '/health')).status).toBe(200)
}

describe('requests pipelined on one connection', () => {
  test('are taken and answered in their order', async () => {
    const connection = await RawConnection.open(target)
    const requests = Array.from({ length: 60 }, (_, index) => produceRequest(`v${index}`))
    connection.write(Buffer.concat(requests))
    for (let index = 0; index < 60; index++) expect(baseOffset(await connection.answer())).toBe(index)
    const { body } = await call(target, `/consume?topic=${topic}&partition=0`)
    expect(body.records.map(({ value }: { value: string }) => value)).toEqual(requests.map((_, index) => `v${index}`))
    connection.destroy()
  })

  test('whatever pieces they arrive in', async () => {
    const connection = await RawConnection.open(target)
    const bytes = Buffer.concat(Array.from({ length: 20 }, (_, index) => produceRequest(`v${index}`)))
    for (let position = 0; position < bytes.length; position += 37)
      connection.write(bytes.subarray(position, position + 37))
    for (let index = 0; index < 20; index++) expect(baseOffset(await connection.answer())).toBe(index)
    connection.destroy()
  })

  test('a bad request between two good ones harms neither', async () => {
    const connection = await RawConnection.open(target)
    const bad = rawRequest('POST', '/produce', { 'content-type': 'application/json', 'content-length': 4 }, 'nope')
    const unknown = rawRequest('GET', '/nothing', {})
    connection.write(Buffer.concat([produceRequest('a'), bad, produceRequest('b'), unknown, produceRequest('c')]))
    expect(baseOffset(await connection.answer())).toBe(0)
    expect(problemCode(await connection.answer())).toBe('INVALID_JSON')
    expect(baseOffset(await connection.answer())).toBe(1)
    expect(problemCode(await connection.answer())).toBe('NOT_FOUND')
    expect(baseOffset(await connection.answer())).toBe(2)
    connection.destroy()
  })

  test('garbage behind good ones is answered last, and then the connection ends', async () => {
    const connection = await RawConnection.open(target)
    connection.write(
      Buffer.concat([produceRequest('a'), produceRequest('b'), Buffer.from('\x16\x03\x01 garbage\r\n\r\n')]),
    )
    expect(baseOffset(await connection.answer())).toBe(0)
    expect(baseOffset(await connection.answer())).toBe(1)
    expect(problemCode(await connection.answer())).toBe('INVALID_REQUEST')
    expect(await connection.answer()).toBeUndefined()
    await connection.ended()
  })

  test('a produce behind a long-poll is appended at once', async () => {
    const connection = await RawConnection.open(target)
    const fetch = Buffer.from(fetchFrame([{ topicId }], { maxWaitMs: 30_000 }))
    connection.write(
      rawRequest('POST', '/v1/fetch', { 'content-type': frameContentType, 'content-length': fetch.length }, fetch),
    )
    connection.write(produceRequest('wakes the poll before it'))
    const fetched = decodeFetchResponse((await connection.answer())!.body)
    expect(fetched.results).toHaveLength(1)
    expect(baseOffset(await connection.answer())).toBe(0)
    connection.destroy()
  })

  test('more than the connection may have under way are refused, and then cut off', async () => {
    const connection = await RawConnection.open(target)
    const frame = Buffer.from(fetchFrame([{ topicId }], { maxWaitMs: 2_000 }))
    const fetch = rawRequest(
      'POST',
      '/v1/fetch',
      { 'content-type': frameContentType, 'content-length': frame.length },
      frame,
    )
    connection.write(Buffer.concat(Array.from({ length: 140 }, () => fetch)))
    await produce(target, [{ topicId, partition: 0, batch: batchOf(['wake']) }])
    const codes: (string | number)[] = []
    for (let count = 0; count < 140; count++) {
      const answer = await connection.answer()
      if (answer === undefined) break
      codes.push(answer.status === 200 ? 200 : problemCode(answer)!)
      if (answer.status === 429) expect(answer.headers['retry-after']).toBe('1')
    }
    expect(codes.filter((code) => code === 200)).toHaveLength(128)
    expect(codes.filter((code) => code === 'TOO_MANY_REQUESTS')).toHaveLength(12)
    connection.destroy()

    const flood = await RawConnection.open(target)
    const quiet = Buffer.from(fetchFrame([{ topicId, fetchOffset: 1 }], { maxWaitMs: 30_000 }))
    const waiting = rawRequest(
      'POST',
      '/v1/fetch',
      { 'content-type': frameContentType, 'content-length': quiet.length },
      quiet,
    )
    flood.write(Buffer.concat(Array.from({ length: 1_000 }, () => waiting)))
    await flood.ended()
    await isAlive()
  })
})

describe('a body that is not what it says', () => {
  const head = (length: number | string, type = 'application/json') =>
    rawRequest('POST', '/produce', { 'content-type': type, 'content-length': length })

  test('cut off by the end of the connection', async () => {
    const connection = await RawConnection.open(target)
    connection.write(Buffer.concat([head(1_000), Buffer.from(`{"topic":"${topic}","value":`)]))
    connection.end()
    expect(problemCode(await connection.answer())).toBe('BODY_INCOMPLETE')
    await connection.ended()
    expect(await endOffsets(target, topic)).toEqual([0])
  })

  test('cut off by a reset', async () => {
    const connection = await RawConnection.open(target)
    connection.write(Buffer.concat([head(1_000), Buffer.from(`{"topic":"${topic}"`)]))
    connection.destroy()
    await isAlive()
    expect(await endOffsets(target, topic)).toEqual([0])
  })

  test('a good request before a body cut off keeps its answer', async () => {
    const connection = await RawConnection.open(target)
    connection.write(Buffer.concat([produceRequest('kept'), head(1_000), Buffer.from('{')]))
    connection.end()
    expect(baseOffset(await connection.answer())).toBe(0)
    expect(problemCode(await connection.answer())).toBe('BODY_INCOMPLETE')
  })

  test.skipIf(process.env.YAK_CONFORMANCE_URL !== undefined)('that never comes is bounded in time', async () => {
    const connection = await RawConnection.open(target)
    connection.write(Buffer.concat([head(100), Buffer.from('{"topic"')]))
    expect(problemCode(await connection.answer())).toBe('BODY_INCOMPLETE')
    await connection.ended()
  })

  test.skipIf(process.env.YAK_CONFORMANCE_URL !== undefined)('headers that never end are bounded in time', async () => {
    const connection = await RawConnection.open(target)
    connection.write('GET /health HTTP/1.1\r\nhost: x\r\nx-slow: ')
    const trickle = setInterval(() => connection.write('a'), 50)
    expect(problemCode(await connection.answer())).toBe('BODY_INCOMPLETE')
    clearInterval(trickle)
    await connection.ended()
  })

  test.skipIf(process.env.YAK_CONFORMANCE_URL !== undefined)('a connection that says nothing is closed', async () => {
    const connection = await RawConnection.open(target)
    await connection.ended()
  })

  test('shorter than it says it is: what follows is not taken for a request', async () => {
    const connection = await RawConnection.open(target)
    const body = `{"topic":"${topic}","value":1}`
    connection.write(Buffer.concat([head(body.length - 3), Buffer.from(body)]))
    expect(problemCode(await connection.answer())).toBe('INVALID_JSON')
    expect(problemCode(await connection.answer())).toBe('INVALID_REQUEST')
    await connection.ended()
    expect(await endOffsets(target, topic)).toEqual([0])
  })

  test.each(['-1', '1e3', '12abc', '99999999999999999999', ' '])('content-length: %s', async (length) => {
    const connection = await RawConnection.open(target)
    connection.write(Buffer.concat([head(length), Buffer.from('{}')]))
    const answer = await connection.answer()
    expect(answer!.status).toBeGreaterThanOrEqual(400)
    expect(['INVALID_REQUEST', 'INVALID_JSON', 'BODY_TOO_LARGE']).toContain(problemCode(answer))
    connection.destroy()
    await isAlive()
  })

  test('announced larger than allowed is refused before it is sent', async () => {
    const connection = await RawConnection.open(target)
    connection.write(head(100_000_000_000))
    const answer = await connection.answer()
    expect(answer!.status).toBe(413)
    expect(problemCode(answer)).toBe('BODY_TOO_LARGE')
    await connection.ended()
  })

  test('a client that asks first is told before it sends', async () => {
    const refused = await RawConnection.open(target)
    const expectHead = (length: number) =>
      rawRequest('POST', '/produce', {
        'content-type': 'application/json',
        'content-length': length,
        expect: '100-continue',
      })
    refused.write(expectHead(100_000_000))
    expect((await refused.answer())!.status).toBe(413)
    refused.destroy()

    const welcome = await RawConnection.open(target)
    const body = `{"topic":"${topic}","value":1}`
    welcome.write(expectHead(body.length))
    expect((await welcome.answer())!.status).toBe(100)
    welcome.write(body)
    expect((await welcome.answer())!.status).toBe(200)
    welcome.destroy()
  })

  test('chunks without end are refused at the limit', async () => {
    const connection = await RawConnection.open(target)
    connection.write(
      rawRequest('POST', '/produce', { 'content-type': 'application/json', 'transfer-encoding': 'chunked' }),
    )
    const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65_536, 0x20), Buffer.from('\r\n')])
    let isAnswered = false
    const answered = connection.answer().then((answer) => {
      isAnswered = true
      return answer
    })
    while (!isAnswered) {
      connection.write(chunk)
      await new Promise(setImmediate)
    }
    expect(problemCode(await answered)).toBe('BODY_TOO_LARGE')
    await connection.ended()
  })

  test('chunks that come to an end are a body like any other', async () => {
    const connection = await RawConnection.open(target)
    connection.write(
      rawRequest('POST', '/produce', { 'content-type': 'application/json', 'transfer-encoding': 'chunked' }),
    )
    for (const part of [`{"topic":"${topic}",`, '"value":', '1}'])
      connection.write(`${part.length.toString(16)}\r\n${part}\r\n`)
    connection.write('0\r\n\r\n')
    expect((await connection.answer())!.status).toBe(200)
    connection.destroy()
  })

  test('a length and chunks at once, which proxies may read in two ways', async () => {
    const connection = await RawConnection.open(target)
    const headers = { 'content-type': 'application/json', 'content-length': 5, 'transfer-encoding': 'chunked' }
    connection.write(rawRequest('POST', '/produce', headers, '0\r\n\r\n'))
    expect(problemCode(await connection.answer())).toBe('INVALID_REQUEST')
    await connection.ended()
  })
})

describe('bytes that are no request', () => {
  test.each([
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.0\r\n'],
    ['an unknown version', 'GET / HTTP/9.9\r\n\r\n'],
    ['no method', '/ HTTP/1.1\r\n\r\n'],
    ['a header without a name', 'GET / HTTP/1.1\r\nhost: x\r\n: x\r\n\r\n'],
  ])('%s', async (_name, bytes) => {
    const connection = await RawConnection.open(target)
    connection.write(bytes)
    expect(problemCode(await connection.answer())).toBe('INVALID_REQUEST')
    await connection.ended()
    await isAlive()
  })

  test('headers larger than allowed', async () => {
    const connection = await RawConnection.open(target)
    connection.write(rawRequest('GET', '/health', { 'x-large': 'a'.repeat(40_000) }))
    expect(problemCode(await connection.answer())).toBe('INVALID_REQUEST')
    await connection.ended()
  })
})

describe('a client that goes', () => {
  test.skipIf(process.env.YAK_CONFORMANCE_URL !== undefined)(
    'or stops reading gives back what its answers hold',
    async () => {
      for (let count = 0; count < 5; count++) {
        await produce(target, [
          { topicId, partition: 0, batch: batchOf(Array.from({ length: 50 }, () => 'x'.repeat(5_000))) },
        ])
      }
      const heldBytes = async () => {
        const { body } = await call(target, '/metrics')
        return body.metrics.find(({ name }: { name: string }) => name === 'yak_answer_bytes_in_flight').value
      }
      const frame = Buffer.from(fetchFrame([{ topicId }]))
      const fetch = rawRequest(
        'POST',
        '/v1/fetch',
        { 'content-type': frameContentType, 'content-length': frame.length },
        frame,
      )
      const connection = await RawConnection.open(target)
      connection.pause()
      connection.write(Buffer.concat(Array.from({ length: 60 }, () => fetch)))
      await expect.poll(heldBytes).toBeGreaterThan(1_000_000)
      await expect.poll(heldBytes).toBe(0)
      connection.destroy()
    },
  )

  test('frees its long-poll at once', async () => {
    const waiting = async () => {
      const { body } = await call(target, '/metrics')
      return body.metrics.find(({ name }: { name: string }) => name === 'yak_waiting_fetches').value
    }
    const before = await waiting()
    const frame = encodeFetchRequest({
      maxWaitMs: 30_000,
      minBytes: 1,
      maxBytes: 1_000,
      entries: [{ topicId, partition: 0, leaderEpoch: -1, fetchOffset: 0, maxBytes: 1_000 }],
    })
    const connections = await Promise.all(Array.from({ length: 10 }, () => RawConnection.open(target)))
    for (const connection of connections) {
      connection.write(
        rawRequest('POST', '/v1/fetch', { 'content-type': frameContentType, 'content-length': frame.length }, frame),
      )
    }
    await expect.poll(waiting).toBe(before + 10)
    for (const [index, connection] of connections.entries()) {
      if (index % 2 === 0) connection.destroy()
      else connection.end()
    }
    await expect.poll(waiting).toBe(before)
  })
})
