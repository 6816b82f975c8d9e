import type { Logger } from 'pino'
import type { Topics } from './topics.ts'

/** Lets go of old segments, one log after another, again and again. */
export class Retention {
  readonly #topics: Topics
  readonly #clock: () => number
  readonly #logger: Logger
  #timer: NodeJS.Timeout | undefined
  #round: Promise<void> | undefined

  constructor(topics: Topics, clock: () => number, logger: Logger) {
    this.#topics = topics
    this.#clock = clock
    this.#logger = logger
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
    for (const topic of this.#topics.list()) {
      for (const partition of topic.openPartitions()) {
        if (partition.failure !== undefined) continue
        try {
          // Never beyond the high watermark: what is not committed is not ours to let go.
          await partition.log.applyRetention(this.#clock(), partition.highWatermark)
        } catch (error) {
          // The next look tries again; a topic deleted meanwhile has no next look.
          this.#logger.warn({ err: error, partition: partition.name }, 'retention failed')
        }
      }
    }
  }
}
