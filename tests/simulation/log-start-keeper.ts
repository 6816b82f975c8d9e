import { YakError } from '@yak/protocol'
import type { LettingGo, Reason } from './observer/log-starts.ts'
import type { BrokerEnvironment } from './simulated-broker.ts'
import type { SimulatedProcess } from './simulated-process.ts'

/** What it takes of a log; `Log` of @yak/log has it. */
export interface ShrinkingLog {
  readonly logStartOffset: number
  /** Throws when the disk fails: then the start may have moved or not. */
  applyRetention(nowMs: number, highWatermark: number): Promise<{ readonly clockDoubted: boolean }>
  raiseLogStart(offset: number): Promise<void>
}

/** Given where a log begins and up to where it is committed, where it is to begin. */
export type ChooseStart = (logStartOffset: number, highWatermark: number) => number

export interface LogStartKeeperOptions {
  readonly environment: BrokerEnvironment
  readonly brokerId: string
  readonly process: SimulatedProcess
  /** Of topics: what the topic list is made of never goes. */
  readonly keys: () => Iterable<string>
  /** Undefined: it is not open, or has failed. */
  readonly logOf: (key: string) => ShrinkingLog | undefined
  readonly highWatermarkOf: (key: string) => number
  readonly letGoOfDeleted: (key: string) => Promise<void>
  /** The core is to know. */
  readonly onLogStart: (key: string) => void
  readonly isOver: () => boolean
}

/** Moves the start of logs in one life of a broker, as the broker does: the leader alone, by size and age, again and again, and at the request of a client. */
export class LogStartKeeper {
  readonly #options: LogStartKeeperOptions

  constructor(options: LogStartKeeperOptions) {
    this.#options = options
  }

  start(): void {
    const { environment, process, isOver } = this.#options
    const { retentionBytes, retentionMs, leaseMs } = environment.configuration
    if (retentionBytes < 0 && retentionMs < 0) return
    process.schedule(leaseMs / 5, () => {
      if (!isOver()) void this.#look().finally(() => this.start())
    })
  }

  /** Answers where the log begins then. Throws what a client is told. */
  async request(key: string, choose: ChooseStart): Promise<number> {
    const { logOf, highWatermarkOf } = this.#options
    const log = logOf(key)
    if (log === undefined) throw new YakError('LEADER_NOT_AVAILABLE', `The log of ${key} is not open.`)
    const highWatermark = highWatermarkOf(key)
    const offset = choose(log.logStartOffset, highWatermark)
    if (offset > log.logStartOffset) this.#options.environment.observer.onMoment(this.#options.brokerId, 'lets go')
    await this.#move({ key, log, limit: offset, reason: 'request' }, () => log.raiseLogStart(offset))
    return log.logStartOffset
  }

  async #look(): Promise<void> {
    const { environment, process, brokerId, keys, logOf, highWatermarkOf, letGoOfDeleted, isOver } = this.#options
    const { observer, coverage } = environment
    for (const key of keys()) {
      const log = logOf(key)
      if (log === undefined || !observer.isLeader(brokerId)) continue
      try {
        await letGoOfDeleted(key)
        const limit = highWatermarkOf(key)
        await this.#move({ key, log, limit, reason: this.#reason }, async () => {
          const { clockDoubted } = await log.applyRetention(process.wallClockMs(), limit)
          if (clockDoubted) coverage.count('clock doubted')
        })
      } catch (error) {
        // The next look tries again. Until then nobody knows whether the new start is on the disk, as after a crash in its middle.
        if (!(error instanceof Error && 'code' in error)) throw error
      }
      if (isOver()) return
    }
  }

  async #move(
    { key, log, limit, reason }: Pick<LettingGo, 'key' | 'limit' | 'reason'> & { readonly log: ShrinkingLog },
    move: () => Promise<void>,
  ): Promise<void> {
    const { environment, brokerId, onLogStart, isOver } = this.#options
    const { observer } = environment
    const before = log.logStartOffset
    const lettingGo = { broker: brokerId, key, limit, reason }
    observer.logStarts.begins(lettingGo)
    await move()
    if (isOver()) return
    if (observer.logStarts.ends(lettingGo, log.logStartOffset)) observer.onMoment(brokerId, 'has let go')
    if (log.logStartOffset > before) onLogStart(key)
  }

  get #reason(): Reason {
    const { retentionBytes, retentionMs } = this.#options.environment.configuration
    if (retentionBytes >= 0 && retentionMs >= 0) return 'size or time'
    return retentionMs >= 0 ? 'time' : 'size'
  }
}
