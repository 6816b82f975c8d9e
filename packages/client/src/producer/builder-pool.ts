import { LIMITS, RecordBatchBuilder } from '@yak/protocol'

const MAX_IDLE = 8
/** As small as `maxBatchBytes` may be set. */
const MIN_BATCH_BYTES = 256

/**
 * Builders used again: one that is reset begins with as many bytes as its last batch took, so that a steady stream of large
 * batches does not grow each from nothing.
 */
export class BuilderPool {
  #maxBytes: number
  readonly #idle: RecordBatchBuilder[] = []

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  take(): RecordBatchBuilder {
    const builder = this.#idle.pop()
    if (builder === undefined) return new RecordBatchBuilder({ maxBytes: this.#maxBytes })
    builder.reset()
    return builder
  }

  /** A broker takes no batch of `refusedBytes`: those to come are at most half as large. */
  shrinkBelow(refusedBytes: number): void {
    this.#maxBytes = Math.max(MIN_BATCH_BYTES, Math.min(this.#maxBytes, refusedBytes >> 1))
    this.#idle.length = 0
  }

  /** For a batch as large as the protocol takes: a record too large for the others, or one that was built before. */
  takeLarge(): RecordBatchBuilder {
    return new RecordBatchBuilder({ maxBytes: LIMITS.maxBatchBytes })
  }

  give(builder: RecordBatchBuilder): void {
    if (this.#idle.length < MAX_IDLE && builder.maxBytes === this.#maxBytes) this.#idle.push(builder)
  }
}
