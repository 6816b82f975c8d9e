/** What happens to a broker, for whoever tells others of it: the journal, the live channel, tests. */
export interface BrokerEventMap {
  /** It serves. */
  readonly started: Readonly<Record<never, never>>
  /** It takes no new request from now on. */
  readonly stopping: Readonly<Record<never, never>>
  readonly 'role-changed': { readonly role: string; readonly epoch: number; readonly reason: string }
  readonly 'leader-changed': { readonly leaderId: string | null; readonly epoch: number }
  /** The newest ISR that it knows is another record, in which the same brokers may be. */
  readonly 'isr-recorded': Readonly<Record<never, never>>
  readonly 'isr-changed': { readonly isr: readonly string[]; readonly epoch: number }
  /** A broker that should be heard of all the time was not; `misses` times, since it was last told. */
  readonly 'heartbeat-missed': {
    readonly peerId: string
    readonly silentMs: number
    readonly epoch: number
    readonly misses: number
  }
  /** A lease ran out: `takenBy` null: its holder could not renew it; else this broker was given the next. */
  readonly 'lease-expired': { readonly holderId: string; readonly epoch: number; readonly takenBy: string | null }
  /** Writes to the leader that this broker was under `epoch`, refused. */
  readonly 'write-fenced': { readonly epoch: number; readonly knownEpoch: number; readonly writes: number }
  readonly coordinator: { readonly connected: boolean }
  readonly 'topic-created': { readonly topic: string; readonly id: string; readonly partitions: number }
  readonly 'topic-deleted': { readonly topic: string; readonly id: string }
  readonly 'records-deleted': { readonly topic: string; readonly id: string; readonly partitions: readonly number[] }
  /** A log is not served any more; `partition` is `orders-1`. */
  readonly 'log-failed': { readonly partition: string; readonly code: string; readonly detail: string }
  /** The disk became too full for new records, or has room again. */
  readonly disk: { readonly isFull: boolean; readonly freeBytes: number }
  readonly notice: { readonly level: 'info' | 'warn' | 'error'; readonly text: string }
}

export type BrokerEventName = keyof BrokerEventMap

type Listener<Name extends BrokerEventName> = (event: BrokerEventMap[Name]) => void

/**
 * A typed emitter. Listeners are called at once, in the order they came; one that throws keeps neither the others from
 * hearing nor the emitter, which may be in the middle of a step of replication, from going on.
 */
export class BrokerEvents {
  readonly #listeners = new Map<BrokerEventName, Set<(event: never) => void>>()
  readonly #onListenerError: (error: unknown, name: BrokerEventName) => void

  constructor(onListenerError: (error: unknown, name: BrokerEventName) => void) {
    this.#onListenerError = onListenerError
  }

  /** Returns how to stop listening. */
  on<Name extends BrokerEventName>(name: Name, listener: Listener<Name>): () => void {
    let listeners = this.#listeners.get(name)
    if (listeners === undefined) {
      listeners = new Set()
      this.#listeners.set(name, listeners)
    }
    // Wrapped, so that the same function may listen twice and each stops by itself.
    const own = (event: BrokerEventMap[Name]): void => listener(event)
    listeners.add(own)
    return () => listeners.delete(own)
  }

  emit<Name extends BrokerEventName>(name: Name, event: BrokerEventMap[Name]): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      try {
        listener(event as never)
      } catch (error) {
        this.#onListenerError(error, name)
      }
    }
  }
}
