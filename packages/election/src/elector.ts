import { EventEmitter } from 'node:events'
import { YakError } from '@yak/protocol'
import { callListener } from './call-listener.ts'
import { publishElectionEvent } from './diagnostics.ts'
import { ElectionMachine, type LossReason, type MachineInput, type MachineOutput } from './election-machine.ts'
import type { ElectionPorts } from './election-ports.ts'
import { assertCandidate, assertGroup, assertInteger, assertTtl } from './lease-arguments.ts'
import type { LeaseRecord } from './lease-record.ts'
import type { Candidate, LeaseObservation, LeaseStore } from './lease-store.ts'
import { systemPorts } from './system-ports.ts'

/** A timer that is set for longer fires at once. One that fires early does no harm. */
const longestTimerMs = 2_147_483_647

/** Who runs, for what, and where the lease is kept. */
export interface ElectorOptions {
  /** Where the lease is. The elector does not close it. */
  readonly store: LeaseStore
  /** Unique among the candidates: a host name with a process id, a broker id. */
  readonly id: string
  /** Candidates of one group compete. Default `default`. */
  readonly group?: string
  /** Length of the lease in milliseconds, renewed at a third of it. A holder that dies is replaced after this time. Default 5000. */
  readonly ttlMs?: number
  /** Its index among the candidates, 0 to 63, for epochs that stay unique even if the store forgets. Default: none. */
  readonly ownerIndex?: number
  /** One life of this candidate. Default: made of the time and a random number. */
  readonly incarnation?: string
  /** How long to let others go first, at the start. Default 0. */
  readonly initialDelayMs?: number
  /**
   * The highest epoch your program remembers, for instance on its disk; new ones are above it. Default: 0. While it throws, no lease
   * is acquired.
   */
  readonly minEpoch?: () => number
  /** Time and chance. Default: the machine's. */
  readonly ports?: ElectionPorts
}

/** What the event `elected` tells. */
export interface Elected {
  /** Of the elector. */
  readonly group: string
  /** The fencing token: write it with whatever you do, and let what you write to refuse a lower one. */
  readonly epoch: number
  /** Aborted as soon as the lease is lost, with a YakError LEASE_LOST as its reason. */
  readonly signal: AbortSignal
  /** The lease had lapsed and could be renewed, because nobody else had taken it: the epoch is the same as before. */
  readonly isResumed: boolean
  /** The coordinator's, right after the acquisition or renewal. */
  readonly record: LeaseRecord
}

/** What the event `renewed` tells. */
export interface Renewed {
  /** Of the elector. */
  readonly group: string
  /** Of the lease; the same as before. */
  readonly epoch: number
  /** From now. */
  readonly remainingMs: number
  /** The coordinator's, right after the renewal. */
  readonly record: LeaseRecord
}

/** What the event `lost` tells. */
export interface Lost {
  /** Of the elector. */
  readonly group: string
  /** Of the lease that is gone. */
  readonly epoch: number
  /**
   * `lapsed`: not renewed in time, and perhaps `elected` again soon; `superseded`: a later epoch exists; `forgotten`: the store
   * lost its record; `other-holder`: another process has this very epoch; `released`: by `release` or `stop`.
   */
  readonly reason: LossReason
}

/** What `elector.on(name, listener)` tells of. */
export interface ElectorEvents {
  /** The lease is held from now on. */
  elected: [Elected]
  /** The lease runs on. */
  renewed: [Renewed]
  /** The lease is no longer held. */
  lost: [Lost]
  /** The record of the group, at the start and at every change. */
  observed: [LeaseObservation]
  /** The store cannot be asked, or refuses; once until it works again. The elector goes on trying. */
  problem: [YakError]
}

/** A lease as it is held at this moment. */
export interface HeldLease {
  /** The fencing token. */
  readonly epoch: number
  /** How long it is valid from now, in milliseconds, unless it is renewed. */
  readonly remainingMs: number
}

/**
 * Runs for the lease of a group, holds it, and runs again when it is lost. `elected` and `lost` alternate.
 *
 * The lease says who should act; it cannot stop a process that was paused and does not know yet. Look at `lease` right before you
 * act (it judges by the clock, not by events), and pass the epoch along, so that what you write to can refuse an old one.
 */
export class Elector extends EventEmitter<ElectorEvents> {
  /** Whose lease it runs for. */
  readonly group: string
  /** Unique among the candidates. */
  readonly id: string
  /** One life of this candidate; another text after each start. */
  readonly incarnation: string
  readonly #store: LeaseStore
  readonly #candidate: Candidate
  readonly #ttlMs: number
  readonly #ports: ElectionPorts
  readonly #machine: ElectionMachine
  readonly #inputs: MachineInput[] = []
  #isStepping = false
  #hasStarted = false
  #controller = new AbortController()
  #cancelWake: () => void = () => {}
  #stopObserving: () => void = () => {}
  #stopping: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined

  constructor(options: ElectorOptions) {
    super()
    const { store, id, group = 'default', ttlMs = 5_000, ownerIndex, initialDelayMs = 0, ports = systemPorts } = options
    const incarnation = options.incarnation ?? newIncarnation(ports)
    assertGroup(group)
    assertTtl(ttlMs)
    assertInteger('initialDelayMs', initialDelayMs, 0)
    this.#candidate = { id, incarnation, ownerIndex }
    assertCandidate(this.#candidate)
    this.group = group
    this.id = id
    this.incarnation = incarnation
    this.#store = store
    this.#ttlMs = ttlMs
    this.#ports = ports
    this.#machine = new ElectionMachine({
      id,
      incarnation,
      ttlMs,
      initialDelayMs,
      minEpoch: () => rememberedEpoch(options.minEpoch),
      random: () => ports.random(),
    })
  }

  /** The lease as it is held at this moment; undefined when it is not, or no longer. */
  get lease(): HeldLease | undefined {
    const lease = this.#machine.lease
    if (lease === undefined) return undefined
    const remainingMs = lease.validUntilMs - this.#ports.monotonicMs()
    return remainingMs > 0 ? { epoch: lease.epoch, remainingMs } : undefined
  }

  /** Begins to run. Once. */
  start(): this {
    if (this.#hasStarted) return this
    this.#hasStarted = true
    this.#input({ type: 'start', isConnected: this.#store.status.isConnected })
    this.#stopObserving = this.#store.observe(this.group, (observation) =>
      this.#input({ type: 'observed', observation }),
    )
    return this
  }

  /** Lets go of the lease, if it is held, and leaves it to the others for `restMs` (default: the length of a lease). */
  release({ restMs = this.#ttlMs }: { readonly restMs?: number } = {}): void {
    if (!(restMs >= 0)) throw new TypeError(`restMs is ${String(restMs)}; it must be 0 or more`)
    this.#input({ type: 'release', restMs })
  }

  /** Lets go of the lease and ends. Idempotent; never rejects. A store that does not answer delays it by a third of the lease. */
  async stop(): Promise<void> {
    if (this.#machine.isStopped) return
    this.#stopping ??= deferred()
    this.#input({ type: 'stop' })
    await this.#stopping.promise
  }

  /** `stop`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** One input after the other: an event handler, or a store that answers at once, may bring the next while one is being taken. */
  #input(input: MachineInput): void {
    this.#inputs.push(input)
    if (this.#isStepping) return
    this.#isStepping = true
    for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
      const outputs = this.#machine.step(next, this.#ports.monotonicMs())
      this.#scheduleWake()
      for (const output of outputs) this.#carryOut(output)
    }
    this.#isStepping = false
  }

  #scheduleWake(): void {
    this.#cancelWake()
    const wakeAtMs = this.#machine.wakeAtMs
    if (wakeAtMs === undefined) {
      this.#cancelWake = () => {}
      return
    }
    const delayMs = Math.min(Math.max(0, wakeAtMs - this.#ports.monotonicMs()), longestTimerMs)
    this.#cancelWake = this.#ports.schedule(delayMs, () => this.#input({ type: 'wake' }))
  }

  /** In the order of the outputs: `lost` is told before the release is sent. */
  #carryOut(output: MachineOutput): void {
    if (output.type === 'acquire' || output.type === 'renew' || output.type === 'release') this.#call(output)
    else this.#tell(output)
  }

  #call(output: Extract<MachineOutput, { type: 'acquire' | 'renew' | 'release' }>): void {
    const { group } = this
    const candidate = this.#candidate
    const ttlMs = this.#ttlMs
    // Read before the request leaves: the coordinator counts from a later moment, so the lease never seems longer than it is.
    const sentAtMs = this.#ports.monotonicMs()
    const options = { timeoutMs: Math.max(1, Math.floor(ttlMs / 3)) }
    if (output.type === 'acquire') {
      this.#store.acquire({ group, candidate, minEpoch: output.minEpoch, ttlMs }, options).then(
        (answer) => this.#input({ type: 'acquire-answered', answer, sentAtMs }),
        (error) => this.#failed('acquire', error),
      )
    } else if (output.type === 'renew') {
      this.#store.renew({ group, candidate, epoch: output.epoch, ttlMs }, options).then(
        (answer) => this.#input({ type: 'renew-answered', epoch: output.epoch, answer, sentAtMs }),
        (error) => this.#failed('renew', error, output.epoch),
      )
    } else {
      this.#store.release({ group, candidate, epoch: output.epoch }, options).then(
        () => this.#input({ type: 'release-answered' }),
        (error) => this.#failed('release', error, output.epoch),
      )
    }
  }

  #failed(call: 'acquire' | 'renew' | 'release', error: unknown, epoch?: number): void {
    if (!YakError.is(error)) throw error
    this.#input({ type: 'call-failed', call, error, ...(epoch === undefined ? {} : { epoch }) })
    // Nothing will ever be answered again.
    if (error.code === 'COORDINATOR_CLOSED') this.#input({ type: 'stop' })
  }

  #tell(output: Exclude<MachineOutput, { type: 'acquire' | 'renew' | 'release' }>): void {
    const { group } = this
    switch (output.type) {
      case 'elected': {
        this.#controller = new AbortController()
        const { epoch, isResumed, record } = output
        this.#publish('elected', { group, epoch, isResumed, record, signal: this.#controller.signal })
        return
      }
      case 'renewed': {
        const { epoch, record, validUntilMs } = output
        this.#publish('renewed', { group, epoch, record, remainingMs: validUntilMs - this.#ports.monotonicMs() })
        return
      }
      case 'lost': {
        const { epoch, reason } = output
        const message = `The lease of ${group} at epoch ${epoch} is lost (${reason}). Stop what you do under it.`
        this.#controller.abort(new YakError('LEASE_LOST', message, { details: { group, epoch, reason } }))
        this.#publish('lost', { group, epoch, reason })
        return
      }
      case 'observed':
        this.#publish('observed', output.observation)
        return
      case 'problem':
        this.#publish('problem', output.error)
        return
      case 'stopped':
        this.#cancelWake()
        this.#stopObserving()
        this.#stopping?.resolve()
    }
  }

  #publish<Name extends keyof ElectorEvents>(name: Name, event: ElectorEvents[Name][0]): void {
    publishElectionEvent({ name, group: this.group, id: this.id, event })
    // Not by `emit`, which ends with the first listener that throws.
    for (const listener of this.rawListeners(name)) {
      callListener(() => Reflect.apply(listener, this, [event]), undefined)
    }
  }
}

/** Undefined where the program cannot tell: what it throws is an uncaught exception, as that of a listener is. */
function rememberedEpoch(minEpoch: () => number = () => 0): number | undefined {
  let remembered: number | undefined
  callListener(() => {
    const epoch = minEpoch()
    assertInteger('minEpoch', epoch, 0)
    remembered = epoch
  }, undefined)
  return remembered
}

function newIncarnation(ports: ElectionPorts): string {
  const chance = Math.floor(ports.random() * 2 ** 48)
  return `${ports.wallClockMs().toString(36)}-${chance.toString(36)}`
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((fulfil) => {
    resolve = fulfil
  })
  return { promise, resolve }
}
