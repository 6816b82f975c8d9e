import { YakError } from '@yak/protocol'
import type { ClusterResponse, HealthResponse, LeaderResponse } from '@yak/protocol/schemas'
import type { ReplicationReading } from '../metrics/broker-metrics.ts'
import { metadataKey } from '../replication/core/state.ts'
import type { ReplicationDriver } from '../replication/driver.ts'
import type { MemberList } from './member-list.ts'
import { PeerHealth } from './peer-health.ts'

export interface BrokerReference {
  readonly id: string
  readonly url: string
}

export interface ClusterViewOptions {
  readonly brokerId: string
  /** Where clients reach this broker. */
  readonly url: () => string
  readonly memberList: MemberList
  /** `none`, `redis` or `sqlite`. */
  readonly coordinatorType: string
  readonly clock: () => number
  /** A peer's clock is found to be far from this one's; once until it is not. */
  readonly onClockRemark: (remark: string) => void
}

/** What a broker says beside its replication. */
export interface OwnState {
  /** Why it cannot serve, by itself; empty: nothing is in its way. */
  readonly obstacles: readonly string[]
  /** What is not as it should be, and does not keep it from serving. */
  readonly remarks: readonly string[]
  /** Why the others do not reach this process, if that is known: under its id and URL they speak to somebody else. */
  readonly misaddressed?: string | undefined
}

/** The cluster as this broker sees it: who leads, who is in sync, and what it may answer itself. */
export class ClusterView {
  readonly peers: PeerHealth
  readonly #options: ClusterViewOptions
  #driver: ReplicationDriver | undefined
  #appliedTopics: () => number = () => 0
  /** The epoch under which the topic list was seen to be complete. */
  #currentEpoch = -1

  constructor(options: ClusterViewOptions) {
    this.#options = options
    const { brokerId, memberList, clock, onClockRemark } = options
    const urls = new Map([...memberList.urls].filter(([id]) => id !== brokerId))
    this.peers = new PeerHealth({ urls, clusterId: () => this.clusterId, clock, onClockRemark })
  }

  /** From now on it knows more than the configuration. `appliedTopics`: up to where the topic list has taken effect. */
  connect(driver: ReplicationDriver, appliedTopics: () => number): void {
    this.#driver = driver
    this.#appliedTopics = appliedTopics
  }

  /** Empty until a cluster was formed or joined. */
  get clusterId(): string {
    return this.#driver?.clusterId ?? ''
  }

  /** Led, followed or promised; −1 before the logs are open. */
  get epoch(): number {
    return this.#driver?.standing().epoch ?? -1
  }

  get isLeading(): boolean {
    return this.#driver?.standing().mayServe ?? false
  }

  get coordinator(): HealthResponse['coordinator'] {
    return { type: this.#options.coordinatorType, connected: this.#driver?.isCoordinatorConnected ?? false }
  }

  /** Who leads, as far as this broker knows; null while there is nobody, or nobody that a client could be sent to. */
  get leader(): BrokerReference | null {
    const standing = this.#driver?.standing()
    if (standing === undefined || standing.leaderId === null) return null
    const { brokerId, url } = this.#options
    if (standing.leaderId !== brokerId) {
      const { leaderId: id } = standing
      const leaderUrl = this.peers.urlOf(id)
      return leaderUrl === undefined ? null : { id, url: leaderUrl }
    }
    return standing.mayServe ? { id: brokerId, url: url() } : null
  }

  get isr(): string[] {
    return this.#driver?.isr ?? []
  }

  /** For the metrics. */
  reading(): ReplicationReading {
    const status = this.#driver?.status()
    return {
      isLeading: this.isLeading,
      members: this.#options.memberList.members.brokerIds.length,
      inSync: this.isr.length,
      isCoordinatorConnected: status?.isCoordinatorConnected ?? false,
      offsetsBehind: status?.offsetsBehind ?? 0,
    }
  }

  /** It leads and knows every committed topic. */
  get isServing(): boolean {
    const standing = this.#driver?.standing()
    if (standing?.mayServe !== true) return false
    return this.#currentEpoch === standing.epoch || this.#isTopicListComplete(standing.epoch)
  }

  /** Throws unless this broker leads and knows every committed topic: NOT_LEADER with who does, or LEADER_NOT_AVAILABLE. */
  assertLeading(): void {
    if (this.isServing) return
    const standing = this.#driver?.standing()
    if (standing?.mayServe === true) {
      throw new YakError('LEADER_NOT_AVAILABLE', 'The broker has just been elected and reads its topics. Try again.')
    }
    const { leader } = this
    const { brokerId } = this.#options
    if (leader !== null && leader.id !== brokerId) {
      throw new YakError('NOT_LEADER', `Broker ${leader.id} leads, not ${brokerId}. Send it to ${leader.url}.`, {
        details: { leader, epoch: standing?.epoch ?? -1 },
      })
    }
    throw new YakError('LEADER_NOT_AVAILABLE', `Broker ${brokerId} knows no leader at the moment. Try again.`)
  }

  /** Throws LEADER_NOT_AVAILABLE while there is none. */
  leaderResponse(): LeaderResponse {
    const { leader, epoch, isr } = this
    if (leader !== null) return { leader, epoch, isr }
    throw new YakError(
      'LEADER_NOT_AVAILABLE',
      'There is no leader at the moment. See /health for the reason, and try again.',
    )
  }

  health({ obstacles, remarks, misaddressed }: OwnState): HealthResponse {
    const { brokerId, url } = this.#options
    const status = this.#driver?.status()
    const isServing = status?.isServing ?? false
    const ofReplication = status?.reasons ?? []
    // An empty disk of whom nobody hears has nothing to wait for, whatever replication says: that is what has to be mended.
    const isOutside = !isServing && misaddressed !== undefined
    const first = !isOutside
      ? ofReplication
      : status?.membership === 'empty'
        ? [misaddressed]
        : [misaddressed, ...ofReplication]
    // Two parts may have met the same trouble.
    const reasons = [...new Set([...obstacles, ...first, ...remarks, ...this.peers.clockRemarks()])]
    if (!isServing && reasons.length === 0) reasons.push('There is no leader at the moment.')
    return {
      status: isServing && obstacles.length === 0 ? 'ok' : 'unavailable',
      brokerId,
      clusterId: status?.clusterId ?? '',
      url: url(),
      role: roleOf(status?.role),
      epoch: status?.epoch ?? -1,
      leader: this.leader,
      isr: this.isr,
      coordinator: this.coordinator,
      reasons,
    }
  }

  async describe(own: OwnState): Promise<ClusterResponse> {
    const peers = await this.peers.states()
    const { clusterId, epoch, leader, isr, coordinator, brokerId: id, url, role } = this.health(own)
    const self = { id, url, role, alive: true, epoch }
    const others = peers.map(({ id, url, health }) => ({
      id,
      url,
      role: health?.role ?? null,
      alive: health !== null,
      epoch: health?.epoch ?? null,
    }))
    const brokers = [self, ...others].sort((left, right) => (left.id < right.id ? -1 : 1))
    return { clusterId, asOf: this.#options.clock(), epoch, leader, isr, coordinator, brokers }
  }

  /** All brokers and where clients reach them, without asking anybody. */
  references(): BrokerReference[] {
    const { brokerId, url, memberList } = this.#options
    return memberList.members.brokerIds.flatMap((id) => {
      const known = id === brokerId ? url() : this.peers.urlOf(id)
      return known === undefined ? [] : [{ id, url: known }]
    })
  }

  /** A new leader may not have heard yet which topics its predecessor committed last. */
  #isTopicListComplete(epoch: number): boolean {
    const readable = this.#driver!.readable(metadataKey)
    if ('error' in readable || readable.highWatermark === null) return false
    if (this.#appliedTopics() < readable.highWatermark) return false
    this.#currentEpoch = epoch
    return true
  }
}

/** As clients are told it. */
function roleOf(role: string | undefined): HealthResponse['role'] {
  return role === 'leader' || role === 'follower' ? role : 'candidate'
}
