import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { LIMITS } from '@yak/protocol'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { call, runningBroker } from '../running-broker.ts'
import { LiveClient } from './live-client.ts'

// Heartbeats come when the test says so; everything else is as it is.
beforeEach(() => vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }))
afterEach(() => vi.useRealTimers())

const beat = () => vi.advanceTimersByTime(LIMITS.liveHeartbeatMs)

async function inFlight(broker: { readonly url: string }): Promise<number> {
  const { body } = await call(broker, '/metrics')
  return body.metrics.find(({ name }: { name: string }) => name === 'yak_answer_bytes_in_flight').value
}

/** A client that speaks just enough to subscribe, and then reads nothing any more. */
async function deafClient(broker: { readonly url: string }, frame: object): Promise<Socket> {
  const socket = connect(Number(new URL(broker.url).port), '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => {})
  socket.write(
    'GET /v1/live HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n' +
      'sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  await once(socket, 'data')
  socket.pause()
  socket.write(maskedFrame(frame))
  return socket
}

/** A text frame with a length of two bytes, masked with zeros: RFC 6455, 5.2. */
function maskedFrame(frame: object): Buffer {
  const text = Buffer.from(JSON.stringify(frame).padEnd(126))
  const head = Buffer.from([0x81, 0x80 | 126, text.length >> 8, text.length & 0xff, 0, 0, 0, 0])
  return Buffer.concat([head, text])
}

test('a client that asks on and reads no answer is not heard until it does', async () => {
  const broker = await runningBroker()
  const socket = await deafClient(broker, { type: 'subscribe', id: 'j', channel: 'journal' })
  const frames = Buffer.concat(Array(1_000).fill(maskedFrame({ type: 'credit', id: 'gone', messages: 1 })))
  // More than the buffers of the system hold of them and of their answers.
  for (let round = 0; round < 300; round++) socket.write(frames)
  // As long as the broker takes some, it takes some while it answers others.
  let before = 0
  for (let quietRounds = 0; quietRounds < 50; quietRounds++) {
    await call(broker, '/health')
    if (socket.writableLength !== before) quietRounds = 0
    before = socket.writableLength
  }
  expect(socket.writableLength).toBeGreaterThan(0)
  socket.resume()
  await once(socket, 'drain')
})

test('a client that reads nothing holds little memory, and is cut when it answers no ping', async () => {
  const broker = await runningBroker()
  await call(broker, '/topics', { name: 'a', partitions: 1 })
  const value = 'x'.repeat(100_000)
  for (let round = 0; round < 5; round++) {
    const records = Array.from({ length: 50 }, () => ({ value, partition: 0 }))
    expect((await call(broker, '/produce', { topic: 'a', records })).status).toBe(200)
  }
  const credit = { messages: 1_000_000, bytes: 1_000_000_000 }
  const socket = await deafClient(broker, {
    type: 'subscribe',
    id: 'm',
    channel: 'messages',
    topic: 'a',
    from: 'earliest',
    credit,
  })
  await expect.poll(() => inFlight(broker)).toBeGreaterThan(0)
  expect(await inFlight(broker)).toBeLessThan(2 * LIMITS.liveFrameReadBytes)
  beat()
  beat()
  expect((await call(broker, '/v1/broker-state')).body.liveConnections).toBe(1)
  beat()
  await expect.poll(async () => (await call(broker, '/v1/broker-state')).body.liveConnections).toBe(0)
  await expect.poll(() => inFlight(broker)).toBe(0)
  socket.destroy()
})

test('a client that lives is kept for as long as it has a subscription, and a while longer', async () => {
  const broker = await runningBroker()
  const client = await LiveClient.open(broker)
  const beats = Math.ceil(LIMITS.liveIdleMs / LIMITS.liveHeartbeatMs)
  client.send({ type: 'subscribe', id: 'j', channel: 'journal' })
  await client.next('subscribed')
  for (let count = 0; count < 2 * beats; count++) {
    beat()
    // The socket answers the ping by itself, before the answer to this.
    await client.roundTrip()
  }
  expect(client.heartbeats).toBe(2 * beats)
  client.send({ type: 'unsubscribe', id: 'j' })
  await client.next('unsubscribed')
  for (let count = 0; count < beats - 1; count++) {
    beat()
    await client.roundTrip()
  }
  beat()
  expect((await client.closed).code).toBe(4000)
})
