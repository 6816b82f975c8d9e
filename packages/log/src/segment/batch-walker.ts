import { RECORD_BATCH_HEADER_BYTES } from '@yak/protocol'
import type { StorageFile } from '../storage.ts'
import { type BatchHead, readBatchHead } from './batch-head.ts'

/** What to walk, from where, and how much is read at once. */
export interface BatchWalkerOptions {
  /** Of a segment's batches. */
  readonly file: Pick<StorageFile, 'read'>
  /** Where the first batch begins. */
  readonly position: number
  /** Nothing at or beyond this position is looked at. */
  readonly endPosition: number
  /** Give each batch only when all of it is in memory. Default false: its head is enough. */
  readonly whole?: boolean
  /** Bytes read at once. Default 64 KiB. */
  readonly readBytes?: number
}

/** A batch on the walk; `bytes` are valid until the next call. */
export interface WalkedBatch {
  /** What is known of the batch without its records. */
  readonly head: BatchHead
  /** Of its first byte in the file. */
  readonly position: number
}

/**
 * Walks the batches of a segment file from a position where one begins. Most steps find the next batch in memory, so the
 * step is synchronous and reading is its own call:
 *
 *     while (await walker.fill()) {
 *       for (let batch = walker.next(); batch !== undefined; batch = walker.next()) …
 *     }
 *
 * The walk ends at `endPosition`, or at `position` before it, where no batch begins: then `problem` says what is wrong.
 */
export class BatchWalker {
  readonly #file: Pick<StorageFile, 'read'>
  readonly #endPosition: number
  readonly #whole: boolean
  readonly #readBytes: number
  #buffer: Buffer = Buffer.alloc(0)
  /** File position of the buffer's first byte, and how much of it is filled. */
  #bufferStart = 0
  #bufferBytes = 0
  #position: number
  #current: WalkedBatch | undefined
  #problem: string | undefined

  constructor(options: BatchWalkerOptions) {
    this.#file = options.file
    this.#position = options.position
    this.#endPosition = options.endPosition
    this.#whole = options.whole ?? false
    this.#readBytes = options.readBytes ?? 65_536
  }

  /** Where the next batch begins, or the walk ended. */
  get position(): number {
    return this.#position
  }

  /** Why no batch begins at `position`; undefined while the walk goes on, and when it came to its end. */
  get problem(): string | undefined {
    return this.#problem
  }

  /** Reads on. Answers false when the walk is over. */
  async fill(): Promise<boolean> {
    if (this.#problem !== undefined || this.#position >= this.#endPosition) return false
    const wantedBytes = this.#neededBytes()
    const leftBytes = this.#endPosition - this.#position
    if (wantedBytes > leftBytes) {
      this.#problem = `needs ${wantedBytes} bytes and ${leftBytes} are there`
      return false
    }
    await this.#read(Math.max(wantedBytes, Math.min(this.#readBytes, leftBytes)))
    if (this.#bufferBytes < wantedBytes) {
      this.#problem = 'is beyond the end of the file'
      return false
    }
    // A head that was just read may need more bytes for the rest of its batch.
    return this.#neededBytes() > this.#bufferBytes ? await this.fill() : this.#headOrProblem() !== undefined
  }

  /** The next batch in memory; undefined: call `fill`. */
  next(): WalkedBatch | undefined {
    if (this.#problem !== undefined || this.#position >= this.#endPosition) return undefined
    const start = this.#position - this.#bufferStart
    if (start < 0 || start + RECORD_BATCH_HEADER_BYTES > this.#bufferBytes) return undefined
    const head = this.#headOrProblem()
    if (head === undefined) return undefined
    if (this.#whole && start + head.sizeBytes > this.#bufferBytes) return undefined
    this.#current = { head, position: this.#position }
    this.#position += head.sizeBytes
    return this.#current
  }

  /** Steps back onto the batch given last: the walk ends there, for a reason the caller found. */
  refuse(problem: string): void {
    this.#position = this.#current!.position
    this.#problem = problem
  }

  /** All bytes of the batch given last; valid until the next call. */
  async bytes(): Promise<Buffer> {
    const { head, position } = this.#current!
    const start = position - this.#bufferStart
    if (start >= 0 && start + head.sizeBytes <= this.#bufferBytes) {
      return this.#buffer.subarray(start, start + head.sizeBytes)
    }
    const bytes = Buffer.allocUnsafeSlow(head.sizeBytes)
    const count = await this.#file.read(bytes, position)
    return bytes.subarray(0, count)
  }

  /** The batch given last, which must be whole in memory. */
  wholeBytes(): Buffer {
    const { head, position } = this.#current!
    const start = position - this.#bufferStart
    return this.#buffer.subarray(start, start + head.sizeBytes)
  }

  #neededBytes(): number {
    const start = this.#position - this.#bufferStart
    if (!this.#whole || start < 0 || start + RECORD_BATCH_HEADER_BYTES > this.#bufferBytes) {
      return RECORD_BATCH_HEADER_BYTES
    }
    return readBatchHead(this.#buffer, start)?.sizeBytes ?? RECORD_BATCH_HEADER_BYTES
  }

  #headOrProblem(): BatchHead | undefined {
    const head = readBatchHead(this.#buffer, this.#position - this.#bufferStart)
    if (head === undefined) this.#problem = 'does not begin with the head of a batch'
    else if (this.#position + head.sizeBytes > this.#endPosition) {
      this.#problem = `says it takes ${head.sizeBytes} bytes and ${this.#endPosition - this.#position} are there`
    } else return head
    return undefined
  }

  async #read(sizeBytes: number): Promise<void> {
    if (this.#buffer.length < sizeBytes) this.#buffer = Buffer.allocUnsafeSlow(sizeBytes)
    this.#bufferBytes = await this.#file.read(this.#buffer.subarray(0, sizeBytes), this.#position)
    this.#bufferStart = this.#position
  }
}
