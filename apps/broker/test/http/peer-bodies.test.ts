import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { replicaLimits } from '../../src/replication/transport/replica-http.ts'
import { call, runningBroker } from '../running-broker.ts'

test('bodies of other brokers take their own memory, bounded, and none of what clients have', async () => {
  const broker = await runningBroker({ maxInFlightBytes: 33_554_432 })
  const { hostname, port } = new URL(broker.url)
  const almostWhole = Buffer.alloc(replicaLimits.maxJsonBytes - 1, ' ')
  const fitting = Math.floor(replicaLimits.maxBodyBytesAtOnce / almostWhole.length)
  let refused = 0
  const sockets = Array.from({ length: fitting + 4 }, () => {
    const socket = connect(Number(port), hostname)
    onTestFinished(() => void socket.destroy())
    socket.on('error', () => {})
    socket.on('data', (answer) => {
      if (answer.toString().includes('"code":"OVERLOADED"')) refused++
    })
    const length = replicaLimits.maxJsonBytes
    socket.write(
      `POST /v1/replica/promise HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`,
    )
    socket.write(almostWhole)
    return socket
  })
  await expect.poll(() => refused).toBeGreaterThanOrEqual(4)
  expect((await call(broker, '/produce', { topic: 'a', value: 1 })).status).toBe(200)

  for (const socket of sockets) socket.destroy()
  await Promise.all(sockets.map((socket) => socket.closed || once(socket, 'close')))
  // What they held is free again: what is wrong now is the message itself.
  await expect.poll(async () => (await call(broker, '/v1/replica/promise', {})).body.code).not.toBe('OVERLOADED')
})
