import type { YakError } from '@yak/protocol'
import { asYakError } from '../cluster/answer.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { type ProducerIdentity, producerIdentityOf } from '../cluster/json-shapes.ts'
import { callLeader } from '../cluster/leader-call.ts'

/**
 * Where partitions get their producer id from. One id serves all partitions, for a log keeps the sequence of each apart; a
 * partition that can no longer use it (`renew`) gets another, which then serves whoever asks next.
 */
export class ProducerIdentities {
  readonly #cluster: Cluster
  readonly #signal: AbortSignal
  #identity: ProducerIdentity | undefined
  #lastError: YakError | undefined
  /** While one is asked for: ends that. */
  #asking: AbortController | undefined

  /** `signal`: nobody needs one any more. */
  constructor(cluster: Cluster, signal: AbortSignal) {
    this.#cluster = cluster
    this.#signal = signal
  }

  get identity(): ProducerIdentity | undefined {
    return this.#identity
  }

  /** Why there is none, as far as is known. */
  get lastError(): YakError | undefined {
    return this.#identity === undefined ? this.#lastError : undefined
  }

  /** Asks for one, once at a time; `whenThere` is called when there is one, or with why there is none. */
  ask(whenThere: (error?: unknown) => void): void {
    if (this.#asking !== undefined) return
    const asking = new AbortController()
    this.#asking = asking
    const end = (error?: unknown): void => {
      if (asking.signal.aborted) return
      this.#asking = undefined
      if (error !== undefined) this.#lastError = asYakError(error)
      whenThere(error)
    }
    this.#ask(AbortSignal.any([asking.signal, this.#signal])).then(() => end(), end)
  }

  /** Nobody needs one at the moment. */
  rest(): void {
    this.#asking?.abort()
    this.#asking = undefined
  }

  /** The next to ask gets a new one. Those who have the old keep it. */
  renew(producerId: number): void {
    if (this.#identity?.producerId === producerId) this.#identity = undefined
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const call = { method: 'POST', path: '/v1/producer-ids', isRepeatable: true } as const
    const { json, url } = await callLeader(this.#cluster, call, { signal }, (error) => {
      this.#lastError = error
    })
    this.#identity = producerIdentityOf(json, url)
  }
}
