import { callListener } from './call-listener.ts'
import type { ElectionPorts } from './election-ports.ts'
import { isSameRecord } from './lease-record.ts'
import type { LeaseObservation } from './lease-store.ts'

export interface LeaseWatchersOptions {
  readonly ports: ElectionPorts
  /** How often to look when nothing was pushed. */
  readonly pollMs: number
  /** Reads the record, or undefined when the coordinator is away: the store's status says why, and the next poll looks again. */
  readonly look: (group: string) => Promise<LeaseObservation | undefined>
  /** Where it is cheap to know that nothing has changed since the last poll. Default: one has to look. */
  readonly isWorthALook?: () => boolean
  /** The group has its first listener, or lost its last: time to subscribe or not. */
  readonly onGroupWatched?: (group: string, isWatched: boolean) => void
}

interface Watch {
  readonly listeners: Set<Listener>
  /** Counts what was pushed, so that a look that was overtaken by a push is told apart. */
  pushCount: number
}

interface Listener {
  readonly call: (observation: LeaseObservation) => void
  last: LeaseObservation | undefined
}

/** Who observes which group: gives each listener the record once and then each change, from pushes and polls alike. */
export class LeaseWatchers {
  readonly #options: LeaseWatchersOptions
  readonly #watches = new Map<string, Watch>()
  #cancelPoll: (() => void) | undefined
  /** The coordinator did not answer a look: what had changed by then is not seen to have changed once more. */
  #isLookOwed = false
  #isClosed = false

  constructor(options: LeaseWatchersOptions) {
    this.#options = options
  }

  get groups(): string[] {
    return [...this.#watches.keys()]
  }

  observe(group: string, call: (observation: LeaseObservation) => void): () => void {
    if (this.#isClosed) return () => {}
    const listener: Listener = { call, last: undefined }
    const watch = this.#watches.get(group) ?? this.#open(group)
    watch.listeners.add(listener)
    void this.#look(group, watch)
    return () => {
      watch.listeners.delete(listener)
      if (watch.listeners.size === 0 && this.#watches.get(group) === watch) this.#close(group, watch)
    }
  }

  /** The coordinator has told of a change. */
  pushed(observation: LeaseObservation): void {
    const watch = this.#watches.get(observation.group)
    if (watch === undefined) return
    watch.pushCount++
    deliver(watch, observation)
  }

  /** Something may have changed, or the coordinator is back after an absence: look at once. */
  lookNow(): void {
    void this.#lookAtAll()
  }

  close(): void {
    this.#isClosed = true
    for (const [group, watch] of this.#watches) this.#close(group, watch)
  }

  #open(group: string): Watch {
    const watch: Watch = { listeners: new Set(), pushCount: 0 }
    this.#watches.set(group, watch)
    if (this.#cancelPoll === undefined) this.#schedulePoll()
    this.#options.onGroupWatched?.(group, true)
    return watch
  }

  #close(group: string, watch: Watch): void {
    watch.listeners.clear()
    this.#watches.delete(group)
    if (this.#watches.size === 0) {
      this.#cancelPoll?.()
      this.#cancelPoll = undefined
    }
    this.#options.onGroupWatched?.(group, false)
  }

  /** One poll after the other: a slow coordinator is not asked more often than it answers. */
  #schedulePoll(): void {
    const { ports, pollMs, isWorthALook } = this.#options
    const cancel = ports.schedule(pollMs, async () => {
      const isWorth = isWorthALook?.() ?? true
      if (isWorth || this.#isLookOwed) await this.#lookAtAll()
      if (this.#cancelPoll === cancel) this.#schedulePoll()
    })
    this.#cancelPoll = cancel
  }

  async #lookAtAll(): Promise<void> {
    this.#isLookOwed = false
    await Promise.all([...this.#watches].map(([group, watch]) => this.#look(group, watch)))
  }

  async #look(group: string, watch: Watch): Promise<void> {
    const pushCount = watch.pushCount
    const observation = await this.#options.look(group)
    if (observation === undefined) this.#isLookOwed = true
    // A push that came meanwhile is as new as this, or newer.
    else if (watch.pushCount === pushCount) deliver(watch, observation)
  }
}

function deliver(watch: Watch, observation: LeaseObservation): void {
  for (const listener of [...watch.listeners]) {
    if (listener.last !== undefined && isSameRecord(listener.last.record, observation.record)) continue
    if (!watch.listeners.has(listener)) continue
    listener.last = observation
    callListener(listener.call, observation)
  }
}
