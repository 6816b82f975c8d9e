import type { Log } from '@yak/log'
import { YakError } from '@yak/protocol'
import { messageOf } from '../message-of.ts'
import type { Input } from './core/inputs.ts'
import { defaultCoreOptions } from './core/options.ts'
import type { Output } from './core/outputs.ts'
import type { PartitionKey } from './core/state.ts'
import type { DriverHighWatermarks } from './driver-high-watermarks.ts'
import { type DriverLogs, stateOf } from './driver-logs.ts'
import type { DriverClock, DriverOptions, SettingsOf } from './driver-ports.ts'
import { nextSync, readRanges } from './driver-reads.ts'
import { type DriverRoom, isForRoom } from './driver-room.ts'

type OutputOf<Type extends Output['type']> = Extract<Output, { readonly type: Type }>

/** Outputs that are carried out on a log. */
export type LogOutput = OutputOf<
  | 'append'
  | 'replicate'
  | 'read'
  | 'truncate'
  | 'begin-anew'
  | 'raise-log-start'
  | 'fence'
  | 'open-partition'
  | 'partition-restored'
>

export interface DriverLogWorkOptions {
  readonly logs: DriverLogs
  readonly room: DriverRoom
  readonly clock: DriverClock
  readonly limits: DriverOptions['limits']
  readonly highWatermarks: DriverHighWatermarks
  readonly settingsOf: SettingsOf
  /** As the core knows it. */
  readonly highWatermarkOf: (key: PartitionKey) => number
  /** The driver takes part no more. */
  readonly isOver: () => boolean
  /** What a log decided at once: the core hears of it before anything else. */
  readonly decided: (input: Input) => void
  /** What came of work that took its time. */
  readonly feed: (input: Input) => void
  readonly onReplicated: (key: PartitionKey, recordCount: number, sizeBytes: number) => void
  readonly onError: (error: unknown) => void
  readonly onBug: (error: unknown) => void
}

/** Carries out on the logs what the core asks of them, and tells it what came of it. */
export class DriverLogWork {
  readonly #options: DriverLogWorkOptions
  readonly #logs: DriverLogs

  constructor(options: DriverLogWorkOptions) {
    this.#options = options
    this.#logs = options.logs
  }

  execute(output: LogOutput): void {
    switch (output.type) {
      case 'append':
        this.#append(output)
        return
      case 'replicate':
        this.#replicate(output)
        return
      case 'read':
        void this.#read(output)
        return
      case 'fence':
        this.#logs.fence(output.epoch)
        return
      case 'truncate':
        this.#cut(output.key, (log) => log.truncateTo(output.endOffset, { leaderEpoch: output.epoch }))
        return
      case 'begin-anew':
        this.#cut(output.key, (log) => log.truncateFullyAndStartAt(output.startOffset, { leaderEpoch: output.epoch }))
        return
      case 'raise-log-start': {
        const { key, logStartOffset } = output
        const raised = this.#logs.get(key)?.raiseLogStart(logStartOffset)
        // What keeps it from being raised fails the log, which says so itself. Opened again, with room or at a start, the log is named to
        // the leader anew, and the leader tells its own start with the answer.
        raised?.then(
          () => this.noteLogStart(key),
          () => {},
        )
        return
      }
      case 'open-partition':
        void this.open(output.key).catch(this.#options.onError)
        return
      case 'partition-restored':
        void this.#logs.dropAside(output.key).catch(this.#options.onError)
    }
  }

  /** Resolves when the log is open, and throws why it is not. */
  async open(key: PartitionKey): Promise<void> {
    const log = await this.#logs.open(key, 0)
    if (log.failure !== undefined) throw log.failure
    const { feed, settingsOf } = this.#options
    feed({ type: 'partition-opened', key, settings: settingsOf(key), log: stateOf(log) })
  }

  noteLogStart(key: PartitionKey): void {
    const log = this.#logs.get(key)
    if (log !== undefined) {
      this.#options.feed({ type: 'log-start-raised', key, logStartOffset: log.logStartOffset })
    }
  }

  /**
   * A log that finds no room takes the batches back or fails, and the core has counted them: the replica is out, as after any
   * other error of its disk. But nothing that was synced is in doubt, so it need not wait for a restart, only for room.
   */
  failed(key: PartitionKey, error: unknown): void {
    const isRoomWanted = isForRoom(error)
    this.#options.feed({ type: 'log-failed', key, reason: messageOf(error), isForRoom: isRoomWanted })
    if (isRoomWanted) this.#reopenWithRoom(key)
  }

  #reopenWithRoom(key: PartitionKey): void {
    this.#options.room.wait(`log ${key}`, () => void this.#reopen(key))
  }

  async #reopen(key: PartitionKey): Promise<void> {
    const { isOver, highWatermarkOf, feed, onError } = this.#options
    if (isOver() || this.#logs.get(key) === undefined) return
    try {
      const log = await this.#logs.reopen(key, highWatermarkOf(key))
      if (log === undefined) return
      if (log.failure !== undefined) throw log.failure
      feed({ type: 'log-reopened', key, log: stateOf(log) })
    } catch (error) {
      if (isOver()) return
      // That it has none was told when it failed.
      if (isForRoom(error)) this.#reopenWithRoom(key)
      else onError(error)
    }
  }

  #append({ id, key, batch, header, leaderEpoch }: OutputOf<'append'>): void {
    const { decided } = this.#options
    try {
      const log = this.#opened(key)
      const { baseOffset, lastOffset, duplicate, synced } = log.appendAsLeader(batch, header, leaderEpoch)
      this.#watchSync(key, synced)
      decided({ type: 'appended', id, key, baseOffset, endOffset: lastOffset + 1, isDuplicate: duplicate })
    } catch (error) {
      if (!YakError.is(error)) throw error
      decided({ type: 'append-refused', id, key, error })
    }
  }

  #replicate({ key, batches, epoch, expectedBaseOffset }: OutputOf<'replicate'>): void {
    const { decided, onReplicated } = this.#options
    try {
      const log = this.#opened(key)
      const latestEpoch = log.latestEpoch
      const { lastOffset, synced } = log.appendAsFollower(batches, { leaderEpoch: epoch, expectedBaseOffset })
      this.#watchSync(key, synced)
      const epochs = log.latestEpoch === latestEpoch ? [] : log.epochs.filter((start) => start.epoch > latestEpoch)
      decided({ type: 'replicated', key, endOffset: lastOffset + 1, epochs })
      onReplicated(key, lastOffset + 1 - expectedBaseOffset, batches.length)
    } catch (error) {
      if (!YakError.is(error)) throw error
      decided({ type: 'replicate-refused', key, error })
    }
  }

  #opened(key: PartitionKey): Log {
    const log = this.#logs.get(key)
    if (log === undefined) throw new YakError('LEADER_NOT_AVAILABLE', `The log of ${key} is not open.`)
    return log
  }

  #watchSync(key: PartitionKey, synced: Promise<void>): void {
    synced.catch((error: unknown) => this.failed(key, error))
  }

  #cut(key: PartitionKey, cut: (log: Log) => Promise<unknown>): void {
    const log = this.#logs.get(key)
    if (log === undefined) return
    cut(log)
      // Meanwhile a newer epoch was promised, and nothing was cut: who leads under that one compares again.
      .catch((error: unknown) => (YakError.is(error, 'FENCED_LEADER_EPOCH') ? log.flush() : Promise.reject(error)))
      .then(() => this.#options.highWatermarks.lower(key, log.logEndOffset))
      .then(
        () => this.#options.feed({ type: 'truncated', key, log: stateOf(log) }),
        (error: unknown) => this.failed(key, error),
      )
  }

  async #read({ id, entries, maxBytes }: OutputOf<'read'>): Promise<void> {
    const { clock, limits, feed, onBug } = this.#options
    try {
      const results = await readRanges(this.#logs, entries, maxBytes)
      // All of it is appended and none of it readable yet: the next sync makes it so.
      if (results.length === 0) {
        await nextSync(this.#logs, entries, clock, limits?.fetchWaitMs ?? defaultCoreOptions.fetchWaitMs)
      }
      feed({ type: 'read-done', id, results })
    } catch (error) {
      onBug(error)
    }
  }
}
