import { monitorEventLoopDelay } from 'node:perf_hooks'
import { LIMITS, YakError } from '@yak/protocol'
import type { BrokerState } from '@yak/protocol/schemas'
import type { Partition } from '../replication/partition.ts'
import type { Topic } from '../topics/topic.ts'
import type { LiveServices } from './live-services.ts'

/** The timer that measures the delay fires this often, and counts its own period as delay. */
const resolutionMs = 20

/** Several who ask within it get the same delay, so that they do not take it from each other. */
const delayWindowMs = 900

/** What a broker says of itself: for its own watchers, and for peers that have some. */
export class BrokerStateReader {
  readonly #services: LiveServices
  readonly #liveConnections: () => number
  readonly #delay = monitorEventLoopDelay({ resolution: resolutionMs })
  #delayMs = 0
  #delayReadAtMs = 0

  constructor(services: LiveServices, liveConnections: () => number) {
    this.#services = services
    this.#liveConnections = liveConnections
    this.#delay.enable()
  }

  read(): BrokerState {
    const { brokerId, version, url, clock, startedAt, metrics, freeDiskBytes, connections, journal, chaos } =
      this.#services
    const { clusterId, role, epoch, leader, isr, coordinator, reasons } = this.#services.health()
    const { rss, heapUsed } = process.memoryUsage()
    const asOf = clock()
    const topics = topicsOf(this.#services)
    return {
      brokerId,
      clusterId,
      url,
      version,
      asOf,
      startedAt,
      role,
      epoch,
      leader,
      isr,
      coordinator,
      reasons,
      uptimeMs: Math.max(0, asOf - startedAt),
      rssBytes: rss,
      heapUsedBytes: heapUsed,
      eventLoopDelayMs: this.#eventLoopDelayMs(),
      freeDiskBytes: Number.isFinite(freeDiskBytes) ? freeDiskBytes : null,
      connections: connections.count,
      liveConnections: this.#liveConnections(),
      counters: {
        recordsIn: metrics.recordsIn.value,
        bytesIn: metrics.bytesIn.value,
        recordsOut: metrics.recordsOut.value,
        bytesOut: metrics.bytesOut.value,
        recordsReplicated: metrics.recordsReplicated.value,
        bytesReplicated: metrics.bytesReplicated.value,
        requests: metrics.requests.value,
        failedRequests: metrics.failedRequests.value,
        refusedRequests: metrics.refusedRequests.value,
        errors: metrics.errors.value,
      },
      journalSeq: journal.lastSeq,
      partitionCount: topics.reduce((sum, topic) => sum + topic.partitionCount, 0),
      partitions: ownPartitions(topics),
      ...(chaos === undefined ? {} : { chaos: chaos.actions }),
    }
  }

  close(): void {
    this.#delay.disable()
  }

  #eventLoopDelayMs(): number {
    const nowMs = performance.now()
    if (nowMs - this.#delayReadAtMs < delayWindowMs) return this.#delayMs
    this.#delayReadAtMs = nowMs
    const delayMs = this.#delay.count === 0 ? 0 : this.#delay.percentile(99) / 1e6 - resolutionMs
    this.#delayMs = Math.max(0, Math.round(delayMs * 100) / 100)
    this.#delay.reset()
    return this.#delayMs
  }
}

/** None while the logs are recovered. */
export function topicsOf({ topics }: Pick<LiveServices, 'topics'>): readonly Topic[] {
  try {
    return topics.list()
  } catch (error) {
    if (YakError.is(error)) return []
    throw error
  }
}

function ownPartitions(topics: readonly Topic[]): BrokerState['partitions'] {
  const partitions: BrokerState['partitions'] = []
  for (const topic of topics) {
    for (const [partition, state] of topic.partitionStates().entries()) {
      if (partitions.length >= LIMITS.maxBrokerStatePartitions) return partitions
      partitions.push({ topic: topic.name, partition, ...offsetsOf(state) })
    }
  }
  return partitions
}

function offsetsOf(state: Partition | YakError): Omit<BrokerState['partitions'][number], 'topic' | 'partition'> {
  try {
    if (YakError.is(state)) throw state
    const { logStartOffset, logEndOffset, highWatermark, failure } = state
    const { sizeBytes } = state.log
    return { logStartOffset, logEndOffset, highWatermark, sizeBytes, error: failure?.code ?? null }
  } catch (error) {
    if (!YakError.is(error)) throw error
    return { logStartOffset: -1, logEndOffset: -1, highWatermark: -1, sizeBytes: 0, error: error.code }
  }
}
