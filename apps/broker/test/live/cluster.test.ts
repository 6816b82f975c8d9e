import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { freePort } from '@yak/election/testing'
import { LIMITS } from '@yak/protocol'
import type { LiveClusterData, LiveJournalData, LiveMessagesData } from '@yak/protocol/schemas'
import { brokerStateSchema, clusterResponseSchema, journalResponseSchema } from '@yak/protocol/schemas'
import { expect, onTestFinished, test } from 'vitest'
import { type Broker, type Cluster, startCluster } from '../../src/index.ts'
import { call, runningBroker } from '../running-broker.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { LiveClient } from './live-client.ts'

const plenty = { messages: 100_000, bytes: 100_000_000 }
const settings = { leaseMs: 500 }

/** Frames of a subscription until one is as wanted. */
async function until<Frame>(client: LiveClient, id: string, isWanted: (frame: Frame) => boolean): Promise<Frame> {
  while (true) {
    const frame = (await client.next('data', id)) as Frame
    if (isWanted(frame)) return frame
  }
}

async function follower(cluster: Cluster): Promise<Broker> {
  const leader = await cluster.leader()
  return cluster.brokers.find(({ id }) => id !== leader.id)!
}

async function produce(cluster: Cluster, topic: string, values: readonly unknown[]): Promise<void> {
  const leader = await cluster.leader()
  const { status, body } = await call(leader, '/produce', {
    topic,
    records: values.map((value) => ({ value, partition: 0 })),
  })
  expect(status, JSON.stringify(body)).toBe(200)
}

test('a broker tells its own state as the schema says', async () => {
  const broker = await runningBroker()
  await call(broker, '/produce', { topic: 'a', records: [{ value: 1, partition: 0 }] })
  const state = brokerStateSchema.parse((await call(broker, '/v1/broker-state')).body)
  expect(state).toMatchObject({ brokerId: '1', role: 'leader', url: broker.url, isr: ['1'], partitionCount: 3 })
  expect(state.counters).toMatchObject({ recordsIn: 1 })
  expect(state.rssBytes).toBeGreaterThan(10_000_000)
  expect(state.startedAt).toBeLessThanOrEqual(state.asOf)
  expect(state.partitions[0]).toMatchObject({
    topic: 'a',
    partition: 0,
    logEndOffset: 1,
    highWatermark: 1,
    error: null,
  })
  expect(state.journalSeq).toBeGreaterThan(0)
})

test('any broker tells of all: the numbers of each in its own words, topics as they change', async () => {
  await using cluster = await startCluster({ settings })
  const client = await LiveClient.open(await follower(cluster))
  client.send({ type: 'subscribe', id: 'c', channel: 'cluster' })
  const first = (await client.next('data', 'c')) as LiveClusterData
  expect(first.seq).toBe(1)
  clusterResponseSchema.parse(first.cluster)
  expect(first.topics).toEqual([])
  const whole = await until<LiveClusterData>(client, 'c', ({ brokers }) => brokers.every(({ state }) => state !== null))
  expect(whole.brokers.map(({ id }) => id)).toEqual(['1', '2', '3'])
  const leader = await cluster.leader()
  for (const { id, url, state, receivedAt, error } of whole.brokers) {
    expect(state).toMatchObject({ brokerId: id, url, leader: { id: leader.id } })
    expect(receivedAt).toBeLessThanOrEqual(whole.asOf)
    expect(error).toBeNull()
  }
  expect(whole.cluster.leader?.id).toBe(leader.id)
  expect(whole.cluster.brokers.every(({ alive }) => alive)).toBe(true)
  await call(leader, '/topics', { name: 'orders', partitions: 2 })
  const created = await until<LiveClusterData>(client, 'c', ({ topics }) => topics.length > 0)
  expect(created.topics.map(({ name }) => name)).toEqual(['orders'])
  const quiet = (await client.next('data', 'c')) as LiveClusterData
  expect(quiet.topics.length).toBeLessThanOrEqual(1)
  await call(leader, '/topics/orders', undefined, 'DELETE')
  const removed = await until<LiveClusterData>(client, 'c', ({ removedTopics }) => removedTopics.length > 0)
  expect(removed.removedTopics).toEqual(['orders'])
})

test('a broker that stops is told with the reason, and what it said last', async () => {
  await using cluster = await startCluster({ settings })
  const leader = await cluster.leader()
  const gone = await follower(cluster)
  const client = await LiveClient.open(leader)
  client.send({ type: 'subscribe', id: 'c', channel: 'cluster' })
  await until<LiveClusterData>(client, 'c', ({ brokers }) => brokers.every(({ state }) => state !== null))
  await cluster.stop(gone.id)
  const frame = await until<LiveClusterData>(client, 'c', ({ brokers }) => brokers.some(({ error }) => error !== null))
  const told = frame.brokers.find(({ id }) => id === gone.id)!
  expect(told.error?.code).toBe('NO_ANSWER')
  expect(told.state?.brokerId).toBe(gone.id)
  expect(told.receivedAt).toBeLessThan(frame.asOf)
  expect(frame.cluster.brokers.find(({ id }) => id === gone.id)).toMatchObject({ alive: false, role: null })
})

test('peers are asked only while somebody watches', async () => {
  let asked = 0
  const peer = createServer((request, response) => {
    if (request.url === '/v1/broker-state') asked++
    response.writeHead(404).end('no broker')
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void peer.close())
  await once(peer, 'listening')
  const port = await freePort()
  const peers = `1=http://127.0.0.1:${port},2=http://127.0.0.1:${(peer.address() as AddressInfo).port}`
  const coordinator = `sqlite:${join(await temporaryFolder(), 'lease.sqlite')}`
  const broker = await runningBroker({ port, peers, coordinator, leaseMs: 500, shutdownTimeoutMs: 500 })
  const client = await LiveClient.open(broker)
  client.send({ type: 'subscribe', id: 'c', channel: 'cluster' })
  const frame = await until<LiveClusterData>(client, 'c', ({ brokers }) => brokers[1]!.error !== null)
  expect(frame.brokers[1]!.error).toMatchObject({ code: 'WRONG_ANSWER', detail: expect.stringContaining('404') })
  expect(frame.brokers[1]!.state).toBeNull()
  client.send({ type: 'unsubscribe', id: 'c' })
  await client.next('unsubscribed')
  const before = asked
  expect(before).toBeGreaterThan(0)
  // Longer than a watch leaves between three questions, one of which may be under way: what does not happen shows no other sign.
  await setTimeout(2.5 * LIMITS.liveStateMs)
  expect(asked - before).toBeLessThanOrEqual(1)
})

test('records are counted where they pass: produced, replicated and read', async () => {
  await using cluster = await startCluster({ settings })
  const leader = await cluster.leader()
  await call(leader, '/topics', { name: 'orders', partitions: 1 })
  await produce(cluster, 'orders', [1, 2, 3, 4, 5])
  const countersOf = async (broker: Broker) => (await call(broker, '/v1/broker-state')).body.counters
  expect(await countersOf(leader)).toMatchObject({ recordsIn: 5, recordsReplicated: 0, recordsOut: 0 })
  const other = await follower(cluster)
  await expect.poll(async () => (await countersOf(other)).recordsReplicated).toBe(5)
  expect((await countersOf(other)).bytesReplicated).toBe((await countersOf(leader)).bytesIn)
  await call(leader, '/consume?topic=orders&partition=0&offset=2')
  expect((await countersOf(leader)).recordsOut).toBe(3)
})

test('the journals of all brokers are read from any, merged by time, and read on', async () => {
  await using cluster = await startCluster({ settings })
  const leader = await cluster.leader()
  await call(leader, '/topics', { name: 'orders', partitions: 1 })
  const asked = await follower(cluster)
  const read = async (query: string) => journalResponseSchema.parse((await call(asked, `/v1/journal?${query}`)).body)
  await expect
    .poll(async () => (await read('broker=all')).entries.filter(({ type }) => type === 'topic-created').length)
    .toBe(3)
  const all = await read('broker=all&limit=1000')
  expect(all.missing).toEqual([])
  expect(Object.keys(all.after)).toEqual(['1', '2', '3'])
  const times = all.entries.map(({ at }) => at)
  expect(times).toEqual([...times].sort((left, right) => left - right))
  expect(new Set(all.entries.map(({ type }) => type))).toContain('leader-changed')
  for (const id of ['1', '2', '3']) {
    const own = all.entries.filter(({ brokerId }) => brokerId === id)
    expect(own[0]).toMatchObject({ type: 'started', seq: 1 })
    expect((await read(`broker=${id}&limit=1000&after=0`)).entries.slice(0, own.length)).toEqual(own)
  }
  const pieces: unknown[] = []
  let after = '1:0,2:0,3:0'
  while (pieces.length < all.entries.length) {
    const page = await read(`broker=all&limit=3&after=${after}`)
    expect(page.entries.length).toBeGreaterThan(0)
    pieces.push(...page.entries)
    after = Object.entries(page.after)
      .map(([id, seq]) => `${id}:${seq}`)
      .join(',')
  }
  const key = (entry: unknown) => JSON.stringify(entry)
  expect(new Set(pieces.map(key)).size).toBe(pieces.length)
  expect(pieces.map(key)).toEqual(expect.arrayContaining(all.entries.map(key)))
  expect((await call(asked, '/v1/journal?broker=9')).body.code).toBe('INVALID_REQUEST')
  expect((await call(asked, '/v1/journal?broker=all&before=9')).body.code).toBe('INVALID_REQUEST')
})

test('a broker that is named twice is followed once', async () => {
  const broker = await runningBroker({ id: '1' })
  await call(broker, '/topics', { name: 'a' })
  const client = await LiveClient.open(broker)
  client.send({ type: 'subscribe', id: 'j', channel: 'journal', brokers: ['self', '1'] })
  const { entries } = (await client.next('data', 'j')) as LiveJournalData
  expect(entries.map(({ type }) => type)).toContain('topic-created')
  await call(broker, '/topics', { name: 'b' })
  const later: string[] = []
  while (!later.includes('Topic b was created with 3 partitions.')) {
    later.push(...((await client.next('data', 'j')) as LiveJournalData).entries.map(({ text }) => text))
  }
  expect(later).toEqual(['Topic b was created with 3 partitions.'])
})

test('a broker that does not answer is named, and the others are read all the same', async () => {
  await using cluster = await startCluster({ settings })
  const asked = await cluster.leader()
  const gone = await follower(cluster)
  await cluster.stop(gone.id)
  const { body } = await call(asked, '/v1/journal?broker=all&after=1:0,2:0,3:0')
  expect(body.missing).toEqual([{ brokerId: gone.id, detail: expect.stringContaining(gone.url) }])
  expect(body.after[gone.id], 'read on later from where it was').toBe(0)
  expect(new Set(body.entries.map(({ brokerId }: { brokerId: string }) => brokerId)).size).toBe(2)
})

test('journals come live, and go on at another broker without a gap or a repeat', async () => {
  await using cluster = await startCluster({ settings })
  const leader = await cluster.leader()
  const [first, second] = cluster.brokers.filter(({ id }) => id !== leader.id) as [Broker, Broker]
  const seen: string[] = []
  const take = ({ entries }: LiveJournalData) => seen.push(...entries.map(({ brokerId, seq }) => `${brokerId}/${seq}`))
  const hasTold = (frame: LiveJournalData, topic: string, times: Map<string, Set<string>>) => {
    for (const { type, data, brokerId } of frame.entries) {
      if (type === 'topic-created')
        times.set(String(data.topic), (times.get(String(data.topic)) ?? new Set()).add(brokerId))
    }
    return times.get(topic)?.size === 3
  }
  const times = new Map<string, Set<string>>()
  const client = await LiveClient.open(first)
  client.send({ type: 'subscribe', id: 'j', channel: 'journal', brokers: 'all', after: { 1: 0, 2: 0, 3: 0 } })
  await call(leader, '/topics', { name: 'one', partitions: 1 })
  const last = await until<LiveJournalData>(client, 'j', (frame) => {
    take(frame)
    return hasTold(frame, 'one', times)
  })
  client.close()
  await call(leader, '/topics', { name: 'two', partitions: 1 })
  const other = await LiveClient.open(second)
  other.send({ type: 'subscribe', id: 'j', channel: 'journal', brokers: 'all', after: last.after })
  await until<LiveJournalData>(other, 'j', (frame) => {
    take(frame)
    return hasTold(frame, 'two', times)
  })
  expect(new Set(seen).size).toBe(seen.length)
  const { body } = await call(leader, '/v1/journal?broker=all&after=1:0,2:0,3:0&limit=1000')
  const all = body.entries.map(({ brokerId, seq }: { brokerId: string; seq: number }) => `${brokerId}/${seq}`)
  expect([...seen].sort()).toEqual(expect.arrayContaining(all.sort()))
})

test('a follower delivers what is committed, and the client goes on at another when it dies', async () => {
  await using cluster = await startCluster({ settings })
  const leader = await cluster.leader()
  await call(leader, '/topics', { name: 'orders', partitions: 1 })
  await produce(cluster, 'orders', [0, 1, 2])
  const first = await follower(cluster)
  await expect.poll(async () => (await call(first, '/topics/orders')).status).toBe(200)
  const client = await LiveClient.open(first)
  client.send({ type: 'subscribe', id: 'm', channel: 'messages', topic: 'orders', from: 'earliest', credit: plenty })
  const offsets: number[] = []
  let next = 0
  const take = ({ parts }: LiveMessagesData) => {
    for (const { records, nextOffset } of parts) {
      offsets.push(...records.map(({ offset }) => offset))
      next = nextOffset
    }
  }
  await until<LiveMessagesData>(client, 'm', (frame) => {
    take(frame)
    return next === 3
  })
  await cluster.stop(first.id)
  expect((await client.closed).code).toBe(1001)
  await produce(cluster, 'orders', [3, 4])
  const second = cluster.brokers.find(({ id }) => id !== first.id && id !== leader.id)!
  const other = await LiveClient.open(second)
  other.send({ type: 'subscribe', id: 'm', channel: 'messages', topic: 'orders', from: { 0: next }, credit: plenty })
  await until<LiveMessagesData>(other, 'm', (frame) => {
    take(frame)
    return next === 5
  })
  expect(offsets).toEqual([0, 1, 2, 3, 4])
})

test('a subscription outlives a change of leader', async () => {
  await using cluster = await startCluster({ settings })
  const old = await cluster.leader()
  await call(old, '/topics', { name: 'orders', partitions: 1 })
  await produce(cluster, 'orders', [0])
  const watched = await follower(cluster)
  await expect.poll(async () => (await call(watched, '/topics/orders')).status).toBe(200)
  const client = await LiveClient.open(watched)
  client.send({ type: 'subscribe', id: 'm', channel: 'messages', topic: 'orders', from: 'earliest', credit: plenty })
  client.send({ type: 'subscribe', id: 'j', channel: 'journal', last: 0 })
  const offsets: number[] = []
  const take = ({ parts }: LiveMessagesData) => {
    for (const { records } of parts) offsets.push(...records.map(({ offset }) => offset))
  }
  await until<LiveMessagesData>(client, 'm', (frame) => {
    take(frame)
    return offsets.length === 1
  })
  await cluster.stop(old.id)
  await produce(cluster, 'orders', [1, 2])
  await until<LiveMessagesData>(client, 'm', (frame) => {
    take(frame)
    return offsets.length === 3
  })
  expect(offsets).toEqual([0, 1, 2])
  const types = new Set<string>()
  await until<LiveJournalData>(client, 'j', ({ entries }) => {
    for (const { type } of entries) types.add(type)
    return types.has('leader-changed') && types.has('isr-changed')
  })
})
