import { YakError } from '@yak/protocol'
import type { ByteBudget } from './byte-budget.ts'

/** Reads under way at once. What they bring may go beyond the budget, so they are few. */
const maxReaders = 4

/** How long a read waits for memory before the client is told to come back. */
const maxQueueMs = 5_000

interface QueuedReader {
  readonly start: () => void
}

/**
 * Keeps the answers that wait for slow clients within a budget. How large an answer will be is known only when it is
 * read, so a read begins when there is room at all, and what it brought is counted until the client has it.
 */
export class AnswerBudget {
  readonly #budget: ByteBudget
  readonly #onRead: (sizeBytes: number) => void
  readonly #queue = new Set<QueuedReader>()
  #readers = 0
  #heldBytes = 0

  /** `onRead` is told the bytes of each read, which are garbage once the client has them. */
  constructor(budget: ByteBudget, onRead: (sizeBytes: number) => void = () => {}) {
    this.#budget = budget
    this.#onRead = onRead
  }

  /** Largest sum of one answer's bytes that leaves room for others. */
  get maxAnswerBytes(): number {
    return Math.floor(this.#budget.limitBytes / maxReaders)
  }

  get usedBytes(): number {
    return this.#budget.usedBytes + this.#heldBytes
  }

  /**
   * Counts an answer that holds no records until `letGo`: as many bytes as of records, and apart from them, so that neither
   * keeps the other out. One that is larger than all of it has its turn when nothing else is held.
   */
  tryHold(sizeBytes: number): boolean {
    if (!this.hasRoomFor(sizeBytes)) return false
    this.hold(sizeBytes)
    return true
  }

  /** Whether `tryHold` would. */
  hasRoomFor(sizeBytes: number): boolean {
    return this.#heldBytes === 0 || this.#heldBytes + sizeBytes <= this.#budget.limitBytes
  }

  /** Whether there is room or not. */
  hold(sizeBytes: number): void {
    this.#heldBytes += sizeBytes
  }

  letGo(sizeBytes: number): void {
    this.#heldBytes -= sizeBytes
  }

  /** Waits for a turn to read. Throws OVERLOADED when none comes. */
  async startReading(): Promise<void> {
    if (this.#hasRoom && this.#queue.size === 0) {
      this.#readers++
      return
    }
    await new Promise<void>((resolve, reject) => {
      const reader = {
        start: () => {
          clearTimeout(timer)
          resolve()
        },
      }
      const timer = setTimeout(() => {
        this.#queue.delete(reader)
        reject(this.#noTurn())
      }, maxQueueMs)
      this.#queue.add(reader)
    })
  }

  /** What is kept of what was read, all of it unless said otherwise, is held until `release`. */
  doneReading(sizeBytes: number, keptBytes: number = sizeBytes): void {
    this.#readers--
    this.#budget.reserve(keptBytes)
    this.#onRead(sizeBytes)
    this.#startQueued()
  }

  /** The client has the answer, or is gone. */
  release(sizeBytes: number): void {
    this.#budget.release(sizeBytes)
    this.#startQueued()
  }

  get #hasRoom(): boolean {
    return this.#readers < maxReaders && this.#budget.usedBytes < this.#budget.limitBytes
  }

  #noTurn(): YakError {
    const { usedBytes, limitBytes } = this.#budget
    const why =
      usedBytes >= limitBytes
        ? `The broker holds ${usedBytes} bytes of answers that clients have not taken yet, as many as it may.`
        : `The disk is slow: ${maxReaders} answers are being read, as many as may be at once, and others wait.`
    return new YakError('OVERLOADED', `${why} Try again in a moment.`)
  }

  #startQueued(): void {
    for (const reader of this.#queue) {
      if (!this.#hasRoom) return
      this.#queue.delete(reader)
      this.#readers++
      reader.start()
    }
  }
}
