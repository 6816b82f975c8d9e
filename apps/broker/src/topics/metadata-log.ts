import assert from 'node:assert/strict'
import { decodeRecordBatch, RecordBatchBuilder, readRecordBatchHeader, recordBatches, YakError } from '@yak/protocol'
import { FetchWaiter } from '../replication/fetch-waiter.ts'
import type { Partition } from '../replication/partition.ts'
import { decodeMetadataRecord, encodeMetadataRecord, type MetadataRecord } from './metadata-record.ts'

const maxReadBytes = 1_048_576

/**
 * The internal log `__metadata`. Records take effect in the order of the log and only once they are committed: what this
 * broker wrote itself comes back by the same way as what is replayed at start.
 */
export class MetadataLog {
  readonly #partition: Partition
  readonly #apply: (record: MetadataRecord) => Promise<void> | void
  readonly #clock: () => number
  readonly #appliedListeners: {
    readonly offset: number
    readonly resolve: () => void
    readonly reject: (error: unknown) => void
  }[] = []
  #appliedEndOffset: number
  #isClosed = false
  #failure: unknown

  /** `apply` is given one record after another and awaited between them. */
  constructor(partition: Partition, apply: (record: MetadataRecord) => Promise<void> | void, clock: () => number) {
    this.#partition = partition
    this.#apply = apply
    this.#clock = clock
    this.#appliedEndOffset = partition.logStartOffset
  }

  /** Applies all that is committed, and goes on by itself as more is. */
  async replay(): Promise<void> {
    await this.#applyCommitted()
    this.#waitForMore()
  }

  /** Resolves when the record has taken effect. */
  async append(record: MetadataRecord): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure
    const builder = new RecordBatchBuilder({ maxBytes: maxReadBytes })
    builder.tryAppend({ key: null, value: encodeMetadataRecord(record), timestamp: this.#clock() })
    const batch = builder.build()
    await new Promise<void>((resolve, reject) => {
      const append = this.#partition.append(batch, readRecordBatchHeader(batch), (error) => {
        if (error !== undefined) reject(error)
      })
      this.#appliedListeners.push({ offset: append.lastOffset, resolve, reject })
    })
  }

  close(): void {
    this.#isClosed = true
    this.#failAll(new YakError('SHUTTING_DOWN', 'The broker is stopping. Try again at another one, or in a moment.'))
  }

  #waitForMore(): void {
    if (this.#isClosed) return
    const waiter = new FetchWaiter(1, () => {
      this.#partition.removeWaiter(waiter)
      this.#applyCommitted().then(
        () => this.#waitForMore(),
        (error) => {
          this.#failure = error
          this.#failAll(error)
        },
      )
    })
    this.#partition.addWaiter(waiter)
    // What was committed while nobody listened.
    if (this.#partition.highWatermark > this.#appliedEndOffset) waiter.wake()
  }

  async #applyCommitted(): Promise<void> {
    this.#partition.assertServing()
    while (this.#appliedEndOffset < this.#partition.highWatermark && !this.#isClosed) {
      const read = await this.#partition.read(this.#appliedEndOffset, maxReadBytes)
      assert(read.nextOffset > this.#appliedEndOffset, 'a read below the high watermark brings records')
      for (const { position } of recordBatches(read.bytes)) {
        for (const { offset, value } of decodeRecordBatch(read.bytes, position)) {
          if (offset < this.#appliedEndOffset) continue
          await this.#apply(decodeMetadataRecord(value ?? new Uint8Array(), offset))
          this.#appliedEndOffset = offset + 1
          this.#tellApplied()
        }
      }
    }
  }

  #tellApplied(): void {
    while (this.#appliedListeners.length > 0 && this.#appliedListeners[0]!.offset < this.#appliedEndOffset) {
      this.#appliedListeners.shift()!.resolve()
    }
  }

  #failAll(error: unknown): void {
    for (const listener of this.#appliedListeners.splice(0)) listener.reject(error)
  }
}
