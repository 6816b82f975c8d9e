import { YakError } from '@yak/protocol'
import type { ProducerBatch } from './producer-batch.ts'
import type { Delivery, Receipt } from './producer-record.ts'

/** Sends that a signal can end. A signal has one listener, however many sends it is for. */
export class AbortableSends {
  readonly #sendsOf = new Map<AbortSignal, Set<AbortableDelivery>>()

  /** The delivery to hand on instead of `inner`. The signal must not be aborted yet. */
  watch(signal: AbortSignal, inner: Delivery, index: number): AbortableDelivery {
    let sends = this.#sendsOf.get(signal)
    if (sends === undefined) {
      sends = new Set()
      this.#sendsOf.set(signal, sends)
      signal.addEventListener('abort', this.#onAbort)
    }
    const delivery = new AbortableDelivery(inner, index, (settled) => this.#forget(signal, settled))
    sends.add(delivery)
    return delivery
  }

  readonly #onAbort = (event: Event): void => {
    const signal = event.target as AbortSignal
    for (const delivery of [...(this.#sendsOf.get(signal) ?? [])]) delivery.abort(signal.reason)
  }

  #forget(signal: AbortSignal, delivery: AbortableDelivery): void {
    const sends = this.#sendsOf.get(signal)
    sends?.delete(delivery)
    if (sends?.size !== 0) return
    this.#sendsOf.delete(signal)
    signal.removeEventListener('abort', this.#onAbort)
  }
}

/** Rejected by its signal or settled by its batch, whichever comes first. */
export class AbortableDelivery implements Delivery {
  isGone = false
  readonly #inner: Delivery
  readonly #index: number
  readonly #onSettled: (delivery: AbortableDelivery) => void
  #batch: ProducerBatch | undefined

  constructor(inner: Delivery, index: number, onSettled: (delivery: AbortableDelivery) => void) {
    this.#inner = inner
    this.#index = index
    this.#onSettled = onSettled
  }

  placedIn(batch: ProducerBatch | undefined): void {
    this.#batch = batch
  }

  resolve(receipt: Receipt): void {
    if (this.#settle()) this.#inner.resolve(receipt, this.#index)
  }

  reject(error: YakError): void {
    if (this.#settle()) this.#inner.reject(error, this.#index)
  }

  abort(cause: unknown): void {
    if (!this.#settle()) return
    if (this.#batch?.isStamped) {
      this.#inner.reject(unknownBySignal(cause), this.#index)
    } else {
      this.#batch?.drop(this)
      this.#inner.reject(abandonedBySignal(cause), this.#index)
    }
  }

  #settle(): boolean {
    if (this.isGone) return false
    this.isGone = true
    this.#onSettled(this)
    return true
  }
}

export function abandonedBySignal(cause: unknown): YakError {
  return new YakError('DELIVERY_ABANDONED', 'The send was aborted before the record was sent. It is not written.', {
    cause,
  })
}

function unknownBySignal(cause: unknown): YakError {
  return new YakError(
    'OUTCOME_UNKNOWN',
    'The send was aborted after the record had been put into a request. It may be written. Read the partition to find out.',
    { cause },
  )
}
