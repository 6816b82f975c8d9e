import type { Storage } from '../storage.ts'
import { CheckpointSync } from './checkpoint-sync.ts'
import type { Clock } from './clock.ts'
import { GroupCommit } from './group-commit.ts'
import { IndexCache } from './index-cache.ts'
import { OpenFiles } from './open-files.ts'
import { SparingStorage } from './sparing-storage.ts'
import { systemClock } from './system-clock.ts'
import { TailMemory } from './tail-memory.ts'
import { Turns } from './turns.ts'

/** Bounds of memory and descriptors for all logs of one disk, and what they run on. */
export interface LogDiskOptions {
  /** Where the logs lie. */
  readonly storage: Storage
  /** Default: the machine's clocks. */
  readonly clock?: Clock
  /** Bytes appended and not yet durable, over all logs; above it an append throws OVERLOADED. Default 32 MiB. */
  readonly maxPendingBytes?: number
  /**
   * Logs that write and sync at the same time. Default 4. Node's thread pool has four threads by default, and reads, the files of closed
   * segments and the checkpoints want some too: set UV_THREADPOOL_SIZE to 16 where many logs are busy.
   */
  readonly parallelCommits?: number
  /** Files held open while not in use, over all logs. Default 512. */
  readonly maxOpenFiles?: number
  /** Memory for the newest batches of all logs, so that a reader at the end needs no disk. Default 32 MiB. */
  readonly maxTailBytes?: number
  /** Memory for index files of closed segments. Default 8 MiB. */
  readonly maxIndexBytes?: number
  /** Times looked up at once, over all logs; each may hold a whole batch, and what it unpacks to. Default 4. */
  readonly parallelLookUps?: number
  /** The synced ends that the logs save are made durable this often at most, all of them together. Default 1,000 ms. */
  readonly checkpointSyncMs?: number
}

const MIB = 1_048_576

/** What the logs of one disk share: the storage, the clock, the group commit, and every bound on memory and descriptors. */
export class LogDisk {
  /** As it was given, and sparing with descriptors: it closes idle files when there are none left. */
  readonly storage: Storage
  /** By which every log of the disk tells time. */
  readonly clock: Clock
  /** Brings the pending appends of all logs into shared cycles. */
  readonly commits: GroupCommit
  /** Makes what the logs saved of their ends durable, all of them together. */
  readonly checkpoints: CheckpointSync
  /** Files kept open while not in use. */
  readonly files: OpenFiles
  /** Memory for the newest batches of all logs. */
  readonly tails: TailMemory
  /** Memory for index files of closed segments. */
  readonly indexes: IndexCache
  /** Who may look up a time now; the others wait their turn. */
  readonly lookUps: Turns

  constructor(options: LogDiskOptions) {
    this.storage = new SparingStorage(options.storage, () => this.files.closeSome())
    this.clock = options.clock ?? systemClock
    this.commits = new GroupCommit({
      maxPendingBytes: options.maxPendingBytes ?? 32 * MIB,
      parallelCommits: options.parallelCommits ?? 4,
    })
    this.checkpoints = new CheckpointSync({ clock: this.clock, intervalMs: options.checkpointSyncMs ?? 1_000 })
    this.files = new OpenFiles(this.storage, options.maxOpenFiles ?? 512)
    this.tails = new TailMemory(options.maxTailBytes ?? 32 * MIB)
    this.indexes = new IndexCache(options.maxIndexBytes ?? 8 * MIB)
    this.lookUps = new Turns(options.parallelLookUps ?? 4)
  }
}
