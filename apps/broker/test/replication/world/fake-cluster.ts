import { MemoryCoordinator } from '@yak/election/testing'
import type { CallResult } from '../../../src/replication/core/inputs.ts'
import type { Message } from '../../../src/replication/core/messages.ts'
import type { CoreOptions } from '../../../src/replication/core/options.ts'
import type { Answer, Output, RoleName } from '../../../src/replication/core/outputs.ts'
import { type Rules, rules } from '../../../src/replication/core/rules/rules.ts'
import { metadataKey, type PartitionKey } from '../../../src/replication/core/state.ts'
import { ClusterChecker } from './cluster-checker.ts'
import { describeMessage, describeOutput } from './describe.ts'
import { FakeBroker } from './fake-broker.ts'

export interface ClusterOptions {
  readonly brokers: readonly string[]
  readonly minInsync: number
  readonly core?: Partial<CoreOptions>
  readonly rules?: Partial<Rules>
  readonly random: () => number
  /** How many batches one read gives. */
  readonly readBatches: number
  readonly stopsAtViolation?: boolean
  readonly trace?: (line: string) => void
}

/** Something that will happen when it is run: a message on its way, a write, a call. */
export interface Pending {
  readonly id: number
  readonly kind: string
  readonly label: string
  readonly owner: string
  readonly atMs: number
  readonly run: () => void
  /** It is lost: what its sender notices of that. */
  readonly fail?: () => void
}

/**
 * Brokers that share a coordinator, a network and a clock, where nothing happens until it is asked for: a scenario runs
 * what it names, a walk runs what chance names. Every step is watched by the checker.
 */
export class FakeCluster {
  /** Other settings count from the next start of a broker on. */
  options: ClusterOptions
  readonly rules: Rules
  readonly random: () => number
  readonly brokers: ReadonlyMap<string, FakeBroker>
  readonly coordinator: MemoryCoordinator
  readonly checker: ClusterChecker
  isCoordinatorUp = true
  /** A coordinator that knows nothing of owners. */
  givesAnyEpoch = false
  now = 0
  /** So much time passes between the next append and the word of it: the process stood still just then. */
  stallMs = 0
  pending: Pending[] = []
  /** `a>b`: nothing gets from a to b. */
  readonly cuts: Set<string> = new Set()
  /** No request or message of others gets to these; what they ask is answered. */
  readonly deaf: Set<string> = new Set()
  /** Beginnings of the labels of events that are not to happen yet. */
  readonly held: string[] = []
  readonly counts: Map<string, number> = new Map()
  answers: { readonly id: number; readonly broker: string; readonly answer: Answer }[] = []
  #lastId = 0

  constructor(options: ClusterOptions) {
    this.options = options
    this.rules = options.rules === undefined ? rules : Object.freeze({ ...rules, ...options.rules })
    this.random = options.random
    this.coordinator = new MemoryCoordinator({ nowMs: () => this.now })
    this.brokers = new Map(options.brokers.map((id, index) => [id, new FakeBroker(id, index, this)]))
    this.checker = new ClusterChecker(this)
    this.coordinator.watch(() => this.observeAll())
  }

  broker(id: string): FakeBroker {
    const broker = this.brokers.get(id)
    if (broker === undefined) throw new TypeError(`there is no broker ${id}`)
    return broker
  }

  observeAll(): void {
    for (const broker of this.brokers.values()) if (broker.core !== null) broker.observe()
  }

  // ---- events

  later(event: Omit<Pending, 'id' | 'atMs'>): void {
    this.pending.push({ ...event, id: ++this.#lastId, atMs: this.now })
  }

  take(event: Pending): void {
    const index = this.pending.indexOf(event)
    if (index !== -1) this.pending.splice(index, 1)
  }

  run(event: Pending): void {
    this.take(event)
    this.count(event.kind)
    event.run()
  }

  lose(event: Pending): void {
    this.take(event)
    this.count(`lost ${event.kind}`)
    event.fail?.()
  }

  /** Not while its broker is paused. Saves of one file keep their order, as the driver keeps it, and those of two do not. */
  mayRun(event: Pending): boolean {
    if (this.brokers.get(event.owner)?.isPaused) return false
    if (this.held.some((label) => event.label.startsWith(label))) return false
    if (event.kind !== 'save') return true
    return !this.pending.some((other) => other.id < event.id && other.label === event.label)
  }

  send(from: string, to: string, message: Message): void {
    const deliver = (): void => {
      const receiver = this.broker(to)
      const isShutOut = this.deaf.has(to) && !message.type.endsWith('-response')
      if (this.cuts.has(`${from}>${to}`) || isShutOut || receiver.core === null) unreachable()
      else receiver.step({ type: 'message', message })
    }
    const unreachable = (): void => {
      if (!message.type.endsWith('-request') || !('requestId' in message) || message.requestId === null) return
      this.broker(from).step({ type: 'unreachable', brokerId: to, requestId: message.requestId })
    }
    this.later({ kind: 'message', label: `${from}>${to} ${message.type}`, owner: to, run: deliver })
  }

  /** What follows a violation is of no interest to a walk. */
  get isGivenUp(): boolean {
    return this.options.stopsAtViolation === true && this.checker.violations.length > 0
  }

  /** In order and without mishap, for so long; what is held stays pending. */
  settle(forMs: number): void {
    const until = this.now + forMs
    for (let steps = 0; !this.isGivenUp; steps++) {
      if (steps > 200_000) throw new Error(`no end of events: ${this.pending.slice(0, 10).map(({ label }) => label)}`)
      const event = this.pending.find((one) => this.mayRun(one))
      if (event !== undefined && event.atMs < this.now) {
        this.run(event)
        continue
      }
      if (this.now >= until) return
      // What is on its way takes a millisecond; else straight on to the next deadline.
      const next = event === undefined ? Math.max(this.now + 1, this.wakeAt) : this.now + 1
      this.advanceTo(Math.min(until, next))
    }
  }

  /** A second copy arrives as well. */
  double(event: Pending): void {
    this.later(event)
  }

  advanceTo(now: number): void {
    if (now > this.now) this.now = now
    for (const broker of this.brokers.values()) {
      if (broker.core !== null && !broker.isPaused && broker.core.wakeAt <= this.now) broker.step({ type: 'tick' })
    }
  }

  get wakeAt(): number {
    let earliest = Number.POSITIVE_INFINITY
    for (const broker of this.brokers.values()) {
      if (broker.core !== null && !broker.isPaused && broker.broken === null) {
        earliest = Math.min(earliest, broker.core.wakeAt)
      }
    }
    return earliest
  }

  // ---- what brokers report

  onHighWatermark(broker: FakeBroker, key: PartitionKey, highWatermark: number): void {
    this.checker.onHighWatermark(broker, key, highWatermark)
  }

  onAppend(broker: FakeBroker, key: PartitionKey, offset: number, epoch: number, value: string): void {
    this.checker.onAppend(broker, key, offset, epoch, value)
  }

  onAnswer(broker: FakeBroker, id: number, answer: Answer): void {
    this.answers.push({ id, broker: broker.id, answer })
    this.checker.onAnswer(id, answer)
  }

  onRole(broker: FakeBroker, role: RoleName, epoch: number): void {
    this.count(`role ${role}`)
    this.checker.onRole(broker, role, epoch)
  }

  onBroken(broker: FakeBroker, error: Error): void {
    this.checker.onBroken(broker, error)
  }

  onCallResult(_broker: FakeBroker, result: CallResult): void {
    this.count(`call ${result.type}`)
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1)
  }

  trace(broker: string, text: string): void {
    this.options.trace?.(`${broker} ${text}`)
  }

  traceOutput(broker: string, output: Output): void {
    if (output.type === 'truncate' || output.type === 'begin-anew') this.count(output.type)
    if (this.options.trace === undefined) return
    const text = output.type === 'send' ? `> ${output.to} ${describeMessage(output.message)}` : describeOutput(output)
    if (text !== undefined) this.trace(broker, text)
  }

  /** The topic list names it, committed everywhere that matters. */
  get topicListKey(): PartitionKey {
    return metadataKey
  }
}
