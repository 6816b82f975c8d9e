import { join } from 'node:path'
import { freePort } from '@yak/election/testing'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { BrokerMetrics, type MetricSources } from '../../src/metrics/broker-metrics.ts'
import { Counter, Histogram, Reading } from '../../src/metrics/metric.ts'
import { metricJson } from '../../src/metrics/metrics-json.ts'
import { prometheusText } from '../../src/metrics/prometheus-text.ts'
import { call, runningBroker } from '../running-broker.ts'
import { temporaryFolder } from '../temporary-folder.ts'

test('Prometheus’s text of each kind', () => {
  const counter = new Counter('a_total', 'Counts.')
  counter.add(2)
  const histogram = new Histogram('b_seconds', 'Times.', [0.1, 1])
  for (const value of [0.05, 0.1, 0.5, 7]) histogram.observe(value)
  const reading = new Reading('gauge', 'c', 'Reads.', () => [
    { labels: { topic: 'a"\\\n' }, value: Number.POSITIVE_INFINITY },
  ])
  expect(prometheusText([counter, histogram, reading])).toBe(`# HELP a_total Counts.
# TYPE a_total counter
a_total 2
# HELP b_seconds Times.
# TYPE b_seconds histogram
b_seconds_bucket{le="0.1"} 2
b_seconds_bucket{le="1"} 3
b_seconds_bucket{le="+Inf"} 4
b_seconds_sum 7.65
b_seconds_count 4
# HELP c Reads.
# TYPE c gauge
c{topic="a\\"\\\\\\n"} +Inf
`)
  expect(metricJson(histogram)).toMatchObject({ kind: 'histogram', count: 4, p50: 0.1, p99: null })
  expect(metricJson(counter)).toEqual({ name: 'a_total', kind: 'counter', help: 'Counts.', value: 2 })
})

test('the delay of the event loop is what it is late by, without the time between two looks at it', async () => {
  const broker = await runningBroker()
  const delay = async (): Promise<number> =>
    (await call(broker, '/metrics')).body.metrics.find(
      ({ name }: { name: string }) => name === 'yak_event_loop_delay_p99_seconds',
    ).value
  // Looks are 20 ms apart, and 0 before the first.
  await expect.poll(delay).toSatisfy((seconds: number) => seconds > 0 && seconds < 0.015)
})

test('an error is a request that failed for a reason of the broker; that it is not healthy is an answer', async () => {
  const [port, gone] = [await freePort(), await freePort()]
  const coordinator = `sqlite:${join(await temporaryFolder(), 'lease.sqlite')}`
  const peers = `1=http://127.0.0.1:${port},2=http://127.0.0.1:${gone}`
  const broker = await runningBroker({ port, peers, coordinator, shutdownTimeoutMs: 500 })
  expect((await call(broker, '/health')).status).toBe(503)
  expect((await call(broker, '/nothing')).status).toBe(404)
  expect((await call(broker, '/produce', { topic: 'a', value: 1 })).status).toBe(503)
  const value = async (name: string) =>
    (await call(broker, '/metrics')).body.metrics.find((each: { name: string }) => each.name === name).value
  await expect.poll(() => value('yak_requests_failed_total')).toBe(2)
  expect(await value('yak_errors_total')).toBe(1)
})

describe('topics', () => {
  let topics: { readonly name: string; readonly counters: { recordsIn: number; bytesIn: number; bytesOut: number } }[]
  const topic = (name: string, recordsIn = 1) => ({ name, counters: { recordsIn, bytesIn: 2, bytesOut: 3 } })
  const numbered = (count: number) => Array.from({ length: count }, (_, index) => topic(`t${index}`))
  const none = () => 0
  const sources: MetricSources = {
    isHealthy: () => true,
    leaderEpoch: none,
    replication: () => ({ isLeading: true, members: 3, inSync: 2, isCoordinatorConnected: true, offsetsBehind: 0 }),
    topics: () => topics,
    partitionCount: none,
    logBytes: none,
    freeDiskBytes: none,
    requestBytesInFlight: none,
    answerBytesInFlight: none,
    waitingFetches: none,
    connections: none,
  }
  let read: () => ReadonlyMap<string, number>

  beforeEach(() => {
    const metrics = new BrokerMetrics()
    metrics.connect(sources)
    onTestFinished(() => metrics.close())
    const reading = metrics.all().find(({ name }) => name === 'yak_topic_records_produced_total') as Reading
    read = () => new Map(reading.read().map(({ labels, value }) => [labels.topic!, value]))
  })

  test('are shown one by one only up to a bound, and none is lost', () => {
    topics = numbered(500)
    expect(read().size).toBe(201)
    expect([...read().values()].reduce((sum, value) => sum + value, 0)).toBe(500)
  })

  test('never take from the sum of the others: not one that comes or goes before them, nor one of them that goes', () => {
    topics = numbered(250)
    expect(read().get('(other)')).toBe(50)
    const shown = new Set(read().keys())
    topics = [topic('a', 7), ...topics]
    expect(read().get('(other)')).toBe(57)
    expect(new Set(read().keys())).toEqual(shown)
    topics = topics.filter(({ name }) => name !== 'a' && name !== 't249')
    expect(read().get('(other)')).toBe(57)
    topics = topics.filter(({ name }) => !/^t1?.$/.test(name))
    expect(read().get('(other)')).toBe(57)
    topics = numbered(0)
    expect(read()).toEqual(new Map([['(other)', 57]]))
  })

  test('leave their place to new ones', () => {
    topics = numbered(201)
    read()
    topics = [...topics.slice(1), topic('new', 5)]
    expect(read().get('new')).toBe(5)
    expect(read().get('t200')).toBeUndefined()
    expect(read().get('(other)')).toBe(1)
  })

  test('have no sum of others while all are shown', () => {
    topics = numbered(200)
    expect(read().get('(other)')).toBeUndefined()
  })
})
