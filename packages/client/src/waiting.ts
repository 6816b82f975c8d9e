import type { Clock } from './clock.ts'

/**
 * An AbortController for what is ended far more often than anything waits on it: the signal is made when it is asked for. An abort that
 * nobody hears of costs nothing, where the controller's own makes an exception with its stack.
 */
export class LazyAbort {
  #controller: AbortController | undefined
  #isAborted = false

  get aborted(): boolean {
    return this.#isAborted
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#isAborted) this.#controller.abort()
    return this.#controller.signal
  }

  abort(): void {
    this.#isAborted = true
    this.#controller?.abort()
  }
}

/** A pause that `signal` ends early, without an error. */
export function pause(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const done = (): void => {
      clock.clearTimer(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = clock.setTimer(done, delayMs)
    signal?.addEventListener('abort', done, { once: true })
  })
}

/** The promise, or a rejection with the signal's reason, whichever comes first. What the promise stands for goes on. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

/** Until the promise is settled, well or badly, but no longer than `maxMs`, and not beyond the signal. Never rejects. */
export function settledWithin(
  clock: Clock,
  promise: Promise<unknown>,
  maxMs: number,
  signal?: AbortSignal,
): Promise<void> {
  const over = new AbortController()
  const end = (): void => over.abort()
  promise.then(end, end)
  return pause(clock, maxMs, signal === undefined ? over.signal : AbortSignal.any([over.signal, signal]))
}
