import { request } from 'node:http'
import { freePort } from '@yak/election/testing'
import { LIMITS } from '@yak/protocol'
import { expect, onTestFinished, test, vi } from 'vitest'
import { Journal } from '../../src/journal/journal.ts'
import { call, runningBroker } from '../running-broker.ts'
import { LiveClient } from './live-client.ts'

/** The status of an upgrade with these headers: 101 when it is granted. */
function upgradeStatus(url: string, headers: Readonly<Record<string, string>>, path = '/v1/live'): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(`${url}${path}`, {
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        ...headers,
      },
    })
    asked.on('upgrade', (response, socket) => {
      socket.destroy()
      resolve(response.statusCode!)
    })
    asked.on('response', (response) => {
      response.resume()
      resolve(response.statusCode!)
    })
    asked.on('error', reject)
    asked.end()
  })
}

test('only pages of the cluster, and programs, may connect', async () => {
  const port = await freePort()
  await runningBroker({ port, advertise: 'https://yak.example' })
  const url = `http://127.0.0.1:${port}`
  expect(await upgradeStatus(url, {})).toBe(101)
  expect(await upgradeStatus(url, { origin: url })).toBe(101)
  expect(await upgradeStatus(url, { origin: 'https://yak.example' })).toBe(101)
  for (const origin of ['http://evil.example', `http://127.0.0.1:${port + 1}`, 'null', 'https://yak.example.evil']) {
    expect(await upgradeStatus(url, { origin }), origin).toBe(403)
  }
})

test('hello says who it is and what it takes', async () => {
  const broker = await runningBroker({ id: 'b-1' })
  const socket = new WebSocket(`${broker.url.replace(/^http/, 'ws')}/v1/live`)
  const client = new LiveClient(socket)
  expect(await client.next('hello')).toMatchObject({
    brokerId: 'b-1',
    clusterId: broker.clusterId,
    heartbeatMs: LIMITS.liveHeartbeatMs,
    limits: { maxSubscriptions: LIMITS.maxLiveSubscriptions, maxFrameBytes: LIMITS.maxLiveFrameBytes },
  })
  client.close()
})

test('a frame that breaks a rule is answered with why, and too many of them end the connection', async () => {
  const broker = await runningBroker()
  const client = await LiveClient.open(broker)
  const refusals: [string | Uint8Array<ArrayBuffer>, string][] = [
    ['{', 'INVALID_JSON'],
    ['['.repeat(LIMITS.maxLiveFrameBytes), 'INVALID_JSON'],
    ['[]', 'INVALID_REQUEST'],
    ['{"type":"nothing"}', 'INVALID_REQUEST'],
    ['{"type":"subscribe","id":"a","channel":"weather"}', 'INVALID_REQUEST'],
    ['{"type":"subscribe","id":"","channel":"cluster"}', 'INVALID_REQUEST'],
    ['{"type":"subscribe","id":"a","channel":"messages"}', 'INVALID_REQUEST'],
    ['{"type":"subscribe","id":"a","channel":"messages","topic":"t","credit":{"messages":-1}}', 'INVALID_REQUEST'],
    ['{"type":"subscribe","id":"a","channel":"messages","topic":"t","from":{"x":1}}', 'INVALID_REQUEST'],
    ['{"type":"credit","id":"nobody","messages":1}', 'SUBSCRIPTION_NOT_FOUND'],
    [new Uint8Array([1, 2, 3]), 'INVALID_REQUEST'],
  ]
  for (const [text, code] of refusals) {
    client.sendText(text)
    const error = await client.next('error')
    expect(error.code, String(text).slice(0, 80)).toBe(code)
    expect(error).not.toHaveProperty('id')
  }
  client.sendText('{"type":"ping",\n "echo":yes}')
  expect((await client.next('error')).detail).toMatch(
    /^The frame can not be read as JSON at line 2, column 9: .+ Send valid JSON\.$/s,
  )
  for (let count = 0; count < LIMITS.maxLiveFaults; count++) client.sendText('{')
  expect((await client.closed).code).toBe(1008)
})

test('a frame is told which field is wrong, with its value and what is allowed, and which stands there twice', async () => {
  const broker = await runningBroker()
  const client = await LiveClient.open(broker)
  const advice = 'give a whole number, earliest, latest or an ISO time such as 2026-01-31T10:00:00Z'
  const subscribe = '"type":"subscribe","id":"a","channel":"messages","topic":"t"'
  const refusals = [
    [`{${subscribe},"from":"yesterday"}`, `is wrong: from: "yesterday" is no offset: ${advice}.`],
    [`{${subscribe},"from":{"2":true}}`, `is wrong: from.2: ${advice}, not true.`],
    [`{${subscribe},"from":1,"from":"latest"}`, 'has the field "from" twice in one object.'],
    [`{${subscribe},"from":{"0":1,"0":2}}`, 'has the field "0" twice in one object.'],
    ['{"type":"ping","type":"subscribe"}', 'has the field "type" twice in one object.'],
    [`{"type":"ping","echo":1,${'['.repeat(20_000)}}`, 'can not be read as JSON'],
    [
      `{"type":"ping","echo":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
      'echo: give a number or a string, not a list',
    ],
  ]
  for (const [text, told] of refusals) {
    client.sendText(text!)
    expect((await client.next('error')).detail).toContain(told)
  }
  // Once in each of two objects is not twice.
  client.sendText(
    '{"type":"subscribe","id":"m","channel":"messages","topic":"none","credit":{"messages":1},"from":{"0":1}}',
  )
  expect(await client.next('error')).toMatchObject({ id: 'm', code: 'UNKNOWN_TOPIC' })
})

test('an id stands for one subscription at a time, and there are only so many', async () => {
  const broker = await runningBroker()
  const client = await LiveClient.open(broker)
  client.send({ type: 'subscribe', id: 'a', channel: 'cluster' })
  await client.next('subscribed')
  client.send({ type: 'subscribe', id: 'a', channel: 'cluster' })
  expect(await client.next('error')).toMatchObject({ code: 'INVALID_REQUEST', details: { id: 'a' } })
  client.send({ type: 'unsubscribe', id: 'a' })
  expect(await client.next('unsubscribed')).toEqual({ type: 'unsubscribed', id: 'a' })
  for (let index = 0; index < LIMITS.maxLiveSubscriptions; index++) {
    client.send({ type: 'subscribe', id: `s${index}`, channel: 'journal' })
    await client.next('subscribed')
  }
  client.send({ type: 'subscribe', id: 'one-more', channel: 'journal' })
  expect(await client.next('error')).toMatchObject({ id: 'one-more', code: 'SUBSCRIPTION_LIMIT_REACHED' })
  client.send({ type: 'unsubscribe', id: 's0' })
  await client.next('unsubscribed')
  client.send({ type: 'subscribe', id: 'one-more', channel: 'journal' })
  expect(await client.next('subscribed')).toMatchObject({ id: 'one-more' })
})

test('a subscription to the journal of a broker that is none begins nothing', async () => {
  const broker = await runningBroker()
  const client = await LiveClient.open(broker)
  const onEntry = vi.spyOn(Journal.prototype, 'onEntry')
  onTestFinished(() => onEntry.mockRestore())
  client.send({ type: 'subscribe', id: 'j', channel: 'journal', brokers: ['9'] })
  expect(await client.next('error', 'j')).toMatchObject({ code: 'INVALID_REQUEST' })
  expect(onEntry, 'whoever listens would listen for ever').not.toHaveBeenCalled()
})

test('a frame that is too large closes the connection with its own code', async () => {
  const client = await LiveClient.open(await runningBroker())
  client.sendText('x'.repeat(LIMITS.maxLiveFrameBytes + 1))
  expect((await client.closed).code).toBe(1009)
})

test('a broker that stops says so at once, and is not kept from stopping', async () => {
  const broker = await runningBroker({ shutdownTimeoutMs: 600_000 })
  const client = await LiveClient.open(broker)
  client.send({ type: 'subscribe', id: 'c', channel: 'cluster' })
  client.send({ type: 'subscribe', id: 'j', channel: 'journal', brokers: 'all' })
  await client.next('subscribed', 'j')
  const closing = broker.close()
  expect((await client.closed).code).toBe(1001)
  await closing
})

test('a plain request to the channel, and an upgrade anywhere else, are ordinary requests', async () => {
  const broker = await runningBroker()
  expect(await call(broker, '/v1/live')).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } })
  expect(await upgradeStatus(broker.url, {}, '/health')).toBe(200)
  expect(await upgradeStatus(broker.url, { upgrade: 'h2c' }, '/health')).toBe(200)
})

test('connections that are gone are not counted any more', async () => {
  const broker = await runningBroker()
  const liveConnections = async () => (await call(broker, '/v1/broker-state')).body.liveConnections
  const client = await LiveClient.open(broker)
  expect(await liveConnections()).toBe(1)
  client.close()
  await client.closed
  await expect.poll(liveConnections).toBe(0)
  expect(
    (await call(broker, '/metrics')).body.metrics.find(
      ({ name }: { name: string }) => name === 'yak_answer_bytes_in_flight',
    ).value,
  ).toBe(0)
})
