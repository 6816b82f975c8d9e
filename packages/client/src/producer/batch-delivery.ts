import { YakError } from '@yak/protocol'
import type { Delivery, Receipt } from './producer-record.ts'

/** Gathers the fates of the records of one `sendBatch`, which may travel in several batches. */
export class BatchDelivery implements Delivery {
  readonly promise: Promise<Receipt[]>
  readonly #results: (Receipt | YakError | undefined)[]
  #resolve!: (receipts: Receipt[]) => void
  #reject!: (error: YakError) => void
  #openCount: number
  #failedCount = 0
  #unknownCount = 0

  constructor(count: number) {
    this.#openCount = count
    this.#results = new Array(count).fill(undefined)
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    if (count === 0) this.#resolve([])
  }

  resolve(receipt: Receipt, index: number): void {
    this.#settle(receipt, index)
  }

  reject(cause: unknown, index: number): void {
    // A wrong argument is a TypeError; among the fates of the records it is one that says what became of this one.
    const error = YakError.is(cause) ? cause : new YakError('INVALID_RECORD', (cause as Error).message, { cause })
    this.#failedCount++
    if (error.outcome === 'unknown') this.#unknownCount++
    this.#settle(error, index)
  }

  #settle(result: Receipt | YakError, index: number): void {
    this.#results[index] = result
    if (--this.#openCount > 0) return
    if (this.#failedCount === 0) this.#resolve(this.#results as Receipt[])
    else this.#reject(this.#failure())
  }

  /** As uncertain as its most uncertain record: its code is that of one with an unknown outcome, if there is any. */
  #failure(): YakError {
    const results = this.#results as (Receipt | YakError)[]
    const errors = results.filter((result): result is YakError => YakError.is(result))
    const worst = errors.find((error) => error.outcome === 'unknown') ?? errors[0]!
    const written = results.length - errors.length
    const details = { written, notWritten: errors.length - this.#unknownCount, unknown: this.#unknownCount }
    // Not enumerable: whoever prints the error sees how many and why, and not a thousand times the same.
    Object.defineProperty(details, 'results', { value: results, enumerable: false })
    return new YakError(
      worst.code,
      `Of ${results.length} records ${written} are written, ${details.notWritten} are definitely not and ` +
        `${this.#unknownCount} may be; details.results has each one's fate. ${worst.message}`,
      { details, cause: worst },
    )
  }
}
