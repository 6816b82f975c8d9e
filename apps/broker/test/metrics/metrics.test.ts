import { expect, test } from 'vitest'
import { BrokerMetrics, type MetricSources } from '../../src/metrics/broker-metrics.ts'
import { Counter, Histogram, Reading } from '../../src/metrics/metric.ts'
import { metricJson } from '../../src/metrics/metrics-json.ts'
import { prometheusText } from '../../src/metrics/prometheus-text.ts'
import { call, runningBroker } from '../running-broker.ts'

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

test('topics are shown one by one only up to a bound, and none is lost', () => {
  const metrics = new BrokerMetrics()
  const topics = Array.from({ length: 500 }, (_, index) => ({
    name: `t${index}`,
    counters: { recordsIn: 1, bytesIn: 2, bytesOut: 3 },
  }))
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
  metrics.connect(sources)
  const reading = metrics.all().find(({ name }) => name === 'yak_topic_records_produced_total') as Reading
  const samples = reading.read()
  expect(samples).toHaveLength(201)
  expect(samples.reduce((sum, { value }) => sum + value, 0)).toBe(500)
  metrics.close()
})
