import { randomUUID } from 'node:crypto'
import { type LeaseStore, type LeaseStoreStatus, openLeaseStore } from '@yak/election'
import type { Log, LogConfig, LogDisk } from '@yak/log'
import { YakError } from '@yak/protocol'
import type { Logger } from 'pino'
import { CuttableLeaseStore } from '../chaos/cuttable-lease-store.ts'
import { SlowReplicaNetwork } from '../chaos/slow-replica-network.ts'
import type { MemberList } from '../cluster/member-list.ts'
import { SoleLeaseStore } from '../cluster/sole-lease-store.ts'
import type { BrokerConfig } from '../config.ts'
import { ConfigError } from '../config-error.ts'
import { messageOf } from '../message-of.ts'
import type { RoleName } from './core/outputs.ts'
import type { Rules } from './core/rules/rules.ts'
import type { PartitionKey, PartitionSettings } from './core/state.ts'
import { ReplicationDriver } from './driver.ts'
import { Partition } from './partition.ts'
import type { HttpReplicaNetwork } from './transport/http-replica-network.ts'

/** What it asks the broker around it, and tells it. */
export interface ReplicationHost {
  /** `orders-1`, for messages. */
  readonly nameOf: (key: PartitionKey) => string
  readonly settingsOf: (key: PartitionKey) => PartitionSettings
  readonly logConfigOf: (key: PartitionKey) => Partial<LogConfig>
  /** Called once, before the other logs are opened; resolves with the partitions whose deletion is committed. */
  readonly readTopics: (metadata: Log, endOffset: number) => Promise<readonly PartitionKey[]>
  /** Records of the topic list below take effect; it falls where an operator had the history cut. */
  readonly onTopicsCommitted: (endOffset: number) => void
  readonly onRole: (role: RoleName, epoch: number, reason: string) => void
  readonly onIsr: () => void
  readonly onReplicated: (key: PartitionKey, recordCount: number, sizeBytes: number) => void
  readonly onLeaseExpired: (holderId: string, epoch: number) => void
  /** A batch was not written because this broker does not lead, or not under that epoch. */
  readonly onWriteRefused: () => void
  /** A relaxed log was not closed cleanly: so many offsets that were committed are known to be gone. */
  readonly onRelaxedTail: (key: PartitionKey, lostOffsets: number) => void
  /** Its log is not served any more. */
  readonly onLogFailure: (name: string, failure: YakError) => void
  readonly onNotice: (level: 'info' | 'warn' | 'error', text: string) => void
}

export interface BrokerReplicationOptions {
  readonly config: BrokerConfig
  readonly diskId: string
  readonly memberList: MemberList
  readonly network: HttpReplicaNetwork
  readonly disk: LogDisk
  readonly logger: Logger
  readonly host: ReplicationHost
  /** Tests only. */
  readonly rules?: Rules | undefined
}

/** What a timer can hold; the core asks for no more than a few leases. */
const maxTimerMs = 2 ** 31 - 1

/** The replication of a real broker: the driver with its logs, over HTTP, its coordinator and the clock of the machine. */
export class BrokerReplication {
  readonly driver: ReplicationDriver
  /** With `--chaos true`. */
  readonly cuttableCoordinator: CuttableLeaseStore | undefined
  readonly slowNetwork: SlowReplicaNetwork | undefined
  readonly #brokerId: string
  readonly #network: HttpReplicaNetwork
  readonly store: LeaseStore
  readonly #partitions: Map<PartitionKey, Partition>
  readonly #fatal: { reason: string | undefined }

  private constructor(parts: {
    readonly brokerId: string
    readonly network: HttpReplicaNetwork
    readonly driver: ReplicationDriver
    readonly store: LeaseStore
    readonly partitions: Map<PartitionKey, Partition>
    readonly fatal: { reason: string | undefined }
    readonly cut: CuttableLeaseStore | undefined
    readonly slow: SlowReplicaNetwork | undefined
  }) {
    this.driver = parts.driver
    this.#brokerId = parts.brokerId
    this.#network = parts.network
    this.store = parts.store
    this.#partitions = parts.partitions
    this.#fatal = parts.fatal
    this.cuttableCoordinator = parts.cut
    this.slowNetwork = parts.slow
  }

  /** Opens the logs; takes part from `start` on. */
  static async open(options: BrokerReplicationOptions): Promise<BrokerReplication> {
    const { config, diskId, memberList, network, disk, logger, host, rules } = options
    const { id: brokerId, leaseMs, group, role } = config
    const opened = await coordinatorOf(config)
    const cut = config.chaos && !(opened instanceof SoleLeaseStore) ? new CuttableLeaseStore(opened) : undefined
    const store = cut ?? opened
    logProblems(store, logger)
    const partitions = new Map<PartitionKey, Partition>()
    const fatal: { reason: string | undefined } = { reason: undefined }
    const isAlone = memberList.members.brokerIds.length === 1
    const slow = config.chaos && !isAlone ? new SlowReplicaNetwork(network, leaseMs) : undefined
    try {
      const driver = await ReplicationDriver.open({
        brokerId,
        diskId,
        members: memberList.members,
        newClusterId: randomUUID(),
        group,
        limits: {
          leaseMs,
          replicaLagMaxMs: leaseMs,
          fetchWaitMs: Math.min(500, Math.floor(leaseMs / 4)),
          // Alone there is nobody to hand over to, and all the time of a stop to answer what was accepted.
          ...(isAlone ? { handOverMs: 3 * config.shutdownTimeoutMs } : {}),
          prefersLeading: isAlone || role === 'leader',
        },
        minFreeBytes: config.minFreeDiskBytes,
        ...unsafeRecoveryOf(config),
        ...initOf(config),
        clock: { monotonicMs: () => performance.now(), schedule },
        random: Math.random,
        network: slow ?? network,
        coordinator: store,
        disk,
        ...(rules === undefined ? {} : { rules }),
        nameOf: host.nameOf,
        settingsOf: host.settingsOf,
        logConfigOf: host.logConfigOf,
        readTopics: host.readTopics,
        events: {
          onRole: host.onRole,
          onIsr: host.onIsr,
          onHighWatermark: (key) => partitions.get(key)?.noteHighWatermark(),
          onTopicsCommitted: host.onTopicsCommitted,
          onReplicated: host.onReplicated,
          onLeaseExpired: host.onLeaseExpired,
          onWriteRefused: host.onWriteRefused,
          onRelaxedTail: host.onRelaxedTail,
          onLogFailure: (key, failure) => {
            const name = host.nameOf(key)
            logger.error({ err: failure, partition: name }, `${name} is not served any more: ${failure.message}`)
            host.onLogFailure(name, failure)
            partitions.get(key)?.wakeWaiters()
          },
          onNotice: host.onNotice,
          onFatal: (error) => {
            fatal.reason = messageOf(error)
            const text = 'the broker takes part no more: an invariant is broken, or it hit a bug'
            logger.fatal({ err: error }, `${text}: ${fatal.reason}`)
          },
        },
      })
      return new BrokerReplication({ brokerId, network, driver, store, partitions, fatal, cut, slow })
    } catch (error) {
      await store.close()
      throw error
    }
  }

  start(): void {
    this.#network.attach(this.driver)
    this.driver.start()
  }

  /** The record that creates its topic has taken effect. */
  async openPartition(key: PartitionKey, name: string): Promise<Partition> {
    await this.driver.openPartition(key)
    // It may have been opened for a leader that knew of it first, with the settings of no topic.
    this.driver.changeSettings(key)
    const partition = new Partition({ name, key, driver: this.driver })
    this.#partitions.set(key, partition)
    await this.driver.untilEntered(key)
    return partition
  }

  /** The record that deletes its topic has taken effect. Resolves when its files are gone. */
  async removePartition(key: PartitionKey): Promise<void> {
    this.#partitions.delete(key)
    if (this.driver.hasFiles(key)) await this.driver.removePartition(key)
  }

  /** What is wrong and is not the core's to know: peers that answer wrongly, a coordinator that refuses, a bug. */
  obstacles(): string[] {
    return this.#fatal.reason === undefined
      ? []
      : [`The broker takes part no more: ${this.#fatal.reason} Keep its log and its data folder, and start it again.`]
  }

  /** What is wrong with the URL that `--peers` gives this very broker, or with its id; undefined: nothing that is known. */
  get misaddressed(): string | undefined {
    return this.#network.problems.get(this.#brokerId)
  }

  remarks(): string[] {
    const { problem } = this.store.status
    return [...this.#network.problems.values(), ...(problem === undefined ? [] : [problem.message])]
  }

  /** Hands over gracefully; others may still ask for promises meanwhile. */
  async stop(): Promise<void> {
    await this.driver.stop()
  }

  /** Takes part no more and closes the logs. */
  async close(): Promise<void> {
    this.slowNetwork?.close()
    await this.driver.close()
    await this.store.close()
  }
}

/** The kind of coordinator, as clients are told it. */
export function coordinatorTypeOf({ coordinator }: Pick<BrokerConfig, 'coordinator'>): string {
  if (coordinator === '') return 'none'
  return coordinator.startsWith('sqlite:') ? 'sqlite' : 'redis'
}

/** The operator names the broker, so that the line for one is not given to another. */
function unsafeRecoveryOf({ id, unsafeRecover }: BrokerConfig): { readonly unsafeRecoverAt?: number } {
  if (unsafeRecover === '') return {}
  const [brokerId, epoch] = unsafeRecover.split('@')
  if (brokerId === id) return { unsafeRecoverAt: Number(epoch) }
  throw new ConfigError(`--unsafe-recover is for broker ${brokerId}, and this is broker ${id}. Nothing was done.`)
}

/** The same, and the disk: the one that comes after it is not meant. */
function initOf({ id, init }: BrokerConfig): { readonly initDiskId?: string } {
  if (init === '') return {}
  const [brokerId, diskId = ''] = init.split('@')
  if (brokerId === id) return { initDiskId: diskId }
  throw new ConfigError(`--init is for broker ${brokerId}, and this is broker ${id}. Nothing was done.`)
}

async function coordinatorOf({ coordinator, leaseMs }: BrokerConfig): Promise<LeaseStore> {
  if (coordinator === '') return new SoleLeaseStore()
  try {
    return await openLeaseStore(coordinator, {
      setting: '--coordinator',
      timeoutMs: Math.max(250, Math.floor(leaseMs / 3)),
    })
  } catch (cause) {
    // A TypeError is what the store says of an URL that cannot be right, wherever it leads.
    if (cause instanceof TypeError) throw new ConfigError(cause.message, { cause })
    if (YakError.is(cause)) throw new CoordinatorError(cause.message, { cause })
    throw cause
  }
}

/** Says once what is wrong with the coordinator or could be better, and once that the trouble is over. */
function logProblems(store: LeaseStore, logger: Logger): void {
  // Two problems may come in turn, with every attempt.
  const told = new Set<string>()
  const remarked = new Set<string>()
  const tell = ({ problem, remark, address: coordinator, isConnected }: LeaseStoreStatus): void => {
    if (remark !== undefined && !remarked.has(remark)) {
      remarked.add(remark)
      logger.warn({ coordinator }, remark)
    }
    if (problem !== undefined) {
      if (!told.has(problem.message)) logger.error({ coordinator }, problem.message)
      told.add(problem.message)
    } else if (isConnected && told.size > 0) {
      told.clear()
      logger.info({ coordinator }, 'the coordinator answers again')
    }
  }
  tell(store.status)
  store.onStatus(tell)
}

/** A coordinator that can never be used as it is given; the message says what to do. */
export class CoordinatorError extends Error {
  override readonly name: string = 'CoordinatorError'
}

function schedule(delayMs: number, callback: () => void): () => void {
  const timer = setTimeout(callback, Math.min(delayMs, maxTimerMs))
  return () => clearTimeout(timer)
}
