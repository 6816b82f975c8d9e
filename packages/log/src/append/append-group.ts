import type { Segment, SegmentMark } from '../segment/segment.ts'
import type { ProducerUndo } from '../state/producer-state.ts'

/**
 * Appends that are written and synced together: whole batches, one after another, for one segment. Those who appended
 * them share one promise.
 */
export class AppendGroup {
  readonly segment: Segment
  readonly position: number
  readonly startOffset: number
  /** The segment before the group, for taking it back. */
  readonly before: SegmentMark
  /** Resolves when the group is as durable as the log's `flush` asks for. */
  readonly durable: Promise<void>
  /** In the order of the appends; taken back in reverse. */
  readonly producerUndos: ProducerUndo[] = []
  nextOffset: number
  sizeBytes = 0
  #chunks: Buffer[] = []
  #resolve!: () => void
  #reject!: (error: Error) => void

  constructor(segment: Segment) {
    this.segment = segment
    this.position = segment.sizeBytes
    this.startOffset = segment.nextOffset
    this.nextOffset = segment.nextOffset
    this.before = segment.mark()
    this.durable = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // Nobody need wait for it; a rejection is also told by the log's `failure`.
    this.durable.catch(() => {})
  }

  get chunks(): readonly Buffer[] {
    return this.#chunks
  }

  /** Bytes that stand behind the last ones in memory make one run with them, so that few runs are written. */
  add(bytes: Buffer, nextOffset: number): void {
    const last = this.#chunks.at(-1)
    if (last !== undefined && last.buffer === bytes.buffer && last.byteOffset + last.length === bytes.byteOffset) {
      this.#chunks[this.#chunks.length - 1] = Buffer.from(last.buffer, last.byteOffset, last.length + bytes.length)
    } else {
      this.#chunks.push(bytes)
    }
    this.sizeBytes += bytes.length
    this.nextOffset = nextOffset
  }

  resolve(): void {
    this.#resolve()
    this.#chunks = []
  }

  reject(error: Error): void {
    this.#reject(error)
    this.#chunks = []
  }
}
