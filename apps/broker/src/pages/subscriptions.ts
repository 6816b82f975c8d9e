import { randomUUID } from 'node:crypto'
import { LIMITS, YakError } from '@yak/protocol'

/** Where one consumer page stands in one partition. Messages stay in the log: a subscription is a position. */
export interface Subscription {
  readonly id: string
  readonly topic: string
  /** Of the topic it was made for, so that it never goes on in another one of the same name. */
  readonly topicId: string
  readonly partition: number
  /** The first offset not yet answered with. */
  nextOffset: number
}

export interface SubscriptionsOptions {
  /** Milliseconds, from any beginning. Default: a monotonic clock, for a wall clock that is set would end all of them. */
  readonly clock?: () => number
  /** Default LIMITS.maxSubscriptions. */
  readonly maxSubscriptions?: number
  /** Default LIMITS.subscriptionExpiryMs. */
  readonly expiryMs?: number
}

interface KeptSubscription {
  readonly subscription: Subscription
  usedAtMs: number
  /** The last `take`: the next one waits for it, so that no two calls answer with the same message. */
  taking: Promise<unknown>
}

/** Subscriptions of consumer pages: bounded in number, a few words each, gone when nobody asks. */
export class Subscriptions {
  readonly #clock: () => number
  readonly #maxSubscriptions: number
  readonly #expiryMs: number
  readonly #kept = new Map<string, KeptSubscription>()

  constructor(options: SubscriptionsOptions = {}) {
    this.#clock = options.clock ?? (() => performance.now())
    this.#maxSubscriptions = options.maxSubscriptions ?? LIMITS.maxSubscriptions
    this.#expiryMs = options.expiryMs ?? LIMITS.subscriptionExpiryMs
  }

  /** Throws SUBSCRIPTION_LIMIT_REACHED. */
  add(position: Omit<Subscription, 'id'>): Subscription {
    this.#removeExpired()
    if (this.#kept.size >= this.#maxSubscriptions) {
      throw new YakError(
        'SUBSCRIPTION_LIMIT_REACHED',
        `The broker holds ${this.#kept.size} subscriptions, and may hold no more. Unsubscribe one, or try again later.`,
        { details: { maxSubscriptions: this.#maxSubscriptions } },
      )
    }
    const subscription = { ...position, id: randomUUID() }
    this.#kept.set(subscription.id, { subscription, usedAtMs: this.#clock(), taking: Promise.resolve() })
    return subscription
  }

  list(): Subscription[] {
    this.#removeExpired()
    return [...this.#kept.values()].map(({ subscription }) => subscription)
  }

  /** Runs `read` when the calls before it are done; it moves `nextOffset`. Throws SUBSCRIPTION_NOT_FOUND. */
  take<Result>(id: string, read: (subscription: Subscription) => Promise<Result>): Promise<Result> {
    this.#removeExpired()
    const kept = this.#kept.get(id)
    if (kept === undefined) throw notFound(id)
    kept.usedAtMs = this.#clock()
    const taken = kept.taking.then(() => read(kept.subscription))
    kept.taking = taken.catch(() => {})
    return taken
  }

  /** Throws SUBSCRIPTION_NOT_FOUND. */
  remove(id: string): void {
    if (!this.#kept.delete(id)) throw notFound(id)
  }

  /** Oldest use first would need a second index; a thousand entries are looked through in microseconds. */
  #removeExpired(): void {
    const latest = this.#clock() - this.#expiryMs
    for (const [id, { usedAtMs }] of this.#kept) {
      if (usedAtMs <= latest) this.#kept.delete(id)
    }
  }
}

function notFound(id: string): YakError {
  return new YakError(
    'SUBSCRIPTION_NOT_FOUND',
    `There is no subscription ${id}; it expires when nobody asks for its messages. Subscribe again.`,
  )
}
