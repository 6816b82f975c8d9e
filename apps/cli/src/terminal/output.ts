import { once } from 'node:events'
import type { Writable } from 'node:stream'

/** Standard output as a place for data: waits for a slow reader, and knows when the reader has gone (`| head`). */
export class Output {
  readonly #stream: Writable & { readonly isTTY?: boolean }
  readonly #readerGone = new AbortController()

  constructor(stream: Writable & { readonly isTTY?: boolean }) {
    this.#stream = stream
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // The reader has all it wanted. Anything else (a full disk behind `> file`) is an error to report.
      if (error.code === 'EPIPE') this.#readerGone.abort()
      else this.#readerGone.abort(error)
    })
  }

  get isTerminal(): boolean {
    return this.#stream.isTTY === true
  }

  /** Aborts when nobody reads any more; then every later write is dropped. */
  get readerGone(): AbortSignal {
    return this.#readerGone.signal
  }

  /** The error that ended the output, unless its reader simply went away. */
  get failure(): Error | undefined {
    const reason: unknown = this.#readerGone.signal.reason
    return reason instanceof Error && reason.name !== 'AbortError' ? reason : undefined
  }

  /** Resolves when there is room for more, or nobody left to read. */
  async write(text: string): Promise<void> {
    if (this.#readerGone.signal.aborted) return
    if (!this.#stream.write(text)) {
      await once(this.#stream, 'drain', { signal: this.#readerGone.signal }).catch(() => {})
    }
  }

  /** Resolves when all that was written has been handed to the operating system, or nobody reads. */
  async finish(): Promise<void> {
    if (this.#readerGone.signal.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.readerGone.addEventListener('abort', () => resolve(), { once: true })
    this.#stream.write('', () => resolve())
    await promise
  }
}
