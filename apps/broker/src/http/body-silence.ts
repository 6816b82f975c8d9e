import type { IncomingMessage } from 'node:http'

/** How often in the time allowed it is looked whether bytes came. */
const looks = 10

/**
 * Aborts `signal` when the bytes of a body stop coming. Only time in which the broker waits for them counts: while it is itself
 * behind, it takes none.
 */
export class BodySilence {
  readonly #abort = new AbortController()
  readonly #message: IncomingMessage
  readonly #timer: NodeJS.Timeout
  #receivedBytes: number
  #silentLooks = 0

  constructor(message: IncomingMessage, limitMs: number) {
    this.#message = message
    this.#receivedBytes = message.socket.bytesRead
    this.#timer = setInterval(() => this.#look(), limitMs / looks)
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const { socket, complete, readableLength, readableFlowing } = this.#message
    if (complete) {
      this.stop()
      return
    }
    const isSilent = socket.bytesRead === this.#receivedBytes && readableLength === 0 && readableFlowing !== false
    this.#receivedBytes = socket.bytesRead
    this.#silentLooks = isSilent ? this.#silentLooks + 1 : 0
    if (this.#silentLooks < looks) return
    this.stop()
    this.#abort.abort()
  }
}
