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

type Subject = 'cluster' | 'members' | '--group' | '--coordinator' | '--lease-ms'

/**
 * Settings that must be alike on all brokers, and the peers on which they are not, or that are another cluster's. Nothing is refused
 * for it: the disks decide what is safe, and in a rolling change brokers differ on purpose.
 *
 * A coordinator that forgets everything is called otherwise from then on, and not all brokers have asked it anew in the same moment. So
 * that two are told apart only when they differ for three leases, and each was read within the last two: both were asked
 * again in between. See docs/decisions/0012-settings-that-must-be-alike.md.
 */
export class SettingsCheck {
  readonly #options: SettingsCheckOptions
  readonly #nowMs: () => number
  readonly #remarks = new Map<string, string>()
  /** By peer: since when its coordinator seems to be another. */
  readonly #differsSinceMs = new Map<string, number>()
  #coordinator: { readonly address: string; readonly id: string; readonly readAtMs: number } | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(options: SettingsCheckOptions) {
    this.#options = options
    this.#nowMs = options.nowMs ?? (() => performance.now())
  }

  /** Asks the coordinator what it is called, now and once a lease, until `close`. */
  start(store: Pick<LeaseStore, 'identify' | 'status'>): void {
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
      for (const setting of ['members', '--group', '--lease-ms', '--coordinator'] as const)
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
    const { address, id, readAtMs } = this.#coordinator
    return { address, id, ageMs: this.#nowMs() - readAtMs }
  }

  #compareCoordinators(peerId: string, theirs: CoordinatorId | null): void {
    const { brokerId, leaseMs } = this.#options
    const own = this.#ownCoordinator
    const oldestMs = 2 * leaseMs
    if (own === null || theirs === null || own.ageMs > oldestMs || theirs.ageMs > oldestMs) return
    if (own.id === theirs.id) {
      this.#differsSinceMs.delete(peerId)
      this.#note(peerId, '--coordinator', undefined)
      return
    }
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

  async #ask(store: Pick<LeaseStore, 'identify' | 'status'>): Promise<void> {
    try {
      const id = await store.identify()
      this.#coordinator = { address: store.status.address, id, readAtMs: this.#nowMs() }
    } catch {
      // Out of reach, or it refuses: whatever it is, the lease's own calls meet it and tell.
    }
  }
}
