import { join } from 'node:path'
import { YakClient } from '@yak/client'
import { type Benchmark, type BenchmarkContext, median } from './benchmark.ts'
import { ClusterProcesses, startBroker } from './broker-process.ts'
import { clientMemory } from './memory.ts'
import { LoadProcess } from './paced/load-process.ts'
import { MESSAGES_PER_SECOND, percentileFigures, runSteadily } from './paced/steady.ts'

const VALUE_BYTES = 100
const PARTITIONS = 3
const GROUP = 1_000
/** Groups of sends not yet awaited: a program that sends in a loop and looks at every receipt. */
const GROUPS_UNDER_WAY = 50
const ROUNDS = 3
const BROKERS = 3

interface Sender {
  readonly client: YakClient
  readonly send: (count: number) => Promise<void>
}

async function senderTo(brokers: readonly string[]): Promise<Sender> {
  const client = new YakClient({ brokers: [...brokers] })
  await client.admin().createTopic({ topic: 'bench', partitions: PARTITIONS })
  const producer = client.producer({ codec: 'bytes' })
  const value = Buffer.alloc(VALUE_BYTES, 'x')
  const send = async (count: number): Promise<void> => {
    const groups: Promise<unknown>[] = []
    for (let sent = 0; sent < count; sent += GROUP) {
      const group = Array.from({ length: GROUP }, () => producer.send({ topic: 'bench', value }))
      groups.push(Promise.all(group))
      if (groups.length >= GROUPS_UNDER_WAY) await groups.shift()
    }
    await Promise.all(groups)
  }
  return { client, send }
}

async function rateOf(count: number, send: Sender['send']): Promise<number> {
  const start = performance.now()
  await send(count)
  return count / ((performance.now() - start) / 1_000)
}

/** One broker that syncs, and three that all sync: the same program, one round after the other. */
async function throughput({ scale, folder, report }: BenchmarkContext): Promise<void> {
  const messages = Math.max(30_000, Math.round((900_000 * scale) / GROUP) * GROUP)
  const cluster = await ClusterProcesses.start(join(folder, 'three'), BROKERS)
  const single = await startBroker(join(folder, 'one'))
  const [three, one] = [await senderTo(cluster.urls), await senderTo([single.url])]
  try {
    for (const { send } of [three, one]) await send(Math.max(GROUP * 20, messages / 10))
    const rates: { three: number[]; one: number[] } = { three: [], one: [] }
    for (let round = 0; round < ROUNDS; round++) {
      rates.three.push(await rateOf(messages, three.send))
      rates.one.push(await rateOf(messages, one.send))
    }
    report({
      name: `producer.send to ${BROKERS} brokers, ${VALUE_BYTES} B`,
      value: median(rates.three),
      unit: 'messages/s',
      limit: { name: 'one broker, same program', value: median(rates.one) },
      target: 150_000,
      settings: { valueBytes: VALUE_BYTES, partitions: PARTITIONS, messages, rounds: ROUNDS, minInsync: 2 },
    })
    const alone = { name: 'one broker', value: single.memory.peakMB }
    for (const [index, broker] of cluster.brokers.entries()) {
      const name = `memory of broker ${index + 1}, peak`
      report({ name, value: broker.memory.peakMB, unit: 'MB', limit: alone, target: 250 })
    }
    report(clientMemory(', throughput'))
  } finally {
    await Promise.all([three.client.close(), one.client.close()])
    await Promise.all([cluster.stop(), single.stop()])
  }
}

/** From when a message was due to the consumer's loop: three brokers, and then one. */
async function latency({ scale, folder, report }: BenchmarkContext): Promise<void> {
  const cluster = await ClusterProcesses.start(join(folder, 'latency-three'), BROKERS)
  const single = await startBroker(join(folder, 'latency-one'))
  try {
    const load = { kind: 'messages', topic: 'bench', valueBytes: VALUE_BYTES } as const
    const three = await LoadProcess.start({ ...load, urls: cluster.urls })
    const one = await LoadProcess.start({ ...load, urls: [single.url] })
    const seconds = await runSteadily(scale, three)
    await runSteadily(scale, one)
    const limit = { name: 'one broker', percentiles: (await one.percentiles('measured')).arrival }
    const settings = { valueBytes: VALUE_BYTES, perSecond: MESSAGES_PER_SECOND, seconds, brokers: BROKERS }
    const { arrival } = await three.percentiles('measured')
    const name = `due → consumer %, ${BROKERS} brokers`
    for (const figure of percentileFigures(name, arrival, limit, { 99: 8 }, settings)) report(figure)
    const alone = { name: 'one broker', value: one.peakMB }
    report({ name: 'client memory, peak, paced', value: three.peakMB, unit: 'MB', limit: alone })
    await three.stop()
    await one.stop()
  } finally {
    await cluster.stop()
    await single.stop()
  }
}

export const replication: Benchmark = {
  name: 'replication',
  describes: 'three brokers on this machine, every record on every disk before it is acknowledged',
  async run(context) {
    await throughput(context)
    await latency(context)
  },
}
