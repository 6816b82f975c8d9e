import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { Topics } from '../../src/topics/topics.ts'
import { call, runningBroker } from '../running-broker.ts'

const answerCount = 120

const settings = {
  maxInFlightBytes: 1_048_576,
  maxRequestBytes: 1_048_576,
  maxBatchBytes: 262_144,
  maxRecordBytes: 65_536,
}

test('large answers that are not taken yet are held up to a bound; those beyond are refused, and each is answered', async () => {
  const broker = await runningBroker(settings)
  const { hostname, port } = new URL(broker.url)
  const socket = connect(Number(port), hostname)
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  const ended = once(socket, 'end')
  const statuses = () => [...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status))
  let text = ''
  const request = 'GET /openapi.json HTTP/1.1\r\nhost: broker\r\n\r\n'
  const last = 'GET /health HTTP/1.1\r\nhost: broker\r\nconnection: close\r\n\r\n'
  socket.write(request.repeat(answerCount) + last)
  // What the system takes for a client that does not read is soon full.
  await expect.poll(() => refusedCount(broker)).toBeGreaterThan(0)
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  await ended
  expect(statuses()).toHaveLength(answerCount + 1)
  expect(new Set(statuses().slice(0, -1))).toEqual(new Set([200, 503]))
  expect(text).toContain('"code":"OVERLOADED"')
  expect(statuses().at(-1)).toBe(200)

  await expect.poll(async () => await heldBytes(broker)).toBe(0)
  expect((await call(broker, '/openapi.json')).status).toBe(200)
})

test('what many records are told is counted before they are written: what is refused is not there', async () => {
  const broker = await runningBroker(settings)
  const records = Array.from({ length: 10_000 }, () => ({ value: 1 }))
  const created = await call(broker, '/produce', { topic: 'small', records: records.slice(0, 1) })
  expect(created.status).toBe(200)
  // Their bodies fit all together; their answers, five times as large, do not.
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => call(broker, '/produce', { topic: 'small', records })),
  )
  const taken = answers.filter(({ status }) => status === 200)
  const refused = answers.filter(({ status }) => status !== 200)
  expect(taken.length).toBeGreaterThan(0)
  expect(refused.length).toBeGreaterThan(0)
  expect(new Set(refused.map(({ body }) => body.code))).toEqual(new Set(['OVERLOADED']))
  const { partitions } = (await call(broker, '/topics/small')).body
  const written = partitions.reduce(
    (sum: number, { highWatermark }: { highWatermark: number }) => sum + highWatermark,
    0,
  )
  expect(written).toBe(1 + taken.length * records.length)

  // With its answer it is more than there may be, and it has all of it to itself.
  const wide = Array.from({ length: 10_000 }, () => ({ value: 'x'.repeat(60) }))
  expect((await call(broker, '/produce', { topic: 'small', records: wide })).status).toBe(200)
})

test('one large answer is made in a turn, so that others are served between, and what is refused is not made', async () => {
  const broker = await runningBroker(settings)
  const partitions = 100
  for (let count = 0; count < 3; count++) await call(broker, '/topics', { name: `t${count}`, partitions })
  const { hostname, port } = new URL(broker.url)
  const sockets = Array.from({ length: 4 }, () => connect(Number(port), hostname))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
  })
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  const [modest, ...greedy] = sockets as [Socket, ...Socket[]]
  // From now on it is known to be large.
  const asked = await call(broker, '/topics')
  expect(JSON.stringify(asked.body).length).toBeGreaterThan(16_384)

  const made = vi.spyOn(Topics.prototype, 'list')
  onTestFinished(() => made.mockRestore())
  const askedCount = answerCount * greedy.length
  for (const socket of greedy) socket.write('GET /topics HTTP/1.1\r\nhost: broker\r\n\r\n'.repeat(answerCount))
  modest.write('GET /health HTTP/1.1\r\nhost: broker\r\n\r\n')
  await once(modest, 'data')
  expect(made.mock.calls.length).toBeLessThan(answerCount / 2)

  await expect.poll(() => refusedCount(broker)).toBeGreaterThan(0)
  const madeCount = made.mock.calls.length
  const texts = greedy.map(() => '')
  for (const [index, socket] of greedy.entries()) {
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      texts[index] += chunk
    })
  }
  const statuses = () =>
    texts.flatMap((text) => [...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, code]) => Number(code)))
  await expect.poll(() => statuses().length).toBe(askedCount)
  const taken = statuses().filter((status) => status === 200)
  expect(taken.length).toBeGreaterThan(0)
  expect(taken.length).toBeLessThan(askedCount)
  expect(madeCount).toBeLessThan(askedCount)
  await expect.poll(async () => await heldBytes(broker)).toBe(0)
})

test('what brokers ask each other is answered while clients hold all the memory there is for answers', async () => {
  const broker = await runningBroker(settings)
  for (let count = 0; count < 3; count++) await call(broker, '/topics', { name: `t${count}`, partitions: 100 })
  const sizeOf = async (path: string) => JSON.stringify((await call(broker, path)).body).length
  expect(await sizeOf('/topics/t0')).toBeLessThan(await sizeOf('/v1/broker-state'))
  const { hostname, port } = new URL(broker.url)
  const socket = connect(Number(port), hostname)
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  socket.write('GET /openapi.json HTTP/1.1\r\nhost: broker\r\n\r\n'.repeat(answerCount))
  // Smaller than what the brokers are told, so where it has no room that had none.
  socket.write('GET /topics/t0 HTTP/1.1\r\nhost: broker\r\n\r\n'.repeat(answerCount))
  await expect.poll(async () => (await call(broker, '/topics/t0')).status).toBe(503)

  const { status, body } = await call(broker, '/v1/broker-state')
  expect({ status, code: body.code }).toEqual({ status: 200, code: undefined })
  expect((await call(broker, '/topics/t0')).status, 'clients hold it still').toBe(503)
})

async function refusedCount(broker: { readonly url: string }): Promise<number> {
  return (await call(broker, '/v1/broker-state')).body.counters.refusedRequests
}

async function heldBytes(broker: { readonly url: string }): Promise<number> {
  const { metrics } = (await call(broker, '/metrics')).body
  return metrics.find(({ name }: { name: string }) => name === 'yak_answer_bytes_in_flight').value
}
