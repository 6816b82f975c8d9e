/** All that can happen to the core. A driver feeds one at a time, with the time of its monotonic clock. */
import type { RecordBatchHeader, YakError } from '@yak/protocol'
import type { Message } from './messages.ts'
import type { CoordinatorRecord, LogState, PartitionKey, PartitionSettings } from './state.ts'

/** What a `call` came back with. `failed`: no answer, or one that says nothing; it may have taken effect. */
export type CallResult =
  | {
      readonly type: 'acquired'
      readonly epoch: number
      /** The record as it stood before; its `isSuspect` as this step left it. */
      readonly before: CoordinatorRecord
    }
  | { readonly type: 'renewed'; readonly storedIsrIsOlder: boolean; readonly isrVersion: number }
  | { readonly type: 'released' }
  | { readonly type: 'isr-updated'; readonly isrVersion: number }
  | { readonly type: 'refused'; readonly record: CoordinatorRecord }
  | { readonly type: 'failed'; readonly reason: string }

/** What one entry of a `read` output gave. */
export interface ReadResult {
  readonly key: PartitionKey
  /** Whole batches; the first begins at the offset asked for or holds it. */
  readonly batches: Uint8Array
  readonly baseOffset: number
}

export type Input =
  /** Time passed. Needed at `core.wakeAt`, harmless at any other time. */
  | { readonly type: 'tick' }
  | { readonly type: 'message'; readonly message: Message }
  /** A request could not be delivered, or its connection broke: sooner than any timeout. */
  | { readonly type: 'unreachable'; readonly brokerId: string; readonly requestId: number }
  /** A part of the answer to a fetch is here, and the rest is on its way. A network that delivers answers whole never says so. */
  | { readonly type: 'arriving'; readonly brokerId: string; readonly requestId: number }

  /** A small file is synced: written, synced, renamed, its folder synced. */
  | { readonly type: 'saved'; readonly id: number }
  /** A small file could not be written. Fatal, as a failed sync is. */
  | { readonly type: 'save-failed'; readonly id: number; readonly reason: string }

  /** A client's checked batch. `id` comes back in one `answer`. */
  | {
      readonly type: 'produce'
      readonly id: number
      readonly key: PartitionKey
      readonly batch: Uint8Array
      readonly header: RecordBatchHeader
    }
  /** An `append` was taken: it has its offsets, not yet its sync. */
  | {
      readonly type: 'appended'
      readonly id: number
      readonly key: PartitionKey
      readonly baseOffset: number
      /** The offset after its last record. */
      readonly endOffset: number
      readonly isDuplicate: boolean
    }
  /** The log took nothing of it. */
  | { readonly type: 'append-refused'; readonly id: number; readonly key: PartitionKey; readonly error: YakError }
  /** A `replicate` was taken: not yet synced. `epochs`: the epochs that begin in it. */
  | {
      readonly type: 'replicated'
      readonly key: PartitionKey
      readonly endOffset: number
      readonly epochs: LogState['epochs']
    }
  /** The log refused it: damaged on the way, or not at the log's end. The core fetches again. */
  | { readonly type: 'replicate-refused'; readonly key: PartitionKey; readonly error: YakError }
  /** Everything below is synced. May come late, never early; only ever rises between truncations. */
  | { readonly type: 'synced'; readonly key: PartitionKey; readonly syncedEndOffset: number }
  /** A `truncate` or `begin-anew` is done and synced. */
  | { readonly type: 'truncated'; readonly key: PartitionKey; readonly log: LogState }
  /** Retention moved the start of the log. */
  | { readonly type: 'log-start-raised'; readonly key: PartitionKey; readonly logStartOffset: number }
  /** Its log takes nothing more. `isForRoom`: only for want of room; `log-reopened` follows when there is some. */
  | { readonly type: 'log-failed'; readonly key: PartitionKey; readonly reason: string; readonly isForRoom?: boolean }
  /** There is room again: the log is as a restart would have found it, and takes appends. */
  | { readonly type: 'log-reopened'; readonly key: PartitionKey; readonly log: LogState }
  /** Entries that could not be read, or no longer had room, are left out. */
  | { readonly type: 'read-done'; readonly id: number; readonly results: readonly ReadResult[] }
  | { readonly type: 'called'; readonly id: number; readonly result: CallResult }
  /** The coordinator's record, pushed or polled; `null`: it has none, or the connection to it is lost. */
  | { readonly type: 'observed'; readonly record: CoordinatorRecord | null; readonly isConnected: boolean }

  /** A log is open: asked for by `open-partition`, or because the topic list names it below the high watermark. */
  | {
      readonly type: 'partition-opened'
      readonly key: PartitionKey
      readonly settings: PartitionSettings
      readonly log: LogState
    }
  /** The topic list names it: if its deletion was on record, that was cut away (unsafe recovery). `partition-opened` follows. */
  | { readonly type: 'partition-created'; readonly key: PartitionKey }
  /** The deletion of its topic lies below the local high watermark of the topic list. */
  | { readonly type: 'partition-removed'; readonly key: PartitionKey }
  | { readonly type: 'settings-changed'; readonly key: PartitionKey; readonly settings: PartitionSettings }
  /** Stop gracefully: hand over, leave, then output `stopped`. */
  | { readonly type: 'stop' }

/** What a log says at once of an output of the step before. */
export function isDecidedAtOnce({ type }: Input): boolean {
  return type === 'appended' || type === 'append-refused' || type === 'replicated' || type === 'replicate-refused'
}
