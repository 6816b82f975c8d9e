import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, durationBoundsSeconds, Histogram, type Metric, Reading } from './metric.ts'
import { TopicSeries, type TopicTraffic } from './topic-series.ts'

/** The timer that measures the delay fires this often, and counts its own period as delay. */
const delayResolutionMs = 20

/** How this broker stands in its cluster. */
export interface ReplicationReading {
  readonly isLeading: boolean
  readonly members: number
  readonly inSync: number
  readonly isCoordinatorConnected: boolean
  /** Records that this broker's logs are behind their leader's; 0 on the leader. */
  readonly offsetsBehind: number
}

/** Where the readings come from: asked only when somebody looks. */
export interface MetricSources {
  readonly isHealthy: () => boolean
  readonly leaderEpoch: () => number
  readonly replication: () => ReplicationReading
  readonly topics: () => readonly TopicTraffic[]
  readonly partitionCount: () => number
  readonly logBytes: () => number
  readonly freeDiskBytes: () => number
  readonly requestBytesInFlight: () => number
  readonly answerBytesInFlight: () => number
  readonly waitingFetches: () => number
  readonly connections: () => number
}

/**
 * The one registry of a broker's metrics; both forms of GET /metrics show it. Counters only go up while the process
 * lives, whatever topics come and go.
 */
export class BrokerMetrics {
  readonly recordsIn: Counter = new Counter('yak_records_produced_total', 'Records appended to topics.')
  readonly bytesIn: Counter = new Counter('yak_bytes_produced_total', 'Bytes of record batches appended to topics.')
  readonly bytesOut: Counter = new Counter('yak_bytes_consumed_total', 'Bytes of record batches read for consumers.')
  readonly recordsOut: Counter = new Counter('yak_records_consumed_total', 'Records read for consumers.')
  readonly recordsReplicated: Counter = new Counter(
    'yak_records_replicated_total',
    'Records fetched from the leader and appended.',
  )
  readonly bytesReplicated: Counter = new Counter(
    'yak_bytes_replicated_total',
    'Bytes of record batches fetched from the leader and appended.',
  )
  readonly relaxedOffsetsLost: Counter = new Counter(
    'yak_relaxed_offsets_lost_total',
    "Committed offsets that a power cut took from this broker's logs of relaxed topics, as far as it knew of them when it started.",
  )
  readonly relaxedUncleanLogs: Counter = new Counter(
    'yak_relaxed_unclean_logs_total',
    'Logs of relaxed topics that were not closed cleanly before this start: a power cut may have taken their end.',
  )
  readonly requests: Counter = new Counter('yak_requests_total', 'HTTP requests answered.')
  readonly failedRequests: Counter = new Counter(
    'yak_requests_failed_total',
    'HTTP requests answered with status 500 or above.',
  )
  readonly refusedRequests: Counter = new Counter(
    'yak_requests_refused_total',
    'HTTP requests refused for load: 429 and OVERLOADED.',
  )
  /** What counts as one: docs/operations.md, and `isFault`. */
  readonly errors: Counter = new Counter(
    'yak_errors_total',
    'Requests of clients that failed for a reason of the broker: answered 5xx or 429, or so for some of their records.',
  )
  readonly produceSeconds: Histogram = new Histogram(
    'yak_produce_seconds',
    'Time from the last byte of a produce request to its answer.',
    durationBoundsSeconds,
  )
  readonly fetchSeconds: Histogram = new Histogram(
    'yak_fetch_seconds',
    'Time from a fetch request to its answer, waiting for records included.',
    durationBoundsSeconds,
  )
  readonly syncSeconds: Histogram = new Histogram(
    'yak_sync_seconds',
    'Time of one sync of a log file: what acknowledgements wait for.',
    durationBoundsSeconds,
  )

  readonly #eventLoopDelay = monitorEventLoopDelay({ resolution: delayResolutionMs })
  #readings: readonly Reading[] = []

  /** The readings exist once their sources do. */
  connect(sources: MetricSources): void {
    this.#eventLoopDelay.enable()
    const gauge = (name: string, help: string, read: () => number) => new Reading('gauge', name, help, read)
    const series = new TopicSeries()
    const byTopic = (name: string, help: string, field: keyof TopicTraffic['counters']) =>
      new Reading('counter', name, help, () => series.read(sources.topics(), field))
    this.#readings = [
      gauge('yak_healthy', '1 when the broker can serve everything, else 0.', () => (sources.isHealthy() ? 1 : 0)),
      gauge('yak_leader_epoch', 'The epoch under which this broker leads.', sources.leaderEpoch),
      gauge('yak_leading', '1 while this broker leads and takes records, else 0.', () =>
        sources.replication().isLeading ? 1 : 0,
      ),
      gauge('yak_members', 'Brokers of the cluster.', () => sources.replication().members),
      gauge(
        'yak_in_sync_replicas',
        'Brokers in the ISR, as far as this one knows.',
        () => sources.replication().inSync,
      ),
      gauge(
        'yak_offsets_behind',
        'Records that this broker is behind its leader.',
        () => sources.replication().offsetsBehind,
      ),
      gauge('yak_coordinator_connected', '1 while the coordinator answers, else 0.', () =>
        sources.replication().isCoordinatorConnected ? 1 : 0,
      ),
      gauge('yak_topics', 'Topics that exist.', () => sources.topics().length),
      gauge('yak_partitions', 'Partitions that exist.', sources.partitionCount),
      gauge('yak_log_bytes', 'Bytes of all logs on disk.', sources.logBytes),
      gauge('yak_disk_free_bytes', 'Bytes free on the disk of the data folder.', sources.freeDiskBytes),
      gauge('yak_request_bytes_in_flight', 'Bytes of requests held at the moment.', sources.requestBytesInFlight),
      gauge(
        'yak_answer_bytes_in_flight',
        'Bytes of answers that clients have not taken yet.',
        sources.answerBytesInFlight,
      ),
      gauge('yak_waiting_fetches', 'Long-polls that wait at the moment.', sources.waitingFetches),
      gauge('yak_connections', 'Open connections.', sources.connections),
      byTopic('yak_topic_records_produced_total', 'Records appended, by topic.', 'recordsIn'),
      byTopic('yak_topic_bytes_produced_total', 'Bytes appended, by topic.', 'bytesIn'),
      byTopic('yak_topic_bytes_consumed_total', 'Bytes read, by topic.', 'bytesOut'),
      gauge('yak_event_loop_delay_p99_seconds', 'Delay of the event loop since the last look, 99th percentile.', () => {
        const delay = this.#eventLoopDelay.percentile(99) / 1e9 - delayResolutionMs / 1_000
        this.#eventLoopDelay.reset()
        return Math.max(0, delay)
      }),
      gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss()),
      gauge('nodejs_heap_used_bytes', 'Heap in use.', () => process.memoryUsage().heapUsed),
      gauge(
        'nodejs_external_memory_bytes',
        'Memory of buffers outside the heap.',
        () => process.memoryUsage().external,
      ),
      new Reading('counter', 'process_cpu_seconds_total', 'Processor time used.', () => {
        const { user, system } = process.cpuUsage()
        return (user + system) / 1e6
      }),
      gauge('process_uptime_seconds', 'Time since the process began.', () => process.uptime()),
    ]
  }

  /** Every metric, in the order of the answer. */
  all(): readonly Metric[] {
    return [
      this.recordsIn,
      this.bytesIn,
      this.recordsOut,
      this.bytesOut,
      this.recordsReplicated,
      this.bytesReplicated,
      this.relaxedOffsetsLost,
      this.relaxedUncleanLogs,
      this.requests,
      this.failedRequests,
      this.refusedRequests,
      this.errors,
      this.produceSeconds,
      this.fetchSeconds,
      this.syncSeconds,
      ...this.#readings,
    ]
  }

  close(): void {
    this.#eventLoopDelay.disable()
  }
}
