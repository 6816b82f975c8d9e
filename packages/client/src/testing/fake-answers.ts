import {
  decodeFetchRequest,
  decodeProduceRequest,
  encodeFetchResponse,
  encodeProduceResponse,
  type FetchEntry,
  type FetchResult,
  type ProduceResult,
  problemOf,
  readRecordBatchHeader,
  verifyRecordBatchChecksum,
  YakError,
} from '@yak/protocol'
import { concatenated } from '../transport/concatenated.ts'
import type { TransportResponse } from '../transport/transport.ts'
import type { FakeBelief, FakeBroker, FakeCluster } from './fake-cluster.ts'
import type { FakeLog } from './fake-log.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** What a broker answers to a request that nothing goes wrong with. */
export async function answerOf(
  cluster: FakeCluster,
  broker: FakeBroker,
  method: string,
  path: string,
  body: Uint8Array,
  hangUp: AbortSignal,
): Promise<TransportResponse> {
  const { pathname, searchParams } = new URL(path, 'http://fake.test')
  try {
    assertSize(cluster, body)
    const isForLeader = pathname.startsWith('/v1/') ? pathname !== '/v1/metadata' : method !== 'GET'
    if (isForLeader) assertLeads(cluster, broker)
    if (pathname === '/v1/metadata') return json(metadata(cluster, broker, searchParams))
    if (pathname === '/cluster') return json(clusterOf(cluster, broker))
    if (pathname === '/v1/producer-ids') return json({ producerId: cluster.takeProducerId(), producerEpoch: 0 })
    if (pathname === '/v1/offsets') return json(offsets(cluster, JSON.parse(decoder.decode(body))))
    if (pathname === '/v1/produce') return frame(produce(cluster, body))
    if (pathname === '/v1/fetch') return frame(await fetch(cluster, broker, body, hangUp))
    if (pathname === '/topics' && method === 'POST') {
      const { name, partitions } = JSON.parse(decoder.decode(body))
      if (cluster.topics.has(name)) throw new YakError('TOPIC_ALREADY_EXISTS', `Topic ${name} exists.`)
      return json(describe(cluster, broker, cluster.createTopic(name, partitions).name), 201)
    }
    if (pathname === '/topics')
      return json({ topics: [...cluster.topics.keys()].map((name) => describe(cluster, broker, name)) })
    if (pathname.startsWith('/topics/')) {
      const description = describe(cluster, broker, pathname.slice('/topics/'.length))
      if (method === 'DELETE') cluster.topics.delete(description.name)
      return json(description)
    }
    throw new YakError('NOT_FOUND', `There is nothing at ${pathname}.`)
  } catch (error) {
    if (!YakError.is(error)) throw error
    return { ...json(problemOf(error), error.definition.status), contentType: 'application/problem+json' }
  }
}

export function json(value: unknown, status = 200): TransportResponse {
  const body = encoder.encode(JSON.stringify(value))
  return { status, contentType: 'application/json', body, retryAfterSeconds: 0 }
}

function frame(body: Uint8Array): TransportResponse {
  return { status: 200, contentType: 'application/vnd.yak.v1', body, retryAfterSeconds: 0 }
}

function assertSize({ maxRequestBytes }: FakeCluster, body: Uint8Array): void {
  if (body.length <= maxRequestBytes) return
  const message = `The body has ${body.length} bytes, and at most ${maxRequestBytes} are allowed. Send less in one request.`
  throw new YakError('BODY_TOO_LARGE', message, { details: { maxRequestBytes } })
}

function leadershipOf(cluster: FakeCluster, broker: FakeBroker): FakeBelief {
  return broker.belief ?? { epoch: cluster.epoch, leader: cluster.leader }
}

function assertLeads(cluster: FakeCluster, broker: FakeBroker): void {
  const { epoch, leader } = leadershipOf(cluster, broker)
  if (leader === broker) return
  if (leader === null) throw new YakError('LEADER_NOT_AVAILABLE', 'There is no leader.')
  throw new YakError('NOT_LEADER', `${leader.id} leads.`, {
    details: { leader: { id: leader.id, url: leader.url }, epoch },
  })
}

function metadata(cluster: FakeCluster, broker: FakeBroker, query: URLSearchParams): object {
  const { epoch, leader } = leadershipOf(cluster, broker)
  const names = query.get('topics')?.split(',').filter(Boolean) ?? [...cluster.topics.keys()]
  return {
    clusterId: cluster.clusterId,
    brokerId: broker.id,
    asOf: cluster.clock.wallClockMs(),
    epoch,
    leader: leader === null ? null : { id: leader.id, url: leader.url },
    brokers: cluster.brokers.map(({ id, url }) => ({ id, url })),
    topics: names.map((name) => {
      try {
        const { id, partitions } = cluster.topic(name, query.get('create') === 'true')
        return { name, id, partitions: partitions.length }
      } catch (error) {
        return { name, error: partError(error as YakError) }
      }
    }),
  }
}

function clusterOf(cluster: FakeCluster, broker: FakeBroker): object {
  const { epoch, leader } = leadershipOf(cluster, broker)
  return {
    clusterId: cluster.clusterId,
    asOf: cluster.clock.wallClockMs(),
    epoch,
    leader: leader === null ? null : { id: leader.id, url: leader.url },
    isr: cluster.brokers.filter(({ isUp }) => isUp).map(({ id }) => id),
    coordinator: { type: 'fake', connected: true },
    brokers: cluster.brokers.map(({ id, url, isUp }) => ({
      id,
      url,
      role: id === leader?.id ? 'leader' : 'follower',
      alive: isUp,
    })),
  }
}

function describe(cluster: FakeCluster, broker: FakeBroker, name: string) {
  const { id, partitions } = cluster.topic(name)
  const { epoch, leader } = leadershipOf(cluster, broker)
  return {
    name,
    id,
    config: {},
    partitions: partitions.map(({ startOffset, endOffset }, partition) => ({
      partition,
      leader: leader === null ? null : { id: leader.id, url: leader.url },
      epoch,
      isr: cluster.brokers.map((broker) => broker.id),
      replicas: cluster.brokers.map((broker) => broker.id),
      logStartOffset: startOffset,
      highWatermark: endOffset,
      logEndOffset: endOffset,
    })),
  }
}

function offsets(
  cluster: FakeCluster,
  { partitions }: { partitions: { topicId: string; partition: number; at: 'earliest' | 'latest' | number }[] },
): object {
  return {
    partitions: partitions.map(({ topicId, partition, at }) => {
      try {
        const { log } = cluster.partition(topicId, partition)
        const offset =
          at === 'earliest' ? log.startOffset : at === 'latest' ? log.endOffset : log.offsetForTimestamp(at)
        return { topicId, partition, offset, leaderEpoch: cluster.epoch }
      } catch (error) {
        return { topicId, partition, error: partError(error as YakError) }
      }
    }),
  }
}

function partError({ code, message, retriable, outcome }: YakError): object {
  return { code, detail: message, retriable, outcome }
}

function produce(cluster: FakeCluster, body: Uint8Array): Uint8Array {
  const results = decodeProduceRequest(body).entries.map(({ topicId, partition, batch }): ProduceResult => {
    const refused = { leaderEpoch: cluster.epoch, baseOffset: -1, logStartOffset: 0 }
    try {
      const { topic, log } = cluster.partition(topicId, partition)
      const header = readRecordBatchHeader(batch)
      if (!verifyRecordBatchChecksum(batch)) throw new YakError('CORRUPT_BATCH', 'The checksum does not match.')
      const { baseSequence, producerEpoch, recordCount } = header
      const fault = cluster.onEntry({ topic: topic.name, partition, baseSequence, producerEpoch, recordCount })
      if (fault !== undefined) {
        if (fault.isWritten) log.append(batch, header, cluster.epoch)
        throw new YakError(fault.code, `Refused with ${fault.code}.`)
      }
      const baseOffset = log.append(batch, header, cluster.epoch)
      return { error: null, leaderEpoch: cluster.epoch, baseOffset, logStartOffset: log.startOffset, detail: '' }
    } catch (error) {
      if (!YakError.is(error)) throw error
      return { ...refused, error: error.code, detail: error.message }
    }
  })
  return encodeProduceResponse({ results })
}

async function fetch(
  cluster: FakeCluster,
  broker: FakeBroker,
  body: Uint8Array,
  hangUp: AbortSignal,
): Promise<Uint8Array> {
  const { entries, maxWaitMs, maxBytes } = decodeFetchRequest(body)
  const { clock } = cluster
  const deadlineMs = clock.nowMs() + maxWaitMs
  while (true) {
    const results = entries
      .map((entry, index) => fetchEntry(cluster, broker, entry, index, maxBytes))
      .filter((result) => result !== undefined)
    const leftMs = deadlineMs - clock.nowMs()
    if (results.length > 0 || leftMs <= 0 || hangUp.aborted) return concatenated(encodeFetchResponse({ results }))
    await appended(cluster, entries, leftMs, hangUp)
    assertLeads(cluster, broker)
  }
}

function fetchEntry(
  cluster: FakeCluster,
  broker: FakeBroker,
  { topicId, partition, fetchOffset, leaderEpoch, maxBytes }: FetchEntry,
  entry: number,
  maxTotalBytes: number,
): FetchResult | undefined {
  const { epoch, endOffset: knownEnd = Number.POSITIVE_INFINITY } = leadershipOf(cluster, broker)
  try {
    const { log } = cluster.partition(topicId, partition)
    if (leaderEpoch > epoch) throw new YakError('UNKNOWN_LEADER_EPOCH', `Epoch ${leaderEpoch} is not known here.`)
    const { startOffset } = log
    const endOffset = Math.min(log.endOffset, knownEnd)
    if (fetchOffset < startOffset || fetchOffset > endOffset) {
      const message = `Offset ${fetchOffset} is outside ${startOffset} to ${endOffset}.`
      throw new YakError('OFFSET_OUT_OF_RANGE', message)
    }
    const batches = concatenated(log.read(fetchOffset, Math.min(maxBytes, maxTotalBytes), endOffset))
    if (batches.length === 0) return undefined
    const ends = { highWatermark: endOffset, logStartOffset: startOffset }
    return { entry, error: null, leaderEpoch: epoch, ...ends, detail: '', batches }
  } catch (error) {
    if (!YakError.is(error)) throw error
    const ends = { highWatermark: -1, logStartOffset: -1 }
    return { entry, error: error.code, leaderEpoch: epoch, ...ends, detail: error.message, batches: new Uint8Array() }
  }
}

function appended(
  cluster: FakeCluster,
  entries: readonly FetchEntry[],
  timeoutMs: number,
  hangUp: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const logs: FakeLog[] = entries.map(({ topicId, partition }) => cluster.partition(topicId, partition).log)
    const stops = logs.map((log) => log.onAppend(done))
    const timer = cluster.clock.setTimer(done, Math.min(timeoutMs, 50))
    hangUp.addEventListener('abort', done)
    function done(): void {
      cluster.clock.clearTimer(timer)
      hangUp.removeEventListener('abort', done)
      for (const stop of stops) stop()
      resolve()
    }
  })
}
