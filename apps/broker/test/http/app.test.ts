import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { call, runningBroker, valuesOf } from '../running-broker.ts'

test('the broker says where clients reach it', async () => {
  const broker = await runningBroker({ advertise: 'http://broker-1.example:1234', id: 'b-1' })
  expect(broker.url).toBe('http://broker-1.example:1234')
})

test('topics are not made where that is switched off', async () => {
  const broker = await runningBroker({ autoCreateTopics: false })
  const refused = await call(broker, '/produce', { topic: 'a', value: 1 })
  expect(refused.body).toMatchObject({
    code: 'UNKNOWN_TOPIC',
    detail: 'There is no topic a. Create it with POST /topics.',
  })
  expect((await call(broker, '/v1/metadata?topics=a&create=true')).body.topics[0].error.code).toBe('UNKNOWN_TOPIC')
  expect((await call(broker, '/topics', { name: 'a' })).status).toBe(201)
  expect((await call(broker, '/produce', { topic: 'a', value: 1 })).status).toBe(200)
})

test('the number of partitions of a topic made by its first message is the configured one', async () => {
  const broker = await runningBroker({ defaultPartitions: 7 })
  await call(broker, '/produce', { topic: 'a', value: 1 })
  expect((await call(broker, '/topics/a')).body.partitions).toHaveLength(7)
})

test('however many small records come, no batch of theirs is larger than a batch may be', async () => {
  const broker = await runningBroker({ maxRecordBytes: 1_024, maxBatchBytes: 4_096 })
  await call(broker, '/topics', { name: 'a', partitions: 1 })
  const rows = Array.from({ length: 300 }, (_, index) => `${index}`.padStart(100, 'x'))
  const produced = await call(broker, '/produce', { topic: 'a', records: rows.map((value) => ({ value })) })
  expect(produced.body.results.map(({ offset }: { offset: number }) => offset)).toEqual([...rows.keys()])
  const sent = await call(broker, '/api/send_batch', { topic: 'a', rows: rows.map((row) => ({ row })) })
  expect(sent.body).toEqual({ sent: 300, failed: 0, unknown: 0, errors: [] })
  expect(await valuesOf(broker, 'a')).toEqual([...rows, ...rows.map((row) => ({ row }))])
})

test('a record that fills no batch by itself is refused by itself', async () => {
  const broker = await runningBroker({ maxRecordBytes: 4_096, maxBatchBytes: 4_096 })
  await call(broker, '/topics', { name: 'a', partitions: 1 })
  const tooLarge = { value: 'x'.repeat(4_094) }
  const { body } = await call(broker, '/produce', { topic: 'a', records: [{ value: 1 }, tooLarge, { value: 2 }] })
  expect(body.results).toMatchObject([
    { offset: 0 },
    { error: { code: 'BATCH_TOO_LARGE', outcome: 'not-written' } },
    { offset: 1 },
  ])
  expect(await valuesOf(broker, 'a')).toEqual([1, 2])
})

test('requests beyond what may be in flight are refused before their bodies are read', async () => {
  const limit = 1_048_576
  const broker = await runningBroker({
    maxRecordBytes: 1_024,
    maxBatchBytes: limit,
    maxRequestBytes: limit,
    maxInFlightBytes: limit,
  })
  const { connect } = await import('node:net')
  const port = Number(new URL(broker.url).port)
  const open = () => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(
      `POST /produce HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${limit}\r\n\r\n{`,
    )
    return socket
  }
  const holder = open()
  const inFlight = async () => {
    const { body } = await call(broker, '/metrics')
    return body.metrics.find(({ name }: { name: string }) => name === 'yak_request_bytes_in_flight').value
  }
  while ((await inFlight()) < limit) await new Promise(setImmediate)
  const refused = open()
  const answer = await new Promise<string>((resolve) =>
    refused.once('data', (chunk: Buffer) => resolve(chunk.toString())),
  )
  expect(answer).toMatch(/^HTTP\/1\.1 503 /)
  expect(answer.toLowerCase()).toContain('retry-after: 1')
  expect(answer).toContain('"code":"OVERLOADED"')
  holder.destroy()
  refused.destroy()
  while ((await inFlight()) > 0) await new Promise(setImmediate)
  expect((await call(broker, '/produce', { topic: 'a', value: 1 })).status).toBe(200)
})

test('a body that nobody would read at the path of uploads is refused by its head, however long it is', async () => {
  const broker = await runningBroker()
  const { hostname, port } = new URL(broker.url)
  const socket = connect(Number(port), hostname)
  onTestFinished(() => void socket.destroy())
  socket.write(
    'POST /api/upload HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 900000000000\r\n\r\n{',
  )
  const [answer] = await once(socket, 'data')
  expect(String(answer)).toMatch(/^HTTP\/1\.1 415 /)
})

test('a body that comes in chunks and finds no room is counted as refused, as any other', async () => {
  const limit = 1_048_576
  const sizes = { maxRecordBytes: 1_024, maxBatchBytes: 2_048, maxRequestBytes: limit, maxInFlightBytes: limit }
  const broker = await runningBroker(sizes)
  const metric = async (name: string) =>
    (await call(broker, '/metrics')).body.metrics.find((each: { name: string }) => each.name === name).value
  const { hostname, port } = new URL(broker.url)
  const holder = connect(Number(port), hostname)
  onTestFinished(() => void holder.destroy())
  const head = 'POST /produce HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n'
  holder.write(`${head}content-length: ${limit}\r\n\r\n{`)
  await expect.poll(() => metric('yak_request_bytes_in_flight')).toBe(limit)
  const chunked = connect(Number(port), hostname)
  onTestFinished(() => void chunked.destroy())
  chunked.write(`${head}transfer-encoding: chunked\r\n\r\n3e8\r\n${' '.repeat(1_000)}\r\n`)
  const [answer] = await once(chunked, 'data')
  expect(String(answer)).toContain('"code":"OVERLOADED"')
  expect(await metric('yak_requests_refused_total')).toBe(1)
})

test('a wait for records of a topic that is deleted meanwhile ends with that, and not with its offsets', async () => {
  const broker = await runningBroker()
  await call(broker, '/topics', { name: 'a', partitions: 1 })
  await call(broker, '/produce', { topic: 'a', value: 1 })
  const poll = call(broker, '/consume?topic=a&partition=0&offset=1&maxWaitMs=30000')
  const waiting = async () =>
    (await call(broker, '/metrics')).body.metrics.find(({ name }: { name: string }) => name === 'yak_waiting_fetches')
  await expect.poll(async () => (await waiting()).value).toBe(1)
  await call(broker, '/topics/a', undefined, 'DELETE')
  expect(await poll).toMatchObject({ status: 404, body: { code: 'UNKNOWN_TOPIC_ID' } })
})

test('JSON that would unpack to far more than it is, is refused unparsed', async () => {
  const broker = await runningBroker()
  const values = '{},'.repeat(1_500_000)
  const response = await fetch(`${broker.url}/produce`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `{"topic":"a","value":[${values}{}]}`,
  })
  expect(await response.json()).toMatchObject({ code: 'BODY_TOO_LARGE', status: 413 })
})

test('JSON with so many names that reading them would take seconds is refused unparsed', async () => {
  const broker = await runningBroker()
  const names = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, 1]))
  const tooMany = names(120_000)
  const forms: [string, (fields: object) => object][] = [
    ['/produce', (fields) => ({ topic: 'a', value: 1, ...fields })],
    ['/produce', (fields) => ({ topic: 'a', value: 1, headers: fields })],
    ['/api/send_batch', (fields) => ({ topic: 'a', rows: [fields] })],
    ['/api/subscribe', (fields) => ({ topic: 'a', partition: 0, ...fields })],
  ]
  for (const [path, body] of forms) {
    expect(await call(broker, path, body(tooMany)), path).toMatchObject({
      status: 413,
      body: { code: 'BODY_TOO_LARGE', detail: expect.stringContaining('more than 100000 different names') },
    })
  }
  const wide = Array.from({ length: 200 }, () => names(1_000))
  expect((await call(broker, '/produce', { topic: 'a', records: wide.map((value) => ({ value })) })).status).toBe(200)
})

test('large JSON is read one body in a turn, and what is behind it on its connection stays behind it', async () => {
  const broker = await runningBroker()
  await call(broker, '/topics', { name: 'a', partitions: 1 })
  const request = (value: unknown) => {
    const body = JSON.stringify({ topic: 'a', value })
    return `POST /produce HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
  }
  const offsets = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const socket = connect(Number(new URL(broker.url).port), '127.0.0.1')
      onTestFinished(() => void socket.destroy())
      let text = ''
      socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      const told = () => [...text.matchAll(/"offset":(\d+)/g)].map(([, offset]) => Number(offset))
      socket.write(request('x'.repeat(300_000)) + request('y') + request('z'.repeat(300_000)) + request('y'))
      await expect.poll(() => told().length, { timeout: 10_000 }).toBe(4)
      return told()
    }),
  )
  for (const own of offsets) expect(own).toEqual(own.toSorted((left, right) => left - right))
})
