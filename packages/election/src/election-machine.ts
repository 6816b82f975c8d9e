import { YakError } from '@yak/protocol'
import type { LeaseRecord } from './lease-record.ts'
import type { AcquireAnswer, LeaseObservation, RefusalReason, RenewAnswer } from './lease-store.ts'

/*
 * One candidate's side of an election, without I/O: what happened goes in, what to do comes out, and the time is an argument.
 *
 *   phase        leaves for     when
 *   new          following      start
 *   following    acquiring      the lease of the other has run out, as far as known, plus a random moment
 *   acquiring    leading        acquired                                  → elected
 *                following      refused, or failed: another try after a growing, random pause
 *                releasing      acquired, but meanwhile told to let go
 *   leading      leading        renewed                                   → renewed; elected again if it had lapsed
 *                               not renewed in time                       → lost (lapsed); it goes on asking
 *                following      refused, or a later epoch is observed     → lost (superseded, …)
 *                acquiring      refused because the coordinator forgot    → lost (forgotten)
 *                releasing      told to let go                            → lost (released)
 *   releasing    following      the coordinator answered, or did not
 *   any          stopped        stop, after a lease was released
 *
 * A lease is valid until its length after the moment *before* the request that got it was sent: the coordinator's clock began to
 * count later than that. One call is under way at a time, and a release besides.
 */

/** Why a lease is no longer held; `Lost.reason` says what each means. */
export type LossReason = 'lapsed' | 'released' | Exclude<RefusalReason, 'released'>

type Call = 'acquire' | 'renew' | 'release'

/** What happens to a candidate. Times are milliseconds of the clock that `step` is called with. */
export type MachineInput =
  /** `isConnected`: the first observation is on its way. */
  | { readonly type: 'start'; readonly isConnected: boolean }
  /** Due at `wakeAtMs`; harmless at any other time. */
  | { readonly type: 'wake' }
  | { readonly type: 'observed'; readonly observation: LeaseObservation }
  /** `sentAtMs`: the time before the request was sent. */
  | { readonly type: 'acquire-answered'; readonly answer: AcquireAnswer; readonly sentAtMs: number }
  | {
      readonly type: 'renew-answered'
      readonly epoch: number
      readonly answer: RenewAnswer
      readonly sentAtMs: number
    }
  /** `epoch`: the one it was about; of an acquisition there is none. */
  | { readonly type: 'call-failed'; readonly call: Call; readonly epoch?: number; readonly error: YakError }
  | { readonly type: 'release-answered' }
  /** Let go, and do not try again for so long unless another has held the lease since. */
  | { readonly type: 'release'; readonly restMs: number }
  | { readonly type: 'stop' }

/** What the candidate's driver is to do (`acquire`, `renew`, `release`), and what it is to tell. */
export type MachineOutput =
  | { readonly type: 'acquire'; readonly minEpoch: number }
  | { readonly type: 'renew'; readonly epoch: number }
  | { readonly type: 'release'; readonly epoch: number }
  | { readonly type: 'stopped' }
  | { readonly type: 'elected'; readonly epoch: number; readonly isResumed: boolean; readonly record: LeaseRecord }
  | { readonly type: 'renewed'; readonly epoch: number; readonly validUntilMs: number; readonly record: LeaseRecord }
  | { readonly type: 'lost'; readonly epoch: number; readonly reason: LossReason }
  | { readonly type: 'observed'; readonly observation: LeaseObservation }
  | { readonly type: 'problem'; readonly error: YakError }

/** Who the candidate is, and the length of its lease. */
export interface MachineOptions {
  /** Unique among the candidates of the group. */
  readonly id: string
  /** One life of this candidate: another text after each start. */
  readonly incarnation: string
  /** Length of the lease in milliseconds. */
  readonly ttlMs: number
  /** How long to let others go first, at the start, in milliseconds. */
  readonly initialDelayMs: number
  /** The highest epoch the program itself remembers; undefined: it cannot tell now. */
  readonly minEpoch: () => number | undefined
  /** Random numbers in [0, 1). */
  readonly random: () => number
}

interface HeldLease {
  readonly epoch: number
  record: LeaseRecord
  validUntilMs: number
  renewAtMs: number
  isRenewing: boolean
  /** `elected` was said, and `lost` was not. */
  isAnnounced: boolean
}

/** One candidate's side of an election, as a pure state machine: inputs and the time go in, what to do comes out. */
export class ElectionMachine {
  readonly #options: MachineOptions
  #phase: 'new' | 'following' | 'acquiring' | 'leading' | 'releasing' | 'stopped' = 'new'
  #lease: HeldLease | undefined
  #mustStop = false
  #isReleaseDue = false
  /** Following: the next try is due when all of these have passed. */
  #otherLapsesAtMs = 0
  #retryAtMs = 0
  #restUntilMs = 0
  #hasObserved = false
  /** The coordinator has forgotten a record: its holder has until then to take the lease again. */
  #graceUntilMs: number | undefined
  #highestEpoch = 0
  #failureCount = 0
  /** Since then calls have left, and perhaps arrived, and no answer has come. */
  #unansweredSinceMs: number | undefined
  #reportedCode: string | undefined
  /** Another incarnation seen under the own id, and until when its lease ran then. */
  #twin: { readonly incarnation: string; readonly leaseUntilMs: number; isReported: boolean } | undefined

  constructor(options: MachineOptions) {
    this.#options = options
  }

  /** The lease that is held and announced; valid only before `validUntilMs`. */
  get lease(): { readonly epoch: number; readonly validUntilMs: number } | undefined {
    return this.#lease?.isAnnounced ? this.#lease : undefined
  }

  /** It has ended: a lease was released, and no input changes anything any more. */
  get isStopped(): boolean {
    return this.#phase === 'stopped'
  }

  /** When a `wake` is due; undefined while only an answer can change anything. */
  get wakeAtMs(): number | undefined {
    const lease = this.#lease
    if (this.#phase === 'leading' && lease !== undefined) {
      const renewAtMs = lease.isRenewing ? Number.POSITIVE_INFINITY : lease.renewAtMs
      const wakeAtMs = Math.min(renewAtMs, lease.isAnnounced ? lease.validUntilMs : Number.POSITIVE_INFINITY)
      return wakeAtMs === Number.POSITIVE_INFINITY ? undefined : wakeAtMs
    }
    return this.#phase === 'following' ? this.#nextTryAtMs : undefined
  }

  /** Takes what happened at `nowMs`, on a clock that only goes forward; answers what to do, in this order. */
  step(input: MachineInput, nowMs: number): MachineOutput[] {
    const outputs: MachineOutput[] = []
    if (this.#phase === 'stopped') return outputs
    this.#sayIfLapsed(nowMs, outputs)
    this.#take(input, nowMs, outputs)
    this.#act(nowMs, outputs)
    return outputs
  }

  #take(input: MachineInput, nowMs: number, outputs: MachineOutput[]): void {
    switch (input.type) {
      case 'start':
        if (this.#phase === 'new') this.#start(input.isConnected, nowMs)
        return
      case 'wake':
        return
      case 'observed':
        this.#observe(input.observation, nowMs, outputs)
        return
      case 'acquire-answered':
        this.#acquireAnswered(input.answer, input.sentAtMs, nowMs, outputs)
        return
      case 'renew-answered':
        // Of an earlier lease: it says nothing of this one.
        if (input.epoch === this.#lease?.epoch) this.#renewAnswered(input.answer, input.sentAtMs, nowMs, outputs)
        return
      case 'release-answered':
        this.#released(nowMs)
        return
      case 'call-failed':
        this.#callFailed(input, nowMs, outputs)
        return
      case 'release':
        this.#isReleaseDue = this.#phase === 'leading' || this.#phase === 'acquiring'
        this.#restUntilMs = nowMs + input.restMs
        return
      case 'stop':
        this.#mustStop = true
        this.#isReleaseDue = this.#phase === 'leading' || this.#phase === 'acquiring'
    }
  }

  /** What the state as it is now calls for. */
  #act(nowMs: number, outputs: MachineOutput[]): void {
    const lease = this.#lease
    if (this.#phase === 'leading' && lease !== undefined) {
      if (this.#isReleaseDue) this.#release(lease, outputs)
      else if (!lease.isRenewing && nowMs >= lease.renewAtMs) {
        lease.isRenewing = true
        outputs.push({ type: 'renew', epoch: lease.epoch })
      }
    } else if (this.#mustStop && (this.#phase === 'following' || this.#phase === 'new')) {
      this.#phase = 'stopped'
      outputs.push({ type: 'stopped' })
    } else if (this.#phase === 'following' && nowMs >= this.#nextTryAtMs) this.#acquire(nowMs, outputs)
  }

  get #nextTryAtMs(): number {
    return Math.max(this.#otherLapsesAtMs, this.#retryAtMs, this.#restUntilMs, this.#graceUntilMs ?? 0)
  }

  #start(isConnected: boolean, nowMs: number): void {
    const { initialDelayMs, ttlMs } = this.#options
    this.#phase = 'following'
    // The first observation comes in a moment and says more than a refused try would; if it does not come, try anyway.
    this.#restUntilMs = nowMs + initialDelayMs
    this.#retryAtMs = isConnected ? nowMs + ttlMs / 3 : nowMs
  }

  #acquire(nowMs: number, outputs: MachineOutput[]): void {
    const { minEpoch, ttlMs } = this.#options
    const remembered = minEpoch()
    if (remembered === undefined) {
      // An epoch below one that the program has seen would fence nothing.
      this.#retryAtMs = nowMs + ttlMs / 3
      return
    }
    this.#phase = 'acquiring'
    this.#highestEpoch = Math.max(this.#highestEpoch, remembered)
    outputs.push({ type: 'acquire', minEpoch: this.#highestEpoch })
  }

  #release(lease: HeldLease, outputs: MachineOutput[]): void {
    this.#isReleaseDue = false
    this.#drop('released', outputs)
    this.#phase = 'releasing'
    outputs.push({ type: 'release', epoch: lease.epoch })
  }

  #released(nowMs: number): void {
    if (this.#phase !== 'releasing') return
    this.#phase = 'following'
    this.#otherLapsesAtMs = nowMs
    this.#retryAtMs = nowMs
    this.#recovered()
  }

  #acquireAnswered(answer: AcquireAnswer, sentAtMs: number, nowMs: number, outputs: MachineOutput[]): void {
    if (this.#phase !== 'acquiring') return
    this.#recovered()
    if (!answer.acquired) {
      this.#phase = 'following'
      this.#isReleaseDue = false
      this.#retryAtMs = nowMs
      this.#learn(answer.record, answer.remainingMs, nowMs, outputs)
      return
    }
    this.#phase = 'leading'
    this.#graceUntilMs = undefined
    this.#highestEpoch = answer.epoch
    this.#lease = {
      epoch: answer.epoch,
      record: answer.record,
      validUntilMs: sentAtMs + this.#options.ttlMs,
      renewAtMs: sentAtMs + this.#options.ttlMs / 3,
      isRenewing: false,
      isAnnounced: false,
    }
    // Not announced when it is to be let go again, or when so long has passed that it may be over: a renewal will tell.
    if (!this.#isReleaseDue) this.#announce(this.#lease, false, nowMs, outputs)
  }

  #renewAnswered(answer: RenewAnswer, sentAtMs: number, nowMs: number, outputs: MachineOutput[]): void {
    const lease = this.#lease
    if (this.#phase !== 'leading' || lease === undefined) return
    this.#recovered()
    lease.isRenewing = false
    if (!answer.renewed) {
      this.#refused(answer.reason, answer.record, answer.remainingMs, nowMs, outputs)
      return
    }
    lease.record = answer.record
    lease.validUntilMs = sentAtMs + this.#options.ttlMs
    lease.renewAtMs = sentAtMs + this.#options.ttlMs / 3
    const { epoch, validUntilMs, record } = lease
    if (lease.isAnnounced) outputs.push({ type: 'renewed', epoch, validUntilMs, record })
    else this.#announce(lease, true, nowMs, outputs)
  }

  #refused(
    reason: RefusalReason,
    record: LeaseRecord,
    remainingMs: number,
    nowMs: number,
    outputs: MachineOutput[],
  ): void {
    this.#drop(reason, outputs)
    this.#phase = 'following'
    this.#retryAtMs = nowMs
    this.#learn(record, remainingMs, nowMs, outputs)
    if (reason !== 'forgotten') return
    // It is the one whose record is gone, so it need not wait, unless another holds the lease by now.
    this.#graceUntilMs = undefined
    if (remainingMs === 0) this.#otherLapsesAtMs = nowMs
  }

  #callFailed(
    { call, epoch, error }: Extract<MachineInput, { type: 'call-failed' }>,
    nowMs: number,
    outputs: MachineOutput[],
  ): void {
    if (this.#reportedCode !== error.code) {
      this.#reportedCode = error.code
      outputs.push({ type: 'problem', error })
    }
    this.#failureCount++
    const { ttlMs, random } = this.#options
    const longestMs = Math.min(ttlMs / 3, 2_000)
    this.#unansweredSinceMs = error.outcome === 'unknown' ? (this.#unansweredSinceMs ?? nowMs) : undefined
    const pauseMs = this.#isUnheard(nowMs)
      ? ttlMs * (1.25 + random() / 4)
      : Math.min((ttlMs / 100) * 2 ** Math.min(this.#failureCount, 10), longestMs) * (0.5 + random() / 2)
    if (call === 'renew' && this.#lease !== undefined && this.#lease.epoch === epoch) {
      this.#lease.isRenewing = false
      this.#lease.renewAtMs = nowMs + pauseMs
    } else if (call === 'acquire' && this.#phase === 'acquiring') {
      this.#phase = 'following'
      this.#isReleaseDue = false
      this.#retryAtMs = nowMs + pauseMs
    } else if (call === 'release' && this.#phase === 'releasing') {
      // The lease will run out by itself. Until then only this incarnation could take it.
      this.#phase = 'following'
      this.#retryAtMs = nowMs + pauseMs
    }
  }

  #observe(observation: LeaseObservation, nowMs: number, outputs: MachineOutput[]): void {
    outputs.push({ type: 'observed', observation })
    const { record, remainingMs } = observation
    const lease = this.#lease
    if (this.#phase !== 'leading' || lease === undefined) {
      if (!this.#hasObserved) this.#retryAtMs = nowMs
      this.#hasObserved = true
      this.#learn(record, remainingMs, nowMs, outputs)
      return
    }
    if (record.epoch > lease.epoch) this.#refused('superseded', record, remainingMs, nowMs, outputs)
    // A record from before the own acquisition may come late, or the coordinator has forgotten: asking tells which.
    else if (record.epoch < lease.epoch) lease.renewAtMs = nowMs
  }

  /** Takes in what the record says of others. */
  #learn(record: LeaseRecord, remainingMs: number, nowMs: number, outputs: MachineOutput[]): void {
    const { id, incarnation, ttlMs, minEpoch } = this.#options
    const isOwn = record.holder === id && record.incarnation === incarnation
    this.#otherLapsesAtMs = isOwn ? nowMs : nowMs + remainingMs + this.#spreadMs()
    const knownEpoch = Math.max(this.#highestEpoch, minEpoch() ?? 0)
    if (record.epoch < knownEpoch && remainingMs === 0) this.#graceUntilMs ??= nowMs + ttlMs
    else this.#graceUntilMs = undefined
    this.#highestEpoch = Math.max(knownEpoch, record.epoch)
    if (remainingMs > 0 && !isOwn) this.#restUntilMs = Math.min(this.#restUntilMs, nowMs)
    if (remainingMs > 0 && record.holder === id && !isOwn) this.#suspectTwin(record, outputs)
  }

  /** A lease under the own id that is renewed while this process lives belongs to another living process. */
  #suspectTwin(record: LeaseRecord, outputs: MachineOutput[]): void {
    const incarnation = record.incarnation ?? ''
    if (this.#twin?.incarnation !== incarnation) {
      this.#twin = { incarnation, leaseUntilMs: record.leaseUntilMs, isReported: false }
    } else if (record.leaseUntilMs > this.#twin.leaseUntilMs && !this.#twin.isReported) {
      this.#twin.isReported = true
      const { id } = this.#options
      const message = `Another living process holds the lease under the id ${id} (incarnation ${incarnation}). Give each process an id of its own, or end the other one.`
      outputs.push({
        type: 'problem',
        error: new YakError('DUPLICATE_CANDIDATE', message, { details: { id, incarnation } }),
      })
    }
  }

  #announce(lease: HeldLease, isResumed: boolean, nowMs: number, outputs: MachineOutput[]): void {
    if (nowMs >= lease.validUntilMs) {
      lease.renewAtMs = nowMs
      return
    }
    lease.isAnnounced = true
    outputs.push({ type: 'elected', epoch: lease.epoch, isResumed, record: lease.record })
  }

  #sayIfLapsed(nowMs: number, outputs: MachineOutput[]): void {
    const lease = this.#lease
    if (lease === undefined || !lease.isAnnounced || nowMs < lease.validUntilMs) return
    lease.isAnnounced = false
    outputs.push({ type: 'lost', epoch: lease.epoch, reason: 'lapsed' })
  }

  #drop(reason: LossReason, outputs: MachineOutput[]): void {
    if (this.#lease?.isAnnounced) outputs.push({ type: 'lost', epoch: this.#lease.epoch, reason })
    this.#lease = undefined
  }

  /** The coordinator answers again. */
  #recovered(): void {
    this.#failureCount = 0
    this.#unansweredSinceMs = undefined
    this.#reportedCode = undefined
  }

  /**
   * Calls that arrive prolong the lease, whether their answers come back or not: whoever went on asking would keep everybody from
   * leading. So after three leases it leaves the coordinator alone for longer than one runs.
   */
  #isUnheard(nowMs: number): boolean {
    return this.#unansweredSinceMs !== undefined && nowMs - this.#unansweredSinceMs >= 3 * this.#options.ttlMs
  }

  /** A random moment after a lease has run out, so that not all ask at once: short, since the losers are only refused. */
  #spreadMs(): number {
    return this.#options.random() * Math.min(this.#options.ttlMs / 20, 20)
  }
}
