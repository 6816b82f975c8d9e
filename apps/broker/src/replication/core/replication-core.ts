import { YakError } from '@yak/protocol'
import { CoreState } from './core-state.ts'
import { maxEpoch } from './identity.ts'
import { type Input, isDecidedAtOnce } from './inputs.ts'
import { assertInvariant, InvariantError } from './invariants.ts'
import type { Message } from './messages.ts'
import type { CoreOptions } from './options.ts'
import type { Output } from './outputs.ts'
import type { PartitionReplica } from './partition-replica.ts'
import { sendPlainAnswer } from './plain-answer.ts'
import { type Pulse, pulseOf } from './pulse.ts'
import { type Readable, readableOf } from './readable.ts'
import { Roles } from './roles.ts'
import { rules as defaultRules, type Rules } from './rules/rules.ts'
import { settleQuorum } from './settle-quorum.ts'
import { type Standing, standingOf } from './standing.ts'
import { type Boot, type IsrRecord, type LogState, metadataKey, noIsr, type PartitionKey } from './state.ts'
import { type CoreStatus, statusOf } from './status.ts'

/**
 * The replication of one broker as a state machine: `step` takes what happened, `nextOutput` gives what to do. No I/O, no
 * clock, no randomness of its own; the same inputs give the same outputs. How a driver runs it, the roles and the rules are
 * in docs/replication.md.
 */
export class ReplicationCore {
  readonly #state: CoreState
  readonly #roles: Roles
  #topicsCommitted = 0
  /** Until what the disk turned out to have lost is on record, nothing is said to anybody. */
  #isReady = true

  constructor(options: CoreOptions, boot: Boot, nowMs: number, rules: Rules = defaultRules) {
    this.#state = new CoreState(options, boot, nowMs, rules)
    this.#roles = new Roles(this.#state)
    if (!this.#state.partitions.has(metadataKey)) throw new TypeError(`Boot has no ${metadataKey}`)
    if (this.#state.memberIndex === -1) throw new TypeError(`Broker ${options.self.brokerId} is none of the members`)
    this.#recordFaults()
  }

  /** When a tick is due; Infinity: never. */
  get wakeAt(): number {
    return this.#state.timers.earliest
  }

  /** Throws `InvariantError`; the broker must stop then, and no output leaves any more. */
  step(input: Input, nowMs: number): void {
    const state = this.#state
    try {
      // It belongs to the step before, as if no time had passed: else that step's append is one of a role that is over.
      if (!isDecidedAtOnce(input)) {
        if (nowMs > state.now) state.now = nowMs
        // What time has ended comes first: a paused leader wakes up as one whose lease is over.
        state.timers.runDue(state.now)
      }
      this.#step(input)
      this.#commitTopics()
      settleQuorum(state, this.#roles.current)
    } catch (error) {
      if (error instanceof InvariantError) state.dropOutputs()
      throw error
    }
  }

  nextOutput(): Output | undefined {
    return this.#state.takeOutput()
  }

  status(nowMs: number): CoreStatus {
    return statusOf(this.#state, this.#roles, nowMs)
  }

  highWatermark(key: PartitionKey): number {
    return this.#state.partitions.get(key)?.highWatermark ?? 0
  }

  get clusterId(): string | null {
    return this.#state.cluster.clusterId
  }

  get topicListCuts(): number {
    return this.#state.cluster.historyCuts.filter(({ key }) => key === metadataKey).length
  }

  /** Who is in sync, as far as this broker knows. */
  get isr(): IsrRecord {
    const role = this.#roles.current
    return role.name === 'leader' ? role.leadership.isr.confirmed : (this.#state.isr ?? noIsr)
  }

  get isCoordinatorConnected(): boolean {
    return this.#state.observed.isConnected
  }

  /** Whether the log takes part in the present epoch. */
  isEntered(key: PartitionKey): boolean {
    return this.#state.partitions.get(key)?.enteredEpoch === this.#roles.epoch
  }

  standing(nowMs: number): Standing {
    const state = this.#state
    if (nowMs > state.now) state.now = nowMs
    return standingOf(state, this.#roles)
  }

  /** Whom it hears of, and whether its lease runs. */
  pulse(nowMs: number): Pulse {
    return pulseOf(this.#state, this.#roles, nowMs)
  }

  /** What of a partition may be shown to a reader now. */
  readable(key: PartitionKey, nowMs: number): Readable {
    const state = this.#state
    if (nowMs > state.now) state.now = nowMs
    return readableOf(state, this.#roles, key)
  }

  #step(input: Input): void {
    const role = this.#roles.current
    if (role.name === 'halted') {
      this.#stepHalted(input)
      return
    }
    switch (input.type) {
      case 'tick':
        return
      case 'message':
        this.#onMessage(input.message)
        return
      case 'produce':
        if (role.name === 'leader') role.leadership.produce(input)
        else this.#refuseProduce(input.id)
        return
      case 'appended':
        assertInvariant(role.name === 'leader', 'I2', () => `${input.key} took an append of a leader that is none now`)
        role.leadership.onAppended(input)
        return
      case 'append-refused':
        if (role.name === 'leader') role.leadership.onAppendRefused(input)
        return
      case 'saved':
        this.#state.saved(input.id)
        this.#roles.promiser.settle()
        return
      case 'called':
        this.#state.called(input.id, input.result)
        return
      case 'read-done':
        this.#state.readDone(input.id, input.results)
        return
      default:
        this.#stepRest(input)
    }
  }

  /** Takes part in nothing, and owes its clients an answer all the same. */
  #stepHalted(input: Input): void {
    if (input.type === 'produce') this.#refuseProduce(input.id)
    else if (input.type === 'stop') this.#state.emit({ type: 'stopped' })
  }

  #stepRest(input: Exclude<Input, { type: 'produce' | 'message' | 'tick' }>): void {
    switch (input.type) {
      case 'save-failed':
        this.#roles.halt(
          `A file of the data folder cannot be written: ${input.reason}. Check the disk and start the broker again.`,
        )
        return
      case 'unreachable':
      case 'arriving':
        this.#roles.onAnswerTold(input)
        return
      case 'observed':
        this.#onObserved(input)
        return
      case 'partition-opened':
        this.#onPartitionOpened(input)
        return
      case 'partition-created':
        this.#state.removed.delete(input.key)
        return
      case 'partition-removed':
        this.#onPartitionRemoved(input.key)
        return
      case 'stop':
        this.#roles.stop()
        return
      case 'settings-changed':
        this.#onSettings(input)
        return
      default:
        this.#stepLog(input)
    }
  }

  /** What a log reports. */
  #stepLog(input: Input): void {
    if (!('key' in input)) return
    const partition = this.#state.partitions.get(input.key)
    if (partition === undefined) return
    switch (input.type) {
      case 'synced':
        partition.syncedTo(input.syncedEndOffset)
        this.#onWritten(partition)
        return
      case 'replicated':
        for (const { epoch, startOffset } of input.epochs) partition.epochs.note(epoch, startOffset)
        partition.grewTo(input.endOffset)
        return
      case 'replicate-refused': {
        const role = this.#roles.current
        const isPulling = role.name === 'follower' || role.name === 'candidate'
        if (isPulling) role.onReplicateRefused(input.key, input.error.message)
        return
      }
      case 'truncated':
        partition.replaceLog(input.log)
        this.#onWritten(partition)
        return
      case 'log-start-raised':
        partition.raiseLogStart(input.logStartOffset)
        if (this.#roles.current.name === 'leader') this.#roles.current.leadership.onLogStartRaised(partition)
        return
      case 'log-failed':
        this.#onLogFailed(partition, input)
        return
      case 'log-reopened':
        this.#onLogReopened(partition, input.log)
    }
  }

  #onWritten(partition: PartitionReplica): void {
    this.#roles.promiser.settle()
    this.#roles.onDiskMoves()
    const role = this.#roles.current
    if (role.name === 'leader') {
      role.leadership.onSynced(partition)
      this.#roles.onWaitingChanged()
    } else if (role.name === 'follower' || role.name === 'candidate') role.onWritten()
  }

  #onLogFailed(partition: PartitionReplica, { reason, isForRoom }: Extract<Input, { type: 'log-failed' }>): void {
    if (partition.failure !== null) return
    partition.failure = reason
    const until = isForRoom === true ? 'until there is room again' : 'until it is restarted'
    if (this.#state.peers.length === 0) {
      this.#state.notice(
        'error',
        `The log of ${this.#state.logNameOf(partition.key)} failed: ${reason} It is not served ${until}.`,
      )
      this.#failWaiting(partition, reason)
      return
    }
    partition.isFaulty = true
    this.#state.notice(
      'error',
      `The log of ${this.#state.logNameOf(partition.key)} failed: ${reason} This broker neither leads nor votes ${until}.`,
    )
    this.#roles.onLogFailed(partition.key, reason)
    this.#onWritten(partition)
  }

  /**
   * Nothing that was synced is lost, so what this incarnation acknowledged still counts. What it had appended as a leader and
   * not synced may be gone here and be on a follower: that epoch is over for it, since its log failed.
   */
  #onLogReopened(partition: PartitionReplica, log: LogState): void {
    if (partition.failure === null) return
    const state = this.#state
    const isShort = log.endOffset < partition.syncedEndOffset
    const hasLost = isShort || state.rules.isFaulty(false, log.endOffset, partition.entered)
    if (hasLost) {
      state.notice(
        'error',
        `The log of ${state.logNameOf(partition.key)} came back with less than it had synced. Start the broker again.`,
      )
      return
    }
    partition.failure = null
    partition.isFaulty = state.cluster.faulty.includes(partition.key)
    partition.replaceLog(log)
    state.notice(
      'info',
      `The log of ${state.logNameOf(partition.key)} has room again: it takes appends from ${log.endOffset} on.`,
    )
    const role = this.#roles.current
    if (role.name === 'follower') role.onPartitionAdded()
    this.#roles.campaign.reschedule()
  }

  /** No other broker can take over, so the other logs are served on. */
  #failWaiting({ key, waiting }: PartitionReplica, reason: string): void {
    for (const { id } of waiting.takeAll()) {
      const name = this.#state.nameOf(key)
      const error = new YakError('STORAGE_ERROR', `The log of ${name} failed with this write under way: ${reason}`)
      this.#state.answer(id, { outcome: 'unknown', error })
    }
  }

  #commitTopics(): void {
    const upTo = this.#state.rules.topicsEffectiveUpTo(this.#state.metadata)
    if (upTo === this.#topicsCommitted) return
    this.#topicsCommitted = upTo
    this.#state.emit({ type: 'topics-committed', upTo })
  }

  // ---- messages

  #onMessage(message: Message): void {
    const state = this.#state
    if (!this.#isReady) return
    if (message.type === 'refused') {
      this.#onRefused(message)
      return
    }
    const refusal = state.rules.refusalOf(state.side, message)
    if (refusal !== null) {
      state.noteRefusal(message.from.brokerId, refusal.reason, 'error')
      const requestId = 'requestId' in message ? message.requestId : null
      state.send(message.from.brokerId, { type: 'refused', requestId, ...refusal })
      return
    }
    if ('epoch' in message && message.epoch > maxEpoch) {
      const reason = `Broker ${message.from.brokerId} speaks of epoch ${message.epoch}, above the highest possible ${maxEpoch}.`
      state.noteRefusal(
        message.from.brokerId,
        `${reason} Its message is ignored; restart that broker with a sound data folder.`,
        'error',
      )
      return
    }
    if (message.clusterId !== null) state.knowsOfCluster = true
    const role = this.#roles.current
    switch (message.type) {
      case 'promise-request':
        this.#roles.promiser.onPromiseRequest(message)
        return
      case 'promise-response':
        if (role.name === 'candidate') role.onPromiseResponse(message)
        else if (role.name === 'leader') role.leadership.onPromiseResponse(message)
        return
      case 'announce':
        if (message.isServing && message.epoch >= state.promisedEpoch) this.#roles.onSuccessor()
        this.#roles.promiser.onAnnounce(message)
        return
      case 'fetch-request':
        this.#onFetchRequest(message)
        return
      case 'fetch-response':
        if (role.name === 'follower' || role.name === 'candidate') role.onFetchResponse(message)
        return
      case 'higher-promise':
        this.#roles.onHigherEpoch(message.epoch, `broker ${message.from.brokerId}`)
        return
      case 'leaving':
        if (role.name === 'leader') role.leadership.onLeaving(message)
        return
      case 'left':
        this.#roles.onLeft(message.epoch)
        return
      case 'take-over':
        this.#roles.campaign.takeOver(message.epoch)
    }
  }

  #onFetchRequest(request: Extract<Message, { type: 'fetch-request' }>): void {
    const role = this.#roles.current
    if (request.purpose === 'reconcile') {
      this.#roles.promiser.onReconcileFetch(request)
      return
    }
    if (role.name === 'leader') {
      role.leadership.onFetchRequest(request)
      this.#roles.onWaitingChanged()
      return
    }
    if (role.name === 'candidate' && role.onFetchRequest(request)) return
    sendPlainAnswer(this.#state, request, 'not-leader')
  }

  #onRefused({ from, requestId, reason, code }: Extract<Message, { type: 'refused' }>): void {
    this.#state.noteRefusal(from.brokerId, `Broker ${from.brokerId} refuses this one (${code}): ${reason}`, 'error')
    const role = this.#roles.current
    if (role.name === 'candidate') role.onRefused(from.brokerId)
    else if (role.name === 'follower' && requestId !== null) role.onUnreachable(requestId)
  }

  // ---- the coordinator and the topic list

  #onObserved({ record, isConnected }: Extract<Input, { type: 'observed' }>): void {
    const state = this.#state
    if (!isConnected) {
      state.observed = { ...state.observed, isConnected }
      this.#roles.campaign.reschedule()
      return
    }
    state.observed = { record, isConnected, atMs: state.now }
    if (record !== null) state.hear(record.epoch)
    const role = this.#roles.current
    if (role.name === 'leader') {
      // No record at all: the coordinator was emptied. The renewal says so with authority.
      if (record === null) role.leadership.lease.renew()
      else role.onObserved(record)
    }
    this.#roles.campaign.onObserved(record)
  }

  #onPartitionOpened({ key, settings, log }: Extract<Input, { type: 'partition-opened' }>): void {
    const state = this.#state
    if (state.partitions.has(key) || state.removed.has(key)) return
    const partition = state.addPartition({ key, settings, log, highWatermark: 0, isDamaged: false })
    const role = this.#roles.current
    if (role.name === 'leader') role.leadership.addPartition(partition)
    else if (role.name === 'candidate') role.onPartitionAdded(partition)
    else if (role.name === 'follower') role.onPartitionAdded()
  }

  #onPartitionRemoved(key: PartitionKey): void {
    const state = this.#state
    const partition = state.partitions.get(key)
    state.removed.add(key)
    const role = this.#roles.current
    // A candidate may wait for a log that is not open yet.
    if (partition === undefined && role.name === 'candidate') role.onPartitionRemoved(key)
    if (partition === undefined) return
    for (const { id } of partition.waiting.takeAll()) {
      state.answer(id, {
        outcome: 'unknown',
        error: new YakError(
          'OUTCOME_UNKNOWN',
          `The topic of ${state.nameOf(key)} was deleted with this write under way.`,
        ),
      })
    }
    state.partitions.delete(key)
    state.forgetEntered(key)
    if (role.name === 'leader') role.leadership.onPartitionRemoved(key)
    else if (role.name === 'candidate') role.onPartitionRemoved(key)
    // What was on the way to its disk comes back to nobody.
    if (role.name === 'candidate' || role.name === 'follower') role.onWritten()
    this.#roles.promiser.settle()
  }

  #onSettings({ key, settings }: Extract<Input, { type: 'settings-changed' }>): void {
    const partition = this.#state.partitions.get(key)
    if (partition === undefined) return
    partition.settings = settings
    const role = this.#roles.current
    if (role.name === 'leader') role.leadership.advance(partition)
  }

  #refuseProduce(id: number): void {
    const role = this.#roles.current
    const { self } = this.#state
    const error =
      role.name === 'follower'
        ? new YakError('NOT_LEADER', `Broker ${role.leader.brokerId} leads, not ${self.brokerId}. Send it there.`, {
            details: { leader: { id: role.leader.brokerId }, epoch: role.epoch },
          })
        : new YakError('LEADER_NOT_AVAILABLE', `Broker ${self.brokerId} knows no leader at the moment. Try again.`)
    this.#state.answer(id, { outcome: 'not-written', error })
  }

  /** Logs found to have lost something are put on record before anything is said. */
  #recordFaults(): void {
    const { partitions, cluster } = this.#state
    const faulty = [...partitions.values()].filter(({ isFaulty }) => isFaulty).map(({ key }) => key)
    if (faulty.every((key) => cluster.faulty.includes(key))) return
    this.#isReady = false
    this.#state.notice(
      'error',
      `Damaged logs, to be fetched again from the leader: ${faulty.join(', ')}. This broker does not vote until then.`,
    )
    this.#state.saveCluster({ faulty }, () => {
      this.#isReady = true
    })
  }
}
