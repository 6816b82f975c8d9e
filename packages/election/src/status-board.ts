import type { YakError } from '@yak/protocol'
import { callListener } from './call-listener.ts'
import type { LeaseStoreStatus } from './lease-store.ts'

/** What was asked: a change may be refused where a look is not (a replica, a full memory). */
export type CallKind = 'change' | 'look'

/**
 * The status of a store, put together from the connection and from what is refused over it: a Redis that is read-only or out of
 * memory is connected and useless.
 */
export class StatusBoard {
  readonly #type: LeaseStoreStatus['type']
  readonly #address: string
  readonly #listeners = new Set<(status: LeaseStoreStatus) => void>()
  readonly #refusals: Record<CallKind, YakError | undefined> = { change: undefined, look: undefined }
  #isConnected = false
  #connectionProblem: YakError | undefined
  #remark: string | undefined

  constructor(type: LeaseStoreStatus['type'], address: string) {
    this.#type = type
    this.#address = address
  }

  get status(): LeaseStoreStatus {
    return {
      type: this.#type,
      address: this.#address,
      isConnected: this.#isConnected,
      problem: this.#connectionProblem ?? this.#refusals.change ?? this.#refusals.look,
      remark: this.#remark,
    }
  }

  connected(): void {
    this.#change(() => {
      this.#isConnected = true
      this.#connectionProblem = undefined
    })
  }

  /** Without a problem: closed on purpose. */
  disconnected(problem: YakError | undefined): void {
    this.#change(() => {
      this.#isConnected = false
      this.#connectionProblem = problem
    })
  }

  refused(kind: CallKind, problem: YakError): void {
    this.#change(() => {
      this.#refusals[kind] = problem
    })
  }

  /** What is missing although it works; undefined: nothing. */
  noted(remark: string | undefined): void {
    this.#change(() => {
      this.#remark = remark
    })
  }

  /** An answer came: the connection is good too. */
  answered(kind: CallKind): void {
    this.#change(() => {
      this.#isConnected = true
      this.#connectionProblem = undefined
      this.#refusals.look = undefined
      this.#refusals[kind] = undefined
    })
  }

  onStatus(listener: (status: LeaseStoreStatus) => void): () => void {
    // Wrapped, so that one function given twice is two listeners.
    const entry = (status: LeaseStoreStatus) => listener(status)
    this.#listeners.add(entry)
    return () => this.#listeners.delete(entry)
  }

  #change(act: () => void): void {
    const before = this.status
    act()
    const after = this.status
    // The same trouble again, once for each attempt, is not news.
    const isSameProblem = before.isConnected === after.isConnected && before.problem?.message === after.problem?.message
    if (isSameProblem && before.remark === after.remark) return
    for (const listener of [...this.#listeners]) callListener(listener, after)
  }
}
