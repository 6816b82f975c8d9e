import type { LeaseStore } from '@yak/election'
import type { Members } from '../replication/core/identity.ts'
import { otherClusterText } from '../replication/core/rules/membership-rules.ts'
import type { CoordinatorId, SharedSettings } from '../replication/transport/shared-settings.ts'

export interface SettingsCheckOptions {
  readonly brokerId: string
  /** Empty until this broker has formed or joined one. */
  readonly clusterId: () => string
  readonly members: Members
  readonly group: string
  readonly leaseMs: number
  /** A setting of a peer is found to be another, in one sentence; once until it is not. */
  readonly onRemark: (remark: string) => void
  /** Default: the machine's monotonic clock. */
  readonly nowMs?: () => number
}

type Subject = 'cluster' | 'members' | '--group' | '--coordinator' | 'copy' | '--lease-ms'

/** A coordinator, and where its epochs stood when it was asked. */
interface Reading {
  readonly address: string
  readonly id: string
  readonly epoch: number
}

/**
 * Settings that must be alike on all brokers, and the peers on which they are not, or that are another cluster's. Nothing is refused
 * for it: the disks decide what is safe, and in a rolling change brokers differ on purpose.
 *
 * A coordinator that forgets everything is called otherwise from then on, and not all brokers have asked it anew in the same moment. So
 * that two are told apart only when they differ for three leases, and each was read within the last two: both were asked
 * again in between.
 *
 * A copy has the same id, and epochs of its own from then on. In one coordinator they only rise, so a broker that reads a lower one than it had
 * heard of before it asked reads another coordinator, or one that went back; the latter is over when the others have asked again. See docs/decisions/0012-settings-that-must-be-alike.md.
 */
export class SettingsCheck {
  readonly #options: SettingsCheckOptions
  readonly #nowMs: () => number
  readonly #remarks = new Map<string, string>()
  /** By peer: since when its coordinator seems to be another. */
  readonly #differsSinceMs = new Map<string, number>()
  /** By peer: since when what it reads seems to be a copy. */
  readonly #copiedSinceMs = new Map<string, number>()
  /** By peer: what it read, heard since the own coordinator was asked last. */
  #heard = new Map<string, Reading>()
  #coordinator: (Reading & { readonly readAtMs: number }) | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(options: SettingsCheckOptions) {
    this.#options = options
    this.#nowMs = options.nowMs ?? (() => performance.now())
  }

  /** Asks the coordinator what it is called, now and once a lease, until `close`. */
  start(store: Pick<LeaseStore, 'identify' | 'read' | 'status'>): void {
    const ask = (): void => void this.#ask(store)
    ask()
    this.#timer = setInterval(ask, this.#options.leaseMs)
    this.#timer.unref()
  }

  close(): void {
    clearInterval(this.#timer)
  }

  /** What this broker has, for its peers. */
  get own(): SharedSettings {
    const { group, leaseMs } = this.#options
    return {
      clusterId: this.#options.clusterId(),
      members: this.#members,
      group,
      leaseMs,
      coordinator: this.#ownCoordinator,
    }
  }

  /** One sentence for each setting of each peer that differs. */
  remarks(): string[] {
    return [...this.#remarks.values()]
  }

  /** What a peer says it has. */
  compare(peerId: string, theirs: SharedSettings): void {
    const { brokerId, group, leaseMs } = this.#options
    const clusterId = this.#options.clusterId()
    if (clusterId !== '' && theirs.clusterId !== '' && theirs.clusterId !== clusterId) {
      // Somebody else's broker, whose settings are its own. The core may never meet it, when it is not its leader.
      for (const setting of ['members', '--group', '--lease-ms', '--coordinator', 'copy'] as const)
        this.#note(peerId, setting, undefined)
      this.#note(peerId, 'cluster', otherClusterText(brokerId, clusterId, peerId, theirs.clusterId))
      return
    }
    this.#note(peerId, 'cluster', undefined)
    this.#note(
      peerId,
      'members',
      theirs.members === this.#members
        ? undefined
        : `Broker ${peerId} has ${theirs.members}, and this one, broker ${brokerId}, has ${this.#members}: each refuses what the other says. ` +
            'Give all brokers the same --peers and --min-insync, and restart those that differ.',
    )
    this.#note(
      peerId,
      '--group',
      theirs.group === group
        ? undefined
        : `Broker ${peerId} has --group ${theirs.group}, and this one, broker ${brokerId}, has ${group}: each group has a lease of its own, ` +
            'so the leader may change to and fro. Give all brokers the same --group, and restart those that differ.',
    )
    this.#note(
      peerId,
      '--lease-ms',
      theirs.leaseMs === leaseMs
        ? undefined
        : `Broker ${peerId} has --lease-ms ${theirs.leaseMs}, and this one, broker ${brokerId}, has ${leaseMs}: how long a dead leader is ` +
            'waited for depends on who leads. Give all brokers the same --lease-ms, and restart those that differ.',
    )
    this.#compareCoordinators(peerId, theirs.coordinator)
  }

  get #members(): string {
    const { brokerIds, minInsyncReplicas } = this.#options.members
    return `${brokerIds.join(', ')} in --peers and a --min-insync of ${minInsyncReplicas}`
  }

  get #ownCoordinator(): CoordinatorId | null {
    if (this.#coordinator === undefined) return null
    const { address, id, epoch, readAtMs } = this.#coordinator
    return { address, id, epoch, ageMs: this.#nowMs() - readAtMs }
  }

  #compareCoordinators(peerId: string, theirs: CoordinatorId | null): void {
    const { brokerId, leaseMs } = this.#options
    const own = this.#ownCoordinator
    const oldestMs = 2 * leaseMs
    if (own === null || theirs === null || own.ageMs > oldestMs || theirs.ageMs > oldestMs) return
    if (own.id === theirs.id) {
      this.#differsSinceMs.delete(peerId)
      this.#note(peerId, '--coordinator', undefined)
      const { address, id, epoch } = theirs
      if (epoch !== undefined) this.#heard.set(peerId, { address, id, epoch })
      return
    }
    this.#note(peerId, 'copy', undefined)
    const nowMs = this.#nowMs()
    const sinceMs = this.#differsSinceMs.get(peerId) ?? nowMs
    this.#differsSinceMs.set(peerId, sinceMs)
    if (nowMs - sinceMs < 3 * leaseMs) return
    const both = `Broker ${peerId} and this one, broker ${brokerId},`
    const what =
      own.address === theirs.address
        ? `${both} name ${own.address} in --coordinator, and each reaches another one there`
        : `${both} have different coordinators: ${theirs.address} and ${own.address}`
    this.#note(
      peerId,
      '--coordinator',
      `${what}. Each has a lease of its own, so the leader may change to and fro. Give all brokers the same --coordinator, and restart ` +
        'those that differ.',
    )
  }

  /** What the peer read is older than the own reading. */
  #compareEpochs(peerId: string, theirs: Reading, own: Reading): void {
    if (own.id !== theirs.id || own.epoch > theirs.epoch) return
    if (own.epoch === theirs.epoch) {
      this.#copiedSinceMs.delete(peerId)
      this.#note(peerId, 'copy', undefined)
      return
    }
    const { brokerId, leaseMs } = this.#options
    const nowMs = this.#nowMs()
    const sinceMs = this.#copiedSinceMs.get(peerId) ?? nowMs
    this.#copiedSinceMs.set(peerId, sinceMs)
    if (nowMs - sinceMs < 3 * leaseMs) return
    this.#note(
      peerId,
      'copy',
      `Broker ${peerId} and this one, broker ${brokerId}, have coordinators of which one is a copy of the other: ${theirs.address} has epoch ` +
        `${theirs.epoch}, ${own.address} had ${own.epoch} after that. Each has a lease of its own, so the leader may change to and fro. Stop the copy, as ` +
        'a replica of Redis that was made a primary beside the old one, or give all brokers the same --coordinator.',
    )
  }

  #note(peerId: string, subject: Subject, remark: string | undefined): void {
    const key = `${peerId} ${subject}`
    if (remark === undefined) {
      this.#remarks.delete(key)
      return
    }
    const isNew = !this.#remarks.has(key)
    this.#remarks.set(key, remark)
    if (isNew) this.#options.onRemark(remark)
  }

  async #ask(store: Pick<LeaseStore, 'identify' | 'read' | 'status'>): Promise<void> {
    const heard = this.#heard
    this.#heard = new Map()
    try {
      const [id, { record }] = await Promise.all([store.identify(), store.read(this.#options.group)])
      const { address } = store.status
      this.#coordinator = { address, id, epoch: record.epoch, readAtMs: this.#nowMs() }
      for (const [peerId, theirs] of heard) this.#compareEpochs(peerId, theirs, this.#coordinator)
    } catch {
      // Out of reach, or it refuses: whatever it is, the lease's own calls meet it and tell.
    }
  }
}
