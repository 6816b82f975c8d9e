import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { YakClient } from '../../src/yak-client.ts'
import { realBroker } from '../support/real-broker.ts'
import { sleep } from '../support/real-time.ts'

/** A port that takes connections and never says a word: a process that was stopped. */
async function silentPort(onConnection: () => void = () => {}): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    onConnection()
    sockets.add(socket)
    socket.on('error', () => {}).resume()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function closedPort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return `http://127.0.0.1:${port}`
}

test('real sockets that refuse or hang: the processor rests, and nothing is rejected unseen', async () => {
  const unhandled: unknown[] = []
  const note = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', note)
  onTestFinished(() => void process.off('unhandledRejection', note))
  const isAsked = Promise.withResolvers<void>()
  const yak = new YakClient({ brokers: [await closedPort(), await silentPort(isAsked.resolve), await closedPort()] })
  const producer = yak.producer()
  const sends = Array.from({ length: 200 }, (_, n) => producer.send({ topic: 't', value: n }).catch(({ code }) => code))
  const consumed = yak
    .consumer({ topics: ['t'] })
    [Symbol.asyncIterator]()
    .next()
    .catch(({ code }) => code)
  const listed = yak
    .admin()
    .listTopics()
    .catch(({ code }) => code)
  await isAsked.promise
  const usage = process.cpuUsage()
  const startMs = performance.now()
  // Not for something to happen: what share of a time the processor is at work takes a time to see.
  await sleep(2_500)
  const { user, system } = process.cpuUsage(usage)
  const share = (user + system) / 1_000 / (performance.now() - startMs)
  // A loop that spins takes the whole of a processor; this takes a few hundredths.
  expect(share).toBeLessThan(0.5)
  await yak.close()
  expect(new Set(await Promise.all(sends))).toEqual(new Set(['DELIVERY_ABANDONED']))
  expect(await consumed).toMatchObject({ done: true })
  expect(await listed).toBe('CLIENT_CLOSED')
  // Node tells of them when the promises of a turn have come to rest.
  await new Promise(setImmediate)
  expect(unhandled).toEqual([])
})

test('a silent address before a good one costs a moment, not a timeout', async () => {
  const broker = await realBroker({ defaultPartitions: 1 })
  const yak = new YakClient({
    brokers: [await silentPort(), broker.proxy.url],
    requestTimeoutMs: 120_000,
    connectTimeoutMs: 120_000,
  })
  onTestFinished(() => yak.close())
  expect((await yak.producer().send({ topic: 't', value: 1 })).offset).toBe(0)
  expect((await yak.admin().cluster()).brokers).toHaveLength(1)
})

test('a body larger than a real broker takes goes in parts', async () => {
  const broker = await realBroker({
    defaultPartitions: 8,
    maxRecordBytes: 32_768,
    maxBatchBytes: 65_536,
    maxRequestBytes: 65_536,
  })
  const yak = broker.client()
  const producer = yak.producer({ codec: 'string' })
  const sends = Array.from({ length: 2_000 }, (_, n) =>
    producer.send({ topic: 't', partition: n % 8, value: `${n}:${'x'.repeat(500)}` }),
  )
  await Promise.all(sends)
  const seen: number[][] = Array.from({ length: 8 }, () => [])
  for await (const { partition, value } of yak.consumer<string>({ topics: ['t'], codec: 'string', follow: false })) {
    seen[partition]!.push(Number.parseInt(value, 10))
  }
  for (const [partition, values] of seen.entries()) {
    expect(values).toEqual(Array.from({ length: 250 }, (_, n) => n * 8 + partition))
  }
})
