import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Pieces of bodies that came and went before the young generation is collected. */
const pieceBytesBetweenCollections = 16_777_216
/** Likewise of large answers. */
const answerBytesBetweenCollections = 4_194_304
/** What is smaller is collected with the rest. */
const largeAnswerBytes = 65_536

/**
 * Frees buffers that die at once, but that V8 counts by their small heap objects and would leave lying before it collects
 * anything. A collection of the young generation, asked for by bytes, takes about half a millisecond.
 *
 * - The pieces of a body, which Node's HTTP parser makes: a hundred megabytes of them make the process that much larger.
 * - What was read from a log for a large answer. Ten megabytes of that set off a full collection, which holds the event loop
 *   up for ten milliseconds and more: at 90 MB/s, one after the other (docs/benchmarks.md, "A follower that comes back").
 */
export class YoungGarbage {
  readonly #collect: () => void
  #pieceBytes = 0
  #answerBytes = 0

  constructor(collect: () => void) {
    this.#collect = collect
  }

  /** So many bytes of a body's pieces came and will go. */
  notePiece(sizeBytes: number): void {
    this.#pieceBytes += sizeBytes
    if (this.#pieceBytes >= pieceBytesBetweenCollections) this.#collectAll()
  }

  /** So many bytes were read for an answer and go with it. */
  noteAnswer(sizeBytes: number): void {
    if (sizeBytes < largeAnswerBytes) return
    this.#answerBytes += sizeBytes
    if (this.#answerBytes >= answerBytesBetweenCollections) this.#collectAll()
  }

  #collectAll(): void {
    this.#pieceBytes = 0
    this.#answerBytes = 0
    this.#collect()
  }
}

/** V8's own collection of the young generation. For a process of one's own: it changes flags of the whole of it. */
export function youngCollection(): () => void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (options: { readonly type: 'minor' }) => void
  return () => collect({ type: 'minor' })
}
