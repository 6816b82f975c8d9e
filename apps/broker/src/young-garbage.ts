import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Buffers that came and went before the young generation is collected. */
const bytesBetweenCollections = 16_777_216

/**
 * Frees the buffers that Node's HTTP parser makes for each piece of a body. They die at once, but V8 counts them by their
 * small heap objects and would leave a hundred megabytes of them lying before it collects anything. A collection of the
 * young generation, asked for by bytes, takes about a millisecond and keeps the process small.
 */
export class YoungGarbage {
  readonly #collect: () => void
  #bytes = 0

  constructor(collect: () => void) {
    this.#collect = collect
  }

  /** So many bytes of buffers came and will go. */
  note(sizeBytes: number): void {
    this.#bytes += sizeBytes
    if (this.#bytes < bytesBetweenCollections) return
    this.#bytes = 0
    this.#collect()
  }
}

/** V8's own collection of the young generation. For a process of one's own: it changes flags of the whole of it. */
export function youngCollection(): () => void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (options: { readonly type: 'minor' }) => void
  return () => collect({ type: 'minor' })
}

/**
 * Keeps V8 from doubling its young generation up to 32 MB: what a broker makes dies at once, so more room for it costs memory and
 * brings no speed (docs/benchmarks.md). For a process of one's own, at its start.
 */
export function keepYoungGenerationSmall(): void {
  // The flag for a largest size is read once, before any program runs; this one is read at each collection.
  setFlagsFromString('--semi-space-growth-factor=1')
}
