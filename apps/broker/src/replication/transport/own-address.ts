import type { PeerProblems } from './peer-problems.ts'
import { addresseeHeader, answeredByHeader, processHeader, replicaPaths } from './replica-http.ts'

export interface OwnAddressOptions {
  readonly brokerId: string
  readonly processId: string
  /** What `--peers` says of this very broker. */
  readonly url: string
  readonly timeoutMs: number
  readonly problems: PeerProblems
}

/**
 * Whether the others reach this process under the URL that `--peers` gives it. A second process under the id of a broker that
 * runs would hear of nobody: the others speak to the first. That nothing answers there is no mistake for certain, since not
 * every network lets a machine reach itself by the name that others have for it.
 */
export class OwnAddress {
  readonly #options: OwnAddressOptions
  readonly #closing = new AbortController()
  #isFound = false
  #isAsking = false

  constructor(options: OwnAddressOptions) {
    this.#options = options
  }

  /** Asks, unless it was found to be right. */
  probe(): void {
    if (!this.#isFound && !this.#isAsking) void this.#ask()
  }

  close(): void {
    this.#closing.abort()
  }

  async #ask(): Promise<void> {
    const { brokerId, url, timeoutMs } = this.#options
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(timeoutMs)])
    this.#isAsking = true
    try {
      const headers = { [addresseeHeader]: brokerId }
      const response = await fetch(`${url}${replicaPaths.broker}`, { headers, signal })
      await response.body?.cancel()
      if (!signal.aborted) this.#judge(response.headers.get(answeredByHeader), response.headers.get(processHeader))
    } catch {
      // Nobody there, or nobody who can be reached from here.
    } finally {
      this.#isAsking = false
    }
  }

  #judge(answeredBy: string | null, processId: string | null): void {
    const { brokerId, url, problems, processId: own } = this.#options
    if (answeredBy === brokerId && processId === own) {
      this.#isFound = true
      problems.clear(brokerId)
    } else if (answeredBy === brokerId) {
      problems.note(
        brokerId,
        'this-broker',
        `Two brokers use the id ${brokerId}: another one answers at ${url}, which --peers names for this one. ` +
          'Stop one of the two, or give this one another --id.',
      )
    } else {
      const who = answeredBy === null ? 'something that is no YAK broker' : `broker ${answeredBy}`
      problems.note(
        brokerId,
        answeredBy === null ? 'not-yak' : 'other-broker',
        `At ${url}, which --peers names for this broker, ${brokerId}, ${who} answers. Correct its URL in --peers, or --port.`,
      )
    }
  }
}
