import type { Input } from '../../../apps/broker/src/replication/core/inputs.ts'
import type { PartitionKey } from '../../../apps/broker/src/replication/core/state.ts'
import type { DeletedEnd } from '../../../apps/broker/src/replication/partition.ts'
import type { Configuration } from '../configuration.ts'
import type { ShrinkingLog } from '../log-start-keeper.ts'
import type { ModelLog } from './model-log.ts'

export interface ModelLogStartsOptions {
  readonly logs: ReadonlyMap<PartitionKey, ModelLog>
  readonly configuration: Configuration
  readonly hasFailed: (key: PartitionKey) => boolean
  readonly highWatermarkOf: (key: PartitionKey) => number
  readonly deletedEndOf: (key: PartitionKey) => DeletedEnd | undefined
  readonly later: (kind: 'write' | 'sync', act: () => void) => void
  readonly feed: (input: Input) => void
}

/** Where the modelled logs of one run begin: raised by retention, by the leader's word, and by what is deleted. */
export class ModelLogStarts {
  readonly #options: ModelLogStartsOptions

  constructor(options: ModelLogStartsOptions) {
    this.#options = options
  }

  /** The start is on the disk at once, and the core hears of it in a moment. */
  shrinkingLogOf(key: PartitionKey): ShrinkingLog | undefined {
    const log = this.#options.logs.get(key)
    if (log === undefined || this.#options.hasFailed(key)) return undefined
    const raise = (offset: number): Promise<void> =>
      new Promise((resolve, reject) => {
        this.#options.later('sync', () => {
          try {
            if (!this.#options.hasFailed(key)) log.raiseLogStart(offset)
            resolve()
          } catch (error) {
            reject(error)
          }
        })
      })
    return {
      get logStartOffset() {
        return log.logStartOffset
      },
      applyRetention: async (nowMs, highWatermark) => {
        const end = log.expiredEnd(nowMs, highWatermark, this.#options.configuration)
        if (end > log.logStartOffset) await raise(end)
        return { clockDoubted: false }
      },
      raiseLogStart: raise,
    }
  }

  /** As `Partition` of the broker does. */
  async letGoOfDeleted(key: PartitionKey): Promise<void> {
    const log = this.#options.logs.get(key)
    if (log === undefined) return
    const offset = this.startAfterDeleted(key, log)
    if (offset > log.logStartOffset) this.raise(key, offset)
  }

  startAfterDeleted(key: PartitionKey, log: ModelLog): number {
    const deletedEnd = this.#options.deletedEndOf(key)
    if (deletedEnd === undefined) return 0
    const { endOffset, leaderEpoch } = deletedEnd
    return Math.min(endOffset, log.endOfEpoch(leaderEpoch), this.#options.highWatermarkOf(key))
  }

  raise(key: PartitionKey, offset: number): void {
    // What keeps it from being raised fails the log; opened again, it is told the start of its leader's anew.
    this.shrinkingLogOf(key)
      ?.raiseLogStart(offset)
      .then(
        () => this.#options.later('write', () => this.note(key)),
        () => {},
      )
  }

  note(key: PartitionKey): void {
    const log = this.#options.logs.get(key)
    if (log !== undefined) this.#options.feed({ type: 'log-start-raised', key, logStartOffset: log.logStartOffset })
  }
}
