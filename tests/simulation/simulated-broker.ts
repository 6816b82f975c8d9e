import type { MemoryCoordinator } from '@yak/election/testing'
import type { Message } from '../../apps/broker/src/replication/core/messages.ts'
import type { Rules } from '../../apps/broker/src/replication/core/rules/rules.ts'
import type { ReplicaState } from '../checker/history.ts'
import type { BrokerPort } from './clients/broker-port.ts'
import type { Configuration } from './configuration.ts'
import type { CoordinatorHealth } from './coordinator-link.ts'
import type { Coverage } from './coverage.ts'
import type { FaultyBroker } from './faults/fault.ts'
import type { Network } from './network.ts'
import type { ClusterObserver } from './observer/cluster-observer.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import type { Trace } from './trace.ts'

/** What a broker of the simulation is built on. */
export interface BrokerEnvironment {
  readonly configuration: Configuration
  /** What brokers that start now are told. */
  readonly settings: { readonly minInsyncReplicas: number; readonly brokerIds: readonly string[] }
  readonly scheduler: Scheduler
  readonly network: Network
  readonly coordinator: MemoryCoordinator
  readonly coordinatorHealth: CoordinatorHealth
  readonly coverage: Coverage
  readonly observer: ClusterObserver
  readonly trace: Trace
  readonly rules: Rules
  /** Another broker, for what travels between them. */
  readonly peer: (brokerId: string) => SimulatedBroker
  /** A broken invariant, an error nobody caught. */
  readonly onFailure: (message: string) => void
}

export interface PartitionStanding {
  readonly key: string
  readonly logStartOffset: number
  readonly endOffset: number
  readonly highWatermark: number
}

/** A broker over its lives: the disk stays, the process comes and goes. */
export interface SimulatedBroker extends FaultyBroker {
  readonly random: Random
  readonly process: SimulatedProcess
  /** From another broker. */
  receive(message: Message): void
  /** A request of its own found nobody. */
  unreachable(brokerId: string, requestId: number): void
  /** Undefined while nothing listens. */
  readonly port: BrokerPort | undefined
  /** A log took an error of its disk: it is served again after a restart. */
  readonly hasFailedLog: boolean
  /** Role, epoch, ISR and ends in a line. */
  readonly summary: string
  /** Whether its disk holds anything of this partition; true while it is down. */
  hasFiles(key: string): boolean
  /** What it holds at the end, read from its logs. */
  replicas(): Promise<ReplicaState[]>
}

/** The partition that names the others. */
export const metadataKey = '__metadata-0'
