import { YakError } from '@yak/protocol'
import type { SmallFile } from '../../../src/replication/core/outputs.ts'
import type { EpochStart, LogState, PartitionKey } from '../../../src/replication/core/state.ts'

/** One record, which is a batch of its own: what it says is its value. */
export interface FakeBatch {
  readonly offset: number
  readonly epoch: number
  readonly value: string
}

/** What the core hands through as bytes; it only ever looks at the length. */
export type FakeBytes = Uint8Array & { readonly batches: readonly FakeBatch[] }

export function fakeBytes(batches: readonly FakeBatch[]): FakeBytes {
  return Object.assign(new Uint8Array(batches.length), { batches })
}

/** A log with a page cache: what is appended can be read at once, and is on disk once it is synced. */
export class FakeLog {
  batches: FakeBatch[] = []
  startOffset = 0
  syncedEndOffset = 0
  fencedEpoch = 0

  get endOffset(): number {
    return this.startOffset + this.batches.length
  }

  get epochs(): EpochStart[] {
    const epochs: EpochStart[] = []
    for (const { epoch, offset } of this.batches) {
      if (epoch > (epochs.at(-1)?.epoch ?? -1)) epochs.push({ epoch, startOffset: offset })
    }
    return epochs
  }

  get state(): LogState {
    return { logStartOffset: this.startOffset, endOffset: this.endOffset, epochs: this.epochs }
  }

  find(value: string): FakeBatch | undefined {
    return this.batches.find((batch) => batch.value === value)
  }

  append(value: string, epoch: number): number {
    this.#assertFence(epoch)
    const offset = this.endOffset
    this.batches.push({ offset, epoch, value })
    return offset
  }

  replicate(batches: readonly FakeBatch[], epoch: number, expectedBaseOffset: number): void {
    this.#assertFence(epoch)
    if (expectedBaseOffset !== this.endOffset || batches[0]?.offset !== this.endOffset) {
      throw new YakError('OFFSET_OUT_OF_RANGE', `batches at ${batches[0]?.offset}, the log ends at ${this.endOffset}`)
    }
    this.batches.push(...batches)
  }

  read(offset: number, endOffset: number, maxBatches: number): FakeBatch[] {
    const from = offset - this.startOffset
    if (from < 0) return []
    return this.batches.slice(from, Math.min(endOffset - this.startOffset, from + Math.max(1, maxBatches)))
  }

  truncateTo(endOffset: number, epoch: number): void {
    this.#assertFence(epoch)
    this.batches.length = endOffset - this.startOffset
    this.syncedEndOffset = this.endOffset
  }

  startAt(offset: number, epoch: number): void {
    this.#assertFence(epoch)
    this.batches = []
    this.startOffset = offset
    this.syncedEndOffset = offset
  }

  raiseStart(offset: number): void {
    const drop = Math.min(offset - this.startOffset, this.batches.length)
    if (drop <= 0) return
    this.batches.splice(0, drop)
    this.startOffset += drop
  }

  /** A power cut: of what was not synced, `kept` batches happened to be on disk. */
  loseUnsynced(kept: number): void {
    this.batches.length = Math.min(this.batches.length, this.syncedEndOffset - this.startOffset + kept)
    // Opening syncs what it found.
    this.syncedEndOffset = this.endOffset
    this.fencedEpoch = 0
  }

  #assertFence(epoch: number): void {
    if (epoch < this.fencedEpoch) {
      throw new YakError('FENCED_LEADER_EPOCH', `epoch ${epoch} is below the fence ${this.fencedEpoch}`)
    }
  }
}

/** What survives a crash of one broker. A replaced disk is another object. */
export class FakeDisk {
  readonly diskId: string
  readonly files: Map<SmallFile['file'], SmallFile['value']> = new Map()
  readonly logs: Map<PartitionKey, FakeLog> = new Map()
  readonly damaged: Set<PartitionKey> = new Set()
  highWatermarks: Map<PartitionKey, number> = new Map()
  starts = 0

  constructor(diskId: string) {
    this.diskId = diskId
  }

  log(key: PartitionKey): FakeLog {
    let log = this.logs.get(key)
    if (log === undefined) {
      log = new FakeLog()
      this.logs.set(key, log)
    }
    return log
  }
}
