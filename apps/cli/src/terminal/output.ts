import { once } from 'node:events'
import type { Writable } from 'node:stream'

/** Standard output as a place for data: waits for a slow reader, and knows when the reader has gone (`| head`). */
export class Output {
  readonly #stream: Writable & { readonly isTTY?: boolean }
  readonly #readerGone = new AbortController()
  #isAbandoned = false

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

  /** The reader did not take all of it, and is not waited for: what is left goes with the process, which must be ended. */
  get isAbandoned(): boolean {
    return this.#isAbandoned
  }

  /** Resolves when there is room for more, nobody left to read, or `signal` ends the wait. */
  async write(text: string, signal?: AbortSignal): Promise<void> {
    if (this.#readerGone.signal.aborted || this.#isAbandoned) return
    if (!this.#stream.write(text)) {
      const signals = signal === undefined ? this.readerGone : AbortSignal.any([this.readerGone, signal])
      await once(this.#stream, 'drain', { signal: signals }).catch(() => {})
    }
  }

  /** Resolves when all that was written has been handed to the operating system, nobody reads, or `signal` ends the wait. */
  async finish(signal?: AbortSignal): Promise<void> {
    if (this.#readerGone.signal.aborted || this.#isAbandoned || signal?.aborted === true) return
    const { promise, resolve } = Promise.withResolvers<void>()
    for (const end of [this.readerGone, signal]) end?.addEventListener('abort', () => resolve(), { once: true })
    this.#stream.write('', () => resolve())
    await promise
  }

  /** As `finish`, and gives up a reader that has not taken all after so long. */
  async finishWithin(limitMs: number): Promise<void> {
    const { promise: isOver, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(() => {
      this.#isAbandoned = true
      resolve()
    }, limitMs)
    await Promise.race([this.finish(), isOver])
    clearTimeout(timer)
  }
}
