import type { MemoryCoordinator } from '@yak/election/testing'
import type { IsrRecord } from '../../../apps/broker/src/replication/core/state.ts'
import type { ClientProcess } from '../clients/client-process.ts'
import type { Configuration, FaultName } from '../configuration.ts'
import type { CoordinatorHealth } from '../coordinator-link.ts'
import type { Coverage } from '../coverage.ts'
import type { DiskHealth } from '../disk-link.ts'
import type { Network } from '../network.ts'
import type { Moment } from '../observer/moment.ts'
import type { Random } from '../random.ts'
import type { PartitionStanding } from '../simulated-broker.ts'
import type { Trace } from '../trace.ts'

/** A broker as the faults see it: something with a process, a disk and a cable. */
export interface FaultyBroker {
  readonly id: string
  readonly state: 'running' | 'paused' | 'stopping' | 'down'
  readonly isLeader: boolean
  /** Votes with this disk, follows or leads, and has no damaged log. */
  readonly isWhole: boolean
  /** It has opened every partition that there is to be. */
  readonly hasAllPartitions: boolean
  /** It takes part in nothing any more, and says why. */
  readonly isHalted: boolean
  readonly diskHealth: DiskHealth
  /** What it knows of its partitions at the moment; empty while it is down. */
  standing(): readonly PartitionStanding[]
  /** An operator has it stopped, and nobody starts it. */
  isHeldDown: boolean
  pause(): void
  resume(): void
  /** Paused for so long in the middle of a step: at its `looks`th look at the clock from now, if it may then. */
  stall(looks: number, forMs: number, mayStall: () => boolean): void
  /** SIGKILL: what was written stays, synced or not. */
  kill(): void
  /** Killed, and of what was not synced any part is gone. */
  powerCut(): void
  /** SIGTERM. */
  stopGracefully(): void
  start(): void
  /** Told by an operator to lead without a quorum, if it must. */
  startUnsafely(): void
  /** Told by an operator to form a cluster without those that do not answer. */
  startWithInit(): void
  /** While down: it will start with an empty folder, and its own is kept. */
  changeFolder(): void
  restoreFolder(): void
  /** By mistake with these for all the members. */
  startAmong(members: readonly string[]): void
  /** While down: an empty disk. */
  replaceDisk(): void
  /** While down: one bit in a synced batch that is not the last. False: there is none. */
  flipBit(): boolean
  jumpClock(byMs: number): void
}

/** What faults may reach. */
export interface FaultyWorld {
  readonly configuration: Configuration
  /** With which brokers start: m may change while all are stopped. */
  readonly settings: { readonly minInsyncReplicas: number }
  readonly random: Random
  readonly network: Network
  readonly coverage: Coverage
  readonly trace: Trace
  readonly brokers: readonly FaultyBroker[]
  readonly clients: readonly ClientProcess[]
  readonly coordinator: MemoryCoordinator
  readonly coordinatorHealth: CoordinatorHealth
  readonly nowMs: number
  /** What must not be has happened. */
  fail(message: string): void
  schedule(delayMs: number, callback: () => void): void
  /** Calls back at each step of a broker that matters; the returned function ends that. */
  onMoment(listener: (broker: FaultyBroker, moment: Moment) => void): () => void
  /** Whether one disk more may lose what it holds and all that was acknowledged still stands on m − 1 others. */
  mayLoseDisk(broker: FaultyBroker): boolean
  /** The newest ISR on its disk. */
  knownIsr(brokerId: string): IsrRecord | undefined
  killClient(): void
  /** This broker, which begins to lead, lacks what was acknowledged above the ends of its logs, and is excused. */
  giveUp(leader: FaultyBroker): void
  /** A second process under the id of this broker, with an empty disk; until it ends, the first is to stay in the ISR. */
  startSecond(first: FaultyBroker): { fetch(): void; end(): void }
  /** A leader is asked to have this log begin there. */
  letGo(leader: FaultyBroker, partition: string, offset: number): void
  /** Has a topic deleted and made again. False: it is on its way already. */
  recreateTopic(): boolean
  /** All brokers are down: they will start with the other m of the configuration. */
  changeSettings(): void
  /** Nothing that another broker has acknowledged may be missing in what this one shows, until the returned function is called. */
  watchReads(broker: FaultyBroker): () => void
  /** None of these may become a voter, until the returned function is called. */
  watchFolders(brokers: readonly FaultyBroker[]): () => void
  /** All brokers are down: they will start with these for all the members. */
  changeMembers(brokerIds: readonly string[]): void
  /** From now on what lies above a cut of the history may be lost. False: that has been allowed before. */
  allowRecovery(): boolean
}

/** One kind of fault. `begin` does it, and gives back what ends it; undefined: there was nothing to do it to. */
export interface Fault {
  readonly name: FaultName
  /** In leases: how long it lasts, from and to. */
  readonly lasts: readonly [low: number, high: number]
  begin(world: FaultyWorld): (() => void) | undefined
}

/** A second of them in the same run could make untrue what the first one counts on. */
export function oneAtATime(fault: Fault): Fault {
  const underWay = new WeakSet<FaultyWorld>()
  return {
    ...fault,
    begin(world) {
      const end = underWay.has(world) ? undefined : fault.begin(world)
      if (end === undefined) return undefined
      underWay.add(world)
      return () => {
        underWay.delete(world)
        end()
      }
    },
  }
}

export const nothing = (): void => {}

/** The leader half of the time: that is where it hurts. */
export function someBroker(world: FaultyWorld, isFit: (broker: FaultyBroker) => boolean): FaultyBroker | undefined {
  const fit = world.brokers.filter(isFit)
  if (fit.length === 0) return undefined
  const leader = fit.find(({ isLeader }) => isLeader)
  return leader !== undefined && world.random.chance(0.5) ? leader : world.random.pick(fit)
}

export const isUp = (broker: FaultyBroker): boolean => broker.state === 'running' || broker.state === 'paused'
