import assert from 'node:assert/strict'
import type { Log } from '@yak/log'
import { decodeRecordBatch, RecordBatchBuilder, readRecordBatchHeader, recordBatches, YakError } from '@yak/protocol'
import { metadataKey } from '../replication/core/state.ts'
import type { ReplicationDriver } from '../replication/driver.ts'
import { decodeMetadataRecord, encodeMetadataRecord, type MetadataRecord } from './metadata-record.ts'

const maxReadBytes = 1_048_576

/** Resolves with whether the record took effect. */
export type ApplyMetadata = (record: MetadataRecord) => Promise<boolean> | boolean

/** Reads the log from its beginning, as far as it is committed. */
export type ReadFromStart = (apply: (record: MetadataRecord) => boolean) => Promise<void>

export interface MetadataLogOptions {
  /** Given one record after another, and awaited between them. */
  readonly apply: ApplyMetadata
  /** Records that were applied are in the log no more: an operator had the history cut. To be read anew, and what they did undone. */
  readonly onCut: (readFromStart: ReadFromStart) => Promise<void>
  readonly clock: () => number
}

interface AppliedListener {
  readonly offset: number
  readonly resolve: (hasEffect: boolean) => void
  readonly reject: (error: unknown) => void
}

/**
 * The internal log `__metadata`. Records take effect in the order of the log and only once they are committed, on every
 * broker alike: what this broker wrote itself comes back by the same way as what another wrote.
 */
export class MetadataLog {
  readonly #options: MetadataLogOptions
  #driver: ReplicationDriver | undefined
  readonly #appliedListeners: AppliedListener[] = []
  /** Offsets whose listener is yet to come: applied before their answer was. */
  readonly #effects = new Map<number, boolean>()
  #answersUnderWay = 0
  #appliedEndOffset = 0
  #committedEndOffset = 0
  #applying: Promise<void> | undefined
  #isCut = false
  /** The log is shorter than what was said to be committed. */
  #awaitsWord = false
  #isClosed = false
  #failure: unknown

  constructor(options: MetadataLogOptions) {
    this.#options = options
  }

  /** Everything below has taken effect. */
  get appliedEndOffset(): number {
    return this.#appliedEndOffset
  }

  /** How often an operator had the history of the topic list cut. */
  get historyCuts(): number {
    return this.#driver?.topicListCuts ?? 0
  }

  /** Why what was committed could not be applied, if so. */
  get failure(): unknown {
    return this.#failure
  }

  /** Applies what a log that is not taking part yet has, below `endOffset`. Where that fails, nothing of it counts as applied. */
  async replay(log: Log, endOffset: number): Promise<void> {
    try {
      await this.#applyFrom(log, endOffset, this.#options.apply)
    } catch (error) {
      this.#appliedEndOffset = 0
      throw error
    }
  }

  /** From now on it may be written to, and what is committed is applied as soon as it is. */
  connect(driver: ReplicationDriver): void {
    this.#driver = driver
    this.#applyCommitted()
  }

  /** Records below are committed. It falls only where the history was cut. */
  noteCommitted(endOffset: number): void {
    if (endOffset < Math.max(this.#committedEndOffset, this.#appliedEndOffset)) this.#isCut = true
    this.#committedEndOffset = endOffset
    this.#awaitsWord = false
    this.#applyCommitted()
  }

  /** Resolves with whether it took effect, once that is decided. Rejects when it was not written, or may yet be. */
  async append(record: MetadataRecord): Promise<boolean> {
    if (this.#failure !== undefined) throw this.#failure
    const driver = this.#driver
    if (driver === undefined || this.#isClosed) throw shuttingDown()
    const { failure } = driver.log(metadataKey) ?? {}
    if (failure !== undefined) throw failure
    const builder = new RecordBatchBuilder({ maxBytes: maxReadBytes })
    builder.tryAppend({ key: null, value: encodeMetadataRecord(record), timestamp: this.#options.clock() })
    const batch = builder.build()
    this.#answersUnderWay++
    return await new Promise<boolean>((resolve, reject) => {
      driver.produce(metadataKey, batch, readRecordBatchHeader(batch), (answer) => {
        this.#answersUnderWay--
        if (answer.outcome === 'done') this.#whenApplied({ offset: answer.baseOffset, resolve, reject })
        else reject(answer.error)
        if (this.#answersUnderWay === 0) this.#effects.clear()
      })
    })
  }

  close(): void {
    this.#isClosed = true
    this.#failAll(shuttingDown())
  }

  /** Resolves when nothing is being applied any more. */
  async settled(): Promise<void> {
    await this.#applying
  }

  #whenApplied(listener: AppliedListener): void {
    const effect = this.#effects.get(listener.offset)
    if (effect !== undefined) listener.resolve(effect)
    else if (this.#failure !== undefined) listener.reject(this.#failure)
    else this.#appliedListeners.push(listener)
  }

  #applyCommitted(): void {
    if (
      this.#awaitsWord ||
      this.#applying !== undefined ||
      this.#driver === undefined ||
      this.#isClosed ||
      this.#failure !== undefined
    )
      return
    if (this.#committedEndOffset <= this.#appliedEndOffset && !this.#isCut) return
    const log = this.#driver.log(metadataKey)
    if (log === undefined) return
    const applying = this.#isCut
      ? this.#readAnew(log)
      : this.#applyFrom(log, this.#committedEndOffset, this.#options.apply)
    this.#applying = applying
      .catch((error: unknown) => {
        // What was being read was cut away, and nobody has said so yet: it is read anew as soon as that is said, and not before.
        if (log.logEndOffset < this.#committedEndOffset) {
          this.#isCut = true
          this.#awaitsWord = true
        }
        if (this.#isClosed || this.#isCut) return
        this.#failure = error
        this.#failAll(error)
      })
      .finally(() => {
        this.#applying = undefined
        this.#applyCommitted()
      })
  }

  async #readAnew(log: Log): Promise<void> {
    this.#isCut = false
    this.#appliedEndOffset = 0
    this.#failAll(
      new YakError(
        'OUTCOME_UNKNOWN',
        'An operator had the history of the cluster cut. Look whether the change is still there.',
      ),
    )
    await this.#options.onCut((apply) => this.#applyFrom(log, this.#committedEndOffset, apply))
  }

  async #applyFrom(log: Log, endOffset: number, apply: ApplyMetadata): Promise<void> {
    while (this.#appliedEndOffset < endOffset && !this.#isClosed) {
      const read = await log.read({ offset: this.#appliedEndOffset, maxBytes: maxReadBytes, endOffset })
      assert(read.nextOffset > this.#appliedEndOffset, 'a read below the high watermark brings records')
      for (const { position } of recordBatches(read.bytes)) {
        for (const { offset, value } of decodeRecordBatch(read.bytes, position)) {
          if (offset < this.#appliedEndOffset) continue
          const hasEffect = await apply(decodeMetadataRecord(value ?? new Uint8Array(), offset))
          this.#appliedEndOffset = offset + 1
          this.#tellApplied(offset, hasEffect)
        }
      }
    }
  }

  #tellApplied(offset: number, hasEffect: boolean): void {
    const index = this.#appliedListeners.findIndex((listener) => listener.offset === offset)
    if (index >= 0) this.#appliedListeners.splice(index, 1)[0]!.resolve(hasEffect)
    else if (this.#answersUnderWay > 0) this.#effects.set(offset, hasEffect)
  }

  #failAll(error: unknown): void {
    for (const listener of this.#appliedListeners.splice(0)) listener.reject(error)
  }
}

function shuttingDown(): YakError {
  return new YakError('SHUTTING_DOWN', 'The broker is stopping. Try again at another one, or in a moment.')
}
