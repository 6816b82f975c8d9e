import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { AnswerBudget } from '../../src/answer-budget.ts'
import { Subscriptions } from '../../src/pages/subscriptions.ts'
import { type Broker, startBroker } from '../../src/start-broker.ts'

let broker: Broker
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'yak-pages-'))
  broker = await startBroker({ port: 0, dataDir: folder, logLevel: 'silent', minFreeDiskBytes: 0 })
})
afterAll(async () => {
  await broker.close()
  await rm(folder, { recursive: true, force: true })
})

let topicCount = 0
const newTopic = () => `pages-${++topicCount}`

async function call(method: string, path: string, body?: unknown, url = broker.url) {
  const response = await fetch(`${url}${path}`, {
    method,
    ...(body === undefined
      ? {}
      : {
          headers: { 'content-type': 'application/json' },
          body: typeof body === 'string' ? body : JSON.stringify(body),
        }),
  })
  const text = await response.text()
  return { status: response.status, text, json: JSON.parse(text) }
}

async function upload(content: string | Buffer, fieldName = 'file', url = broker.url) {
  const form = new FormData()
  form.append(fieldName, new Blob([new Uint8Array(Buffer.from(content))]), 'metrics.csv')
  const response = await fetch(`${url}/api/upload`, { method: 'POST', body: form })
  return { status: response.status, json: (await response.json()) as Record<string, never> }
}

/** Every value of a topic, by partition and offset. */
async function valuesOf(topic: string): Promise<{ key: string | null; value: unknown; partition: number }[]> {
  const found = []
  for (let partition = 0; partition < 3; partition++) {
    const { json } = await call('GET', `/consume?topic=${topic}&partition=${partition}&limit=10000`)
    for (const { key, value } of json.records) found.push({ key, value, partition })
  }
  return found
}

describe('the producer page', () => {
  test('sends one message and says where it is', async () => {
    const topic = newTopic()
    const sent = await call('POST', '/api/send', { topic, key: 'web-1', value: { cpu: 0.7 } })
    expect(sent).toMatchObject({ status: 200, json: { topic, offset: 0, epoch: 64 } })
    expect(await valuesOf(topic)).toEqual([{ key: 'web-1', value: { cpu: 0.7 }, partition: sent.json.partition }])
  })

  test('names the leader and the topics', async () => {
    const topic = newTopic()
    await call('POST', '/topics', { name: topic, partitions: 2 })
    expect((await call('GET', '/api/leader')).json).toMatchObject({ leader: { url: broker.url }, epoch: 64 })
    expect((await call('GET', '/api/topics')).json.topics).toContainEqual({ name: topic, partitions: 2 })
  })

  test('takes a CSV, shows what is in it, and sends its rows in order', async () => {
    const topic = newTopic()
    const { status, json } = await upload(
      '﻿host,note,value\r\nweb-1,"a, ""b""\nc",9926554.0\r\nweb-2,,007\r\nweb-1,x,2\r\n',
    )
    expect(status).toBe(200)
    expect(json).toMatchObject({
      columns: ['host', 'note', 'value'],
      rowCount: 3,
      badRowCount: 0,
      preview: [
        { host: 'web-1', note: 'a, "b"\nc', value: '9926554.0' },
        { host: 'web-2', note: '', value: '007' },
        { host: 'web-1', note: 'x', value: '2' },
      ],
    })
    const sent = await call('POST', '/api/send_batch', { topic, uploadId: json.uploadId, keyField: 'host' })
    expect(sent.json).toEqual({ sent: 3, failed: 0, unknown: 0, errors: [] })
    const ofWeb1 = (await valuesOf(topic)).filter(({ key }) => key === 'web-1')
    expect(ofWeb1.map(({ value }) => (value as { value: string }).value)).toEqual(['9926554.0', '2'])
    expect(new Set(ofWeb1.map(({ partition }) => partition)).size).toBe(1)
  })

  test('reports each bad row and sends the others', async () => {
    const topic = newTopic()
    const { json } = await upload('host,value\na,1\nb\nc,3,4\n,5\nd,6\n')
    expect(json).toMatchObject({ rowCount: 3, badRowCount: 2 })
    const sent = await call('POST', '/api/send_batch', { topic, uploadId: json.uploadId, keyField: 'host' })
    expect(sent.json).toMatchObject({ sent: 2, failed: 3, unknown: 0 })
    expect(sent.json.errors.map(({ row, code, detail }: never) => `${row} ${code} ${detail}`)).toEqual([
      '2 CSV_ROW_INVALID Line 3: it has 1 field, the header names 2.',
      '3 CSV_ROW_INVALID Line 4: it has 3 fields, the header names 2.',
      '4 KEY_FIELD_NOT_FOUND Line 5: its key field "host" is empty.',
    ])
    expect((await valuesOf(topic)).map(({ key }) => key).sort()).toEqual(['a', 'd'])
  })

  test('sends rows as they were written, digit for digit', async () => {
    const topic = newTopic()
    const body = `{"topic":"${topic}","keyField":"id","rows":[{"id":12345678901234567890,"v":1.0},{"v":2},{"id":"x","v":3}]}`
    const sent = await call('POST', '/api/send_batch', body)
    expect(sent.json).toMatchObject({ sent: 2, failed: 1, errors: [{ row: 2, code: 'KEY_FIELD_NOT_FOUND' }] })
    const partitions = [0, 1, 2].map((partition) => call('GET', `/consume?topic=${topic}&partition=${partition}`))
    const text = (await Promise.all(partitions)).map((answer) => answer.text).join()
    expect(text).toContain('"key":"12345678901234567890","value":{"id":12345678901234567890,"v":1.0}')
  })

  test('says what is wrong with a form', async () => {
    expect(await upload('a\n1\n', 'document')).toMatchObject({ status: 400, json: { code: 'INVALID_REQUEST' } })
    expect(await call('POST', '/api/upload', { file: 'x' })).toMatchObject({ status: 415 })
    const produced = await fetch(`${broker.url}/produce`, { method: 'POST', body: new FormData() })
    expect(produced.status).toBe(415)
  })

  test('an upload cut off in the middle leaves nothing, and the broker serves on', async () => {
    const { hostname, port } = new URL(broker.url)
    const before = (await readdir(join(folder, 'uploads'))).length
    const socket = connect(Number(port), hostname)
    const head = '--b\r\ncontent-disposition: form-data; name="file"; filename="x.csv"\r\n\r\n'
    socket.write(
      `POST /api/upload HTTP/1.1\r\nhost: x\r\ncontent-type: multipart/form-data; boundary=b\r\ncontent-length: 5000\r\n\r\n${head}host,value\na,1\n`,
    )
    // The file is there once its first bytes are; only then is the connection cut.
    await expect.poll(async () => (await readdir(join(folder, 'uploads'))).length).toBe(before + 1)
    socket.destroy()
    await expect.poll(async () => (await readdir(join(folder, 'uploads'))).length).toBe(before)
    expect((await call('GET', '/health')).status).toBe(200)
  })

  test('an unknown upload or key field sends nothing, and makes no topic', async () => {
    const topic = newTopic()
    const { json } = await upload('host,value\na,1\n')
    expect(await call('POST', '/api/send_batch', { topic, uploadId: 'gone' })).toMatchObject({
      status: 404,
      json: { code: 'UPLOAD_NOT_FOUND' },
    })
    const wrongKey = await call('POST', '/api/send_batch', { topic, uploadId: json.uploadId, keyField: 'server' })
    expect(wrongKey).toMatchObject({ status: 400, json: { code: 'KEY_FIELD_NOT_FOUND' } })
    expect(wrongKey.json.detail).toContain('Its columns: host, value.')
    expect(await call('GET', `/topics/${topic}`)).toMatchObject({ status: 404, json: { code: 'UNKNOWN_TOPIC' } })
    const reserved = await call('POST', '/api/send_batch', { topic: '__x', uploadId: json.uploadId })
    expect(reserved).toMatchObject({ status: 400, json: { code: 'INVALID_TOPIC' } })
  })
})

describe('the consumer page', () => {
  test('gets each message once, from where it began', async () => {
    const topic = newTopic()
    await call('POST', '/topics', { name: topic, partitions: 1 })
    const send = (value: number) => call('POST', '/produce', { topic, value })
    await send(1)
    const earliest = (await call('POST', '/api/subscribe', { topic, partition: 0 })).json.id
    const latest = (await call('POST', '/api/subscribe', { topic, partition: 0, offset: 'latest' })).json.id
    await send(2)
    const messages = async (id: string) => (await call('GET', `/api/messages/${id}`)).json.messages
    expect(await messages(earliest)).toMatchObject([
      { offset: 0, topic, partition: 0, key: null, value: 1 },
      { offset: 1, value: 2 },
    ])
    expect(await messages(earliest)).toEqual([])
    expect(await messages(latest)).toMatchObject([{ offset: 1, value: 2 }])
    expect((await call('GET', '/api/subscriptions')).json.subscriptions).toContainEqual({
      id: earliest,
      topic,
      partition: 0,
      nextOffset: 2,
    })
    await call('DELETE', `/api/unsubscribe/${earliest}`)
    expect(await call('GET', `/api/messages/${earliest}`)).toMatchObject({
      status: 404,
      json: { code: 'SUBSCRIPTION_NOT_FOUND' },
    })
  })

  test('two calls at once share the messages and answer with none twice', async () => {
    const topic = newTopic()
    await call('POST', '/topics', { name: topic, partitions: 1 })
    await call('POST', '/produce', { topic, records: Array.from({ length: 900 }, (_, value) => ({ value })) })
    const { id } = (await call('POST', '/api/subscribe', { topic, partition: 0 })).json
    const answers = await Promise.all([1, 2, 3].map(() => call('GET', `/api/messages/${id}`)))
    const offsets = answers.flatMap(({ json }) => json.messages.map(({ offset }: { offset: number }) => offset))
    expect(offsets.sort((a, b) => a - b)).toEqual(Array.from({ length: 900 }, (_, offset) => offset))
  })

  test('keeps for the next call what a client that is gone has not taken', async () => {
    const topic = newTopic()
    await call('POST', '/topics', { name: topic, partitions: 1 })
    await call('POST', '/produce', { topic, value: 1 })
    const { id } = (await call('POST', '/api/subscribe', { topic, partition: 0 })).json
    const read = Promise.withResolvers<void>()
    const gone = Promise.withResolvers<void>()
    const { startReading } = AnswerBudget.prototype
    vi.spyOn(AnswerBudget.prototype, 'startReading').mockImplementationOnce(async function (this: AnswerBudget) {
      read.resolve()
      await gone.promise
      await startReading.call(this)
    })
    const connections = async () =>
      (await call('GET', '/metrics')).json.metrics.find(({ name }: { name: string }) => name === 'yak_connections')
        .value
    const before = await connections()
    const { hostname, port } = new URL(broker.url)
    const socket = connect(Number(port), hostname)
    socket.write(`GET /api/messages/${id} HTTP/1.1\r\nhost: x\r\n\r\n`)
    await read.promise
    socket.destroy()
    await expect.poll(connections).toBeLessThanOrEqual(before)
    gone.resolve()
    expect((await call('GET', `/api/messages/${id}`)).json.messages).toMatchObject([{ offset: 0, value: 1 }])
  })

  test('does not go on in a topic created again under the name', async () => {
    const topic = newTopic()
    await call('POST', '/topics', { name: topic })
    const { id } = (await call('POST', '/api/subscribe', { topic, partition: 0 })).json
    await call('DELETE', `/topics/${topic}`)
    expect(await call('GET', `/api/messages/${id}`)).toMatchObject({ json: { code: 'UNKNOWN_TOPIC' } })
    await call('POST', '/topics', { name: topic })
    expect(await call('GET', `/api/messages/${id}`)).toMatchObject({ json: { code: 'UNKNOWN_TOPIC_ID' } })
  })

  test.each([
    [{ topic: 'nowhere', partition: 0 }, 'UNKNOWN_TOPIC'],
    [{ topic: '../x', partition: 0 }, 'INVALID_TOPIC'],
    [{ topic: 'there', partition: 7 }, 'PARTITION_OUT_OF_RANGE'],
    [{ topic: 'there', partition: 0, offset: 99 }, 'OFFSET_OUT_OF_RANGE'],
    [{ topic: 'there', partition: 0, from: 1 }, 'INVALID_REQUEST'],
  ])('refuses %j with %s', async (body, code) => {
    await call('POST', '/topics', { name: 'there' })
    expect((await call('POST', '/api/subscribe', body)).json).toMatchObject({ code })
  })

  test('a clock that is set ends neither subscriptions nor uploads', async () => {
    const dataDir = join(folder, 'set-clock')
    let aheadMs = 0
    const other = await startBroker(
      { port: 0, dataDir, logLevel: 'silent', minFreeDiskBytes: 0 },
      { clock: () => Date.now() + aheadMs },
    )
    try {
      const topic = newTopic()
      await call('POST', '/topics', { name: topic }, other.url)
      const { id } = (await call('POST', '/api/subscribe', { topic, partition: 0 }, other.url)).json
      const { json } = await upload('host\nweb-1\n', 'file', other.url)
      aheadMs = 86_400_000
      expect(await call('GET', `/api/messages/${id}`, undefined, other.url)).toMatchObject({ status: 200 })
      const batch = { topic, uploadId: json.uploadId, keyField: 'host' }
      expect(await call('POST', '/api/send_batch', batch, other.url)).toMatchObject({ status: 200 })
    } finally {
      await other.close()
    }
  })

  test('subscriptions are bounded and end when nobody asks', async () => {
    let now = 0
    const subscriptions = new Subscriptions({ clock: () => now, maxSubscriptions: 2, expiryMs: 10 })
    const position = { topic: 't', topicId: 'i', partition: 0, nextOffset: 0 }
    const first = subscriptions.add(position)
    subscriptions.add(position)
    expect(() => subscriptions.add(position)).toThrow(/may hold no more/)
    now = 9
    await subscriptions.take(first.id, async () => {})
    now = 10
    expect(subscriptions.list().map(({ id }) => id)).toEqual([first.id])
  })
})
