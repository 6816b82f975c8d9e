import type { LeaseObservation, LeaseStore, LeaseStoreStatus } from '@yak/election'
import { YakError } from '@yak/protocol'

/** A coordinator that can be out of reach for a while: nothing is asked of it, and nothing is heard. */
export class CuttableLeaseStore implements LeaseStore {
  readonly #store: LeaseStore
  readonly #statusListeners = new Set<(status: LeaseStoreStatus) => void>()
  #timer: NodeJS.Timeout | undefined

  constructor(store: LeaseStore) {
    this.#store = store
    store.onStatus(() => this.#tellStatus())
  }

  /** From now on, for so long; another cut takes the place of one that lasts. */
  cut(forMs: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.heal(), forMs)
    this.#tellStatus()
  }

  heal(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#tellStatus()
  }

  get isCut(): boolean {
    return this.#timer !== undefined
  }

  get status(): LeaseStoreStatus {
    return this.isCut ? { ...this.#store.status, isConnected: false } : this.#store.status
  }

  acquire: LeaseStore['acquire'] = (...call) => this.#ask(() => this.#store.acquire(...call))
  renew: LeaseStore['renew'] = (...call) => this.#ask(() => this.#store.renew(...call))
  release: LeaseStore['release'] = (...call) => this.#ask(() => this.#store.release(...call))
  updateIsr: LeaseStore['updateIsr'] = (...call) => this.#ask(() => this.#store.updateIsr(...call))
  read: LeaseStore['read'] = (...call) => this.#ask(() => this.#store.read(...call))
  identify: LeaseStore['identify'] = (...call) => this.#ask(() => this.#store.identify(...call))

  observe(group: string, listener: (observation: LeaseObservation) => void): () => void {
    return this.#store.observe(group, (observation) => {
      if (!this.isCut) listener(observation)
    })
  }

  onStatus(listener: (status: LeaseStoreStatus) => void): () => void {
    this.#statusListeners.add(listener)
    return () => this.#statusListeners.delete(listener)
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer)
    await this.#store.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #ask<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    if (!this.isCut) return await ask()
    const { address } = this.#store.status
    throw new YakError('COORDINATOR_UNREACHABLE', `${address} is cut off by POST /v1/chaos. It comes back by itself.`)
  }

  #tellStatus(): void {
    for (const listener of [...this.#statusListeners]) listener(this.status)
  }
}
