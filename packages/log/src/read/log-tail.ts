import type { TailChunk, TailMemory } from '../disk/tail-memory.ts'
import { BatchPositions } from './batch-positions.ts'

/** Whole batches, one after another, as they lie on disk. The bytes never change; keep them as long as you like. */
export interface LogRead {
  /** Whole batches; empty when there was nothing to read. */
  readonly bytes: Uint8Array
  /** Base offset of the first batch, which may lie before the offset asked for. */
  readonly startOffset: number
  /** Where to read on. Equal to the offset asked for when there was nothing to read. */
  readonly nextOffset: number
}

const MIN_CHUNK_BYTES = 16_384
const MAX_CHUNK_BYTES = 524_288

interface TailRun {
  readonly chunk: TailChunk
  readonly batches: BatchPositions
  nextOffset: number
}

/**
 * The newest batches of one log in memory: `append` copies each batch into a chunk once, and from there it is both written
 * to the file and copied to readers. So the caller's buffer is free at once, a group of appends is one run of bytes to
 * write, and a reader at the end of the log costs no trip to the disk.
 *
 * Chunks grow with the log's traffic, and leave when TailMemory needs room; one whose bytes are all written is filled again.
 */
export class LogTail {
  readonly #memory: TailMemory
  readonly #writtenEndOffset: () => number
  #runs: TailRun[] = []
  #nextChunkBytes = MIN_CHUNK_BYTES
  /** The next batch begins a run of its own. */
  #isSealed = false

  /** `writtenEndOffset`: everything below it is in the files, and no write from memory is under way. */
  constructor(memory: TailMemory, writtenEndOffset: () => number) {
    this.#memory = memory
    this.#writtenEndOffset = writtenEndOffset
  }

  /** Room for a batch, to be filled by the caller before anything else happens. */
  append(sizeBytes: number, baseOffset: number, nextOffset: number): Buffer {
    let run = this.#runs.at(-1)
    if (run === undefined || this.#isSealed || run.chunk.bytes.length - run.chunk.usedBytes < sizeBytes) {
      run = this.#startRun(sizeBytes, baseOffset)
    }
    const { chunk } = run
    const position = chunk.usedBytes
    chunk.usedBytes += sizeBytes
    run.batches.add(baseOffset, position)
    run.nextOffset = nextOffset
    return chunk.bytes.subarray(position, chunk.usedBytes) as Buffer
  }

  /** Whole batches from the one that holds `offset` on; undefined when that one is not in memory. */
  read(offset: number, maxBytes: number, endOffset: number): LogRead | undefined {
    const run = this.#runOf(offset)
    if (run === undefined) return undefined
    const { batches, chunk } = run
    const first = batches.lastFromOffset(offset)
    const start = batches.position(first)
    // Batches that begin below the end and end at or below it; one that reaches over it is left out.
    const withinEnd = run.nextOffset <= endOffset ? batches.count : batches.lastFromOffset(endOffset)
    if (withinEnd <= first) return { bytes: new Uint8Array(0), startOffset: offset, nextOffset: offset }
    const fitting = start + maxBytes >= chunk.usedBytes ? batches.count : batches.lastFromPosition(start + maxBytes)
    const end = Math.max(first + 1, Math.min(withinEnd, fitting))
    return {
      // A copy: the chunk may be filled again while the reader still has it.
      bytes: copyOf(chunk.bytes, start, end < batches.count ? batches.position(end) : chunk.usedBytes),
      startOffset: batches.baseOffset(first),
      nextOffset: end < batches.count ? batches.baseOffset(end) : run.nextOffset,
    }
  }

  /** Forgets batches from `offset` on. Their bytes stay as they are for those who hold them. */
  truncateTo(offset: number): void {
    for (const run of this.#runs.filter(({ nextOffset }) => nextOffset > offset)) this.#memory.release(run.chunk)
    this.#runs = this.#runs.filter(({ nextOffset }) => nextOffset <= offset)
    // The last run left may end before the cut, and what follows in a run must follow in the log.
    this.#isSealed = true
  }

  clear(): void {
    for (const run of this.#runs) this.#memory.release(run.chunk)
    this.#runs = []
    this.#nextChunkBytes = MIN_CHUNK_BYTES
  }

  #startRun(sizeBytes: number, baseOffset: number): TailRun {
    const chunk = this.#memory.allocate(Math.max(this.#nextChunkBytes, sizeBytes), () => {
      this.#runs = this.#runs.filter((run) => run.chunk !== chunk)
      return run.nextOffset <= this.#writtenEndOffset()
    })
    this.#nextChunkBytes = Math.min(this.#nextChunkBytes * 2, MAX_CHUNK_BYTES)
    const run: TailRun = { chunk, batches: new BatchPositions(), nextOffset: baseOffset }
    this.#runs.push(run)
    this.#isSealed = false
    return run
  }

  #runOf(offset: number): TailRun | undefined {
    for (let index = this.#runs.length - 1; index >= 0; index--) {
      const run = this.#runs[index]!
      if (offset >= run.nextOffset) return undefined
      if (offset >= run.batches.baseOffset(0)) return run
    }
    return undefined
  }
}

function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const copy = Buffer.allocUnsafeSlow(end - start)
  copy.set(bytes.subarray(start, end))
  return copy
}
