import type { LeaseStore } from '@yak/election'
import type { Log, LogConfig, LogDisk } from '@yak/log'
import type { YakError } from '@yak/protocol'
import type { Members } from './core/identity.ts'
import type { Input } from './core/inputs.ts'
import type { Message } from './core/messages.ts'
import type { CoreOptions } from './core/options.ts'
import type { Output, RoleName } from './core/outputs.ts'
import type { Rules } from './core/rules/rules.ts'
import type { PartitionKey, PartitionSettings } from './core/state.ts'

export interface DriverClock {
  /** Milliseconds from any start, never going back. */
  monotonicMs(): number
  /** Calls back once; the answer cancels it. */
  schedule(delayMs: number, callback: () => void): () => void
}

/** Of a partition, as far as the topic list says; the defaults where it says nothing yet. */
export type SettingsOf = (key: PartitionKey) => PartitionSettings

export interface DriverNetwork {
  /**
   * One way. It may be lost, doubled or late; `driver.unreachable` may tell that it was not delivered, and `driver.arriving` that its
   * answer is on its way.
   */
  send(to: string, message: Message): void
}

/** What happens to it, for the broker around it. All are called synchronously, after the step they belong to. */
export interface DriverEvents {
  readonly onRole?: (role: RoleName, epoch: number, reason: string) => void
  /** The newest ISR that this broker knows is another record; see `isr`. Within the step that brought it. */
  readonly onIsr?: () => void
  readonly onHighWatermark?: (key: PartitionKey, highWatermark: number) => void
  /**
   * Records of the topic list below `upTo` take effect: open and remove partitions, through the driver. Where it falls, an operator had the
   * history cut: read the list again.
   */
  readonly onTopicsCommitted?: (upTo: number) => void
  /** Records fetched from the leader were appended; they may not be synced yet. */
  readonly onReplicated?: (key: PartitionKey, recordCount: number, sizeBytes: number) => void
  /** The coordinator gave this broker the lease because that of another, or of its own earlier run, had run out. */
  readonly onLeaseExpired?: (holderId: string, epoch: number) => void
  /** A batch was not written because this broker does not lead, or not under that epoch. */
  readonly onWriteRefused?: () => void
  readonly onLogFailure?: (key: PartitionKey, failure: YakError) => void
  /**
   * A relaxed log (`flush: interval`) was not closed cleanly: if the power failed, what it took since its last sync is gone. `lostOffsets` of
   * what this broker knows to have been committed are; 0: of none it is known.
   */
  readonly onRelaxedTail?: (key: PartitionKey, lostOffsets: number) => void
  readonly onNotice?: (level: 'info' | 'warn' | 'error', text: string) => void
  /** The graceful stop is over. */
  readonly onStopped?: () => void
  /** A broken invariant or a bug: the driver has stopped, and the process had better too. */
  readonly onFatal?: (error: unknown) => void
  /** Each step of the core and what it asked for, for traces. */
  readonly onInput?: (input: Input) => void
  readonly onOutput?: (output: Output) => void
}

export interface DriverOptions {
  readonly brokerId: string
  /** Of the data folder; written once, when that was made. */
  readonly diskId: string
  readonly members: Members
  /** A cluster id in case this broker forms the cluster. */
  readonly newClusterId: string
  /** The name of the group in the coordinator. Default `yak`. */
  readonly group?: string
  /** Limits of time; defaults in core/options.ts. */
  readonly limits?: Partial<
    Omit<CoreOptions, 'self' | 'members' | 'random' | 'newClusterId' | 'earlierIncarnations' | 'unsafeRecover' | 'init'>
  >
  /**
   * After so long a run of this disk counts as settled, and the next one takes its lease over without waiting it out. A leader
   * that crashes again and again must let another one try. Default: ten leases.
   */
  readonly settledAfterMs?: number
  /**
   * Unsafe recovery: the operator's word that this broker may lead once without a quorum. It is good only while this disk has
   * promised that very epoch, so that it is not given again by a restart with the same settings.
   */
  readonly unsafeRecoverAt?: number
  /**
   * The operator's word that this broker may form a cluster without those that do not answer, for the disk of this id and no other: a
   * setting that was left where it stood does nothing for the disk that comes after it.
   */
  readonly initDiskId?: string
  readonly clock: DriverClock
  readonly random: () => number
  readonly network: DriverNetwork
  readonly coordinator: LeaseStore
  /** Its storage holds the small files too. */
  readonly disk: LogDisk
  /** What found no room is tried again from so many free bytes on. Default 64 MiB. */
  readonly minFreeBytes?: number
  readonly settingsOf?: SettingsOf
  /** Of a partition, for messages. Default: its key. */
  readonly nameOf?: (key: PartitionKey) => string
  readonly logConfigOf?: (key: PartitionKey) => Partial<LogConfig>
  /**
   * Called once, before the other logs are opened: the topic list, committed below `highWatermark`, says how they are to be
   * opened. Resolves with the partitions whose deletion is committed.
   */
  readonly readTopics?: (metadata: Log, highWatermark: number) => Promise<readonly PartitionKey[]>
  readonly events?: DriverEvents
  /** Tests only. */
  readonly rules?: Rules
}
