import type { CallResult, Input } from '../../../apps/broker/src/replication/core/inputs.ts'
import type { FetchResponse } from '../../../apps/broker/src/replication/core/messages.ts'
import type { Call, Output, RoleName } from '../../../apps/broker/src/replication/core/outputs.ts'
import type { ClusterState } from '../../../apps/broker/src/replication/core/state.ts'
import type { Coverage } from '../coverage.ts'

export interface CoverageObserverOptions {
  readonly coverage: Coverage
  readonly brokers: number
  readonly settings: { readonly minInsyncReplicas: number }
  readonly nowMs: () => number
}

const catchUpSteps = {
  paused: 'catching up paused',
  near: 'joiner near',
  'gains-no-more': 'joiner gained no more',
} as const

/** What is kept of one run of one broker's core, to know what its steps add up to. */
interface Seen {
  role: RoleName
  readonly calls: Map<number, Call>
  readonly promised: Set<string>
  /** Of which the last answer to a fetch had batches. */
  batchesOf: ReadonlySet<string>
  /** The last acquisition found a record older than what the broker knew. */
  coordinatorForgot: boolean
  minEpoch: number
  isStopping: boolean
  isForming: boolean
  membership: string
}

/**
 * Counts what the cores of a run have met, by what goes into them and comes out. It holds nothing against anybody: that is
 * for `ClusterObserver`, which also counts what only its own records tell, as `RelaxedHistory` does.
 */
export class CoverageObserver {
  readonly #options: CoverageObserverOptions
  readonly #seen = new Map<string, Seen>()
  readonly #leaseUntilMs = new Map<string, number>()
  #isrSize = 0

  constructor(options: CoverageObserverOptions) {
    this.#options = options
  }

  /** A new run of a broker begins; what the last one had under way is gone. */
  started(broker: string): void {
    this.#seen.set(broker, {
      role: 'unattached',
      calls: new Map(),
      promised: new Set(),
      batchesOf: new Set(),
      coordinatorForgot: false,
      minEpoch: 0,
      isStopping: false,
      isForming: false,
      membership: '',
    })
  }

  ended(broker: string): void {
    this.#seen.delete(broker)
  }

  onInput(broker: string, input: Input): void {
    const { coverage } = this.#options
    const seen = this.#seen.get(broker)
    if (seen === undefined) return
    switch (input.type) {
      case 'message':
        if (input.message.type === 'promise-response' && input.message.verdict === 'promised') {
          seen.promised.add(input.message.from.brokerId)
        }
        if (input.message.type === 'fetch-response') seen.batchesOf = batchesIn(input.message)
        if (input.message.type === 'announce' && seen.isStopping && input.message.isServing)
          coverage.count('handed over')
        break
      case 'appended':
        if (input.isDuplicate) coverage.count('duplicate answered')
        break
      case 'log-failed':
        coverage.count('log failed')
        break
      case 'log-reopened':
        coverage.count('log reopened')
        break
      case 'called':
        this.#called(broker, seen, input.id, input.result)
        break
      case 'stop':
        seen.isStopping = true
        break
      default:
    }
  }

  onOutput(broker: string, output: Output): void {
    const { coverage } = this.#options
    const seen = this.#seen.get(broker)
    if (seen === undefined) return
    switch (output.type) {
      case 'role-changed':
        this.#roleChanged(broker, seen, output.role)
        break
      case 'call':
        seen.calls.set(output.id, output.call)
        if (output.call.type === 'acquire') {
          seen.minEpoch = output.call.minEpoch
          if (output.call.replaces !== null) coverage.count('own lease taken over')
          seen.promised.clear()
        }
        break
      case 'truncate':
        coverage.count('truncation')
        break
      case 'notice':
        this.#noticed(output.text)
        break
      case 'catching-up':
        coverage.count(catchUpSteps[output.step])
        break
      case 'begin-anew':
        coverage.count('begun anew')
        if (output.startOffset > 0) coverage.count('begun anew at a later start')
        if (seen.batchesOf.has(output.key)) coverage.count('begun anew where a batch begins')
        break
      case 'raise-log-start':
        coverage.count('log start followed')
        break
      case 'partition-restored':
        coverage.count('replica faulty')
        break
      case 'save':
        if (output.content.file === 'cluster') this.#membershipChanged(seen, output.content.value)
        break
      case 'send':
        this.#sent(output)
        break
      default:
    }
  }

  #noticed(text: string): void {
    const { coverage } = this.#options
    if (/is cut to .* below its high watermark/.test(text)) {
      const isRelaxed = text.endsWith('its topic is relaxed.')
      coverage.count(isRelaxed ? 'relaxed log cut below the high watermark' : 'cut below the high watermark')
    }
    if (text.endsWith('gives the lead up.')) {
      const isUnreached = text.includes('have not reached it')
      coverage.count(isUnreached ? 'lead given up for want of a way in' : 'lead given up for a still disk')
    }
  }

  #sent({ message }: Extract<Output, { type: 'send' }>): void {
    const { coverage } = this.#options
    if (message.type === 'higher-promise') coverage.count('higher promise told')
    if (message.type === 'refused') coverage.count('message refused')
    if (message.type === 'fetch-request' && message.purpose === 'reconcile') coverage.count('reconciliation')
    if (message.type === 'promise-response' && message.verdict === 'higher') coverage.count('promise refused')
  }

  #roleChanged(broker: string, seen: Seen, role: RoleName): void {
    const { coverage, brokers, settings } = this.#options
    const before = seen.role
    seen.role = role
    if (before === 'candidate' && role !== 'leader' && role !== 'candidate') coverage.count('candidate gave up')
    if (before === 'leader' && role !== 'resigned' && role !== 'leader') coverage.count('leader demoted')
    if (before === 'leader' && role === 'candidate') coverage.count('re-election by the leader')
    if (role !== 'leader' || before === 'leader') return
    coverage.count('election')
    const quorum = Math.max(brokers - settings.minInsyncReplicas + 1, Math.floor(brokers / 2) + 1)
    const isQuorum = seen.promised.size + 1 >= quorum
    coverage.count(isQuorum || seen.isForming ? 'election by quorum' : 'election by survivor')
    if (seen.isForming) coverage.count('cluster formed')
    seen.isForming = false
    if (seen.coordinatorForgot) coverage.count('lost-coordinator recovery')
    seen.coordinatorForgot = false
    for (const [other, { role: otherRole }] of this.#seen) {
      if (other !== broker && otherRole === 'leader') coverage.count('two leaders')
    }
  }

  #called(broker: string, seen: Seen, id: number, result: CallResult): void {
    const { coverage } = this.#options
    const call = seen.calls.get(id)
    seen.calls.delete(id)
    if (call === undefined) return
    if (result.type === 'acquired' && result.before.epoch < seen.minEpoch) seen.coordinatorForgot = true
    if (
      (result.type === 'acquired' && call.type === 'acquire') ||
      (result.type === 'renewed' && call.type === 'renew')
    ) {
      this.#leased(broker, call.leaseMs)
    }
    if (result.type === 'released') this.#leaseUntilMs.delete(broker)
    if (result.type === 'renewed' && result.storedIsrIsOlder) coverage.count('ISR rewritten')
    if (call.type !== 'update-isr') return
    if (result.type === 'failed') coverage.count('ISR change unknown')
    if (result.type !== 'isr-updated') return
    if (call.isr.length < this.#isrSize) coverage.count('ISR shrunk')
    if (call.isr.length > this.#isrSize) coverage.count('ISR grown')
    this.#isrSize = call.isr.length
  }

  /** By what each was told: a lease that another one's answer overlaps is a dual lease, whoever is right. */
  #leased(broker: string, leaseMs: number): void {
    const nowMs = this.#options.nowMs()
    for (const [other, untilMs] of this.#leaseUntilMs) {
      if (other !== broker && untilMs > nowMs && this.#seen.has(other)) this.#options.coverage.count('dual leases')
    }
    this.#leaseUntilMs.set(broker, nowMs + leaseMs)
  }

  #membershipChanged(seen: Seen, { membership, founders }: ClusterState): void {
    if (membership === 'voter' && seen.membership === 'joining') this.#options.coverage.count('disk admitted')
    // A founder of the cluster becomes a voter without ever having joined one; the candidate saves it as it forms it.
    if (membership === 'voter' && seen.membership === '' && seen.role === 'candidate') {
      seen.isForming = true
      if (founders.length < this.#options.brokers) this.#options.coverage.count('cluster formed by init')
    }
    seen.membership = membership
  }
}

function batchesIn({ results }: FetchResponse): ReadonlySet<string> {
  return new Set(results.filter(({ type }) => type === 'batches').map(({ key }) => key))
}
