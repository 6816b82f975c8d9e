import type { Logger } from 'pino'
import type { PartitionKey } from '../replication/core/state.ts'
import type { Topics } from './topics.ts'

export interface RetentionOptions {
  readonly topics: Topics
  /** Wall clock, milliseconds since 1970. */
  readonly clock: () => number
  readonly logger: Logger
  readonly isLeading: () => boolean
  /** The start of a log has moved. */
  readonly onLogStart: (key: PartitionKey) => void
}

/**
 * Lets go of old segments, one log after another, again and again. Only the leader does: its followers take over where its logs
 * begin, so that one broker's wrong clock costs no other broker's copy.
 */
export class Retention {
  readonly #options: RetentionOptions
  #timer: NodeJS.Timeout | undefined
  #round: Promise<void> | undefined

  constructor(options: RetentionOptions) {
    this.#options = options
  }

  start(intervalMs: number): void {
    this.#timer = setInterval(() => void this.apply(), intervalMs)
    this.#timer.unref()
  }

  /** One look at every log; joins one under way. */
  apply(): Promise<void> {
    this.#round ??= this.#applyToAll().finally(() => {
      this.#round = undefined
    })
    return this.#round
  }

  /** Resolves when no look is under way any more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#round
  }

  async #applyToAll(): Promise<void> {
    const { topics, clock, logger, isLeading, onLogStart } = this.#options
    for (const topic of topics.list()) {
      for (const partition of topic.openPartitions()) {
        if (partition.failure !== undefined || !isLeading()) continue
        try {
          await partition.letGoOfDeleted()
          const { logStartOffset } = partition
          // Never beyond the high watermark: what is not committed is not ours to let go.
          await partition.log.applyRetention(clock(), partition.highWatermark)
          if (partition.logStartOffset > logStartOffset) onLogStart(partition.key)
        } catch (error) {
          // The next look tries again; a topic deleted meanwhile has no next look.
          logger.warn({ err: error, partition: partition.name }, 'retention failed')
        }
      }
    }
  }
}
