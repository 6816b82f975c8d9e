import type { LeaseStore } from '@yak/election'
import type { RecordBatchHeader } from '@yak/protocol'
import type { Message } from '../../apps/broker/src/replication/core/messages.ts'
import type { CoreOptions } from '../../apps/broker/src/replication/core/options.ts'
import type { Answer } from '../../apps/broker/src/replication/core/outputs.ts'
import type { Readable } from '../../apps/broker/src/replication/core/readable.ts'
import type { CoreStatus } from '../../apps/broker/src/replication/core/status.ts'
import type { ReplicaState } from '../checker/history.ts'
import type { DiskHealth } from './disk-link.ts'
import type { ChooseStart } from './log-start-keeper.ts'
import type { Random } from './random.ts'
import type { BrokerEnvironment } from './simulated-broker.ts'
import type { SimulatedProcess } from './simulated-process.ts'

/** What outlives a broker's process. */
export interface HostedDisk {
  readonly diskId: string
  /** SIGKILL: what the process had handed on is there, the rest is not. */
  kill(random: Random): void
  /** Of what was not synced any part is gone. */
  cutPower(random: Random): void
  /** Of the promise on it: what an operator confirms. */
  readonly promisedEpoch: number
  /** One bit in a synced batch that others follow. False: there is none. */
  flipBit(random: Random): boolean
}

export interface LifeOptions<Disk extends HostedDisk> {
  readonly environment: BrokerEnvironment
  readonly brokerId: string
  readonly process: SimulatedProcess
  readonly random: Random
  readonly disk: Disk
  readonly diskHealth: DiskHealth
  readonly store: LeaseStore
  /** Told to lead without a quorum, if it must. */
  readonly isUnsafe: boolean
  /** Told to form a cluster without those that do not answer, if it must. */
  readonly isInit: boolean
  /** Who it is besides its incarnation, and its limits of time. */
  readonly coreOptions: Omit<CoreOptions, 'self'>
  /** The graceful stop is over. */
  readonly onStopped: () => void
}

/** One run of one broker, from the opening of its disk to its end. */
export interface BrokerLife {
  /** It has opened its logs and takes messages and clients. */
  readonly isOpen: boolean
  readonly hasFailedLog: boolean
  /** Undefined before it is open. */
  status(): CoreStatus | undefined
  readable(key: string): Readable
  receive(message: Message): void
  unreachable(brokerId: string, requestId: number): void
  produce(key: string, batch: Uint8Array, header: RecordBatchHeader): Promise<Answer>
  read(key: string, offset: number, endOffset: number): Promise<{ batches: Uint8Array; logStartOffset: number }>
  /** Where the log begins then. Throws what a client is told. */
  letGo(key: string, choose: ChooseStart): Promise<number>
  /** Records of the topic list below have taken effect. */
  readonly appliedTopics: number
  /** The topic list says so, as far as this broker has followed it. */
  isDeleted(key: string): boolean
  /** Of a deleted partition too: none may be left. */
  hasFiles(key: string): boolean
  /** Calls back once, when a high watermark has moved; the returned function cancels. */
  onNextCommit(callback: () => void): () => void
  stop(): void
  /** Nothing of it happens any more. */
  end(): void
  /** What its logs hold. */
  replicas(): Promise<ReplicaState[]>
}

/** How brokers are made: over a modelled disk, or over the real log. */
export interface BrokerKind<Disk extends HostedDisk> {
  newDisk(diskId: string): Disk
  start(options: LifeOptions<Disk>): BrokerLife
}

/** The most that one answer to a client or to a follower holds: a few batches, so that catching up takes several. */
export const maxFetchBytes = 4_096
