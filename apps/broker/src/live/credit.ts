import { LIMITS } from '@yak/protocol'

/** What a client has said it can take. A frame may cost more bytes than are left; then there is none until more is granted. */
export class Credit {
  #messages = 0
  #bytes = 0
  #windowMessages = 0

  get messages(): number {
    return this.#messages
  }

  get bytes(): number {
    return this.#bytes
  }

  /** The most messages the client ever had credit for: how far behind it may fall without missing anything it could take. */
  get windowMessages(): number {
    return this.#windowMessages
  }

  get isLeft(): boolean {
    return this.#messages > 0 && this.#bytes > 0
  }

  grant(messages: number, bytes: number): void {
    this.#messages = Math.min(this.#messages + messages, LIMITS.maxLiveCreditMessages)
    this.#bytes = Math.min(this.#bytes + bytes, LIMITS.maxLiveCreditBytes)
    this.#windowMessages = Math.max(this.#windowMessages, this.#messages)
  }

  spend(messages: number, bytes: number): void {
    this.#messages -= messages
    this.#bytes -= bytes
  }
}
