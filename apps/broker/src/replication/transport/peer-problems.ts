/**
 * What kind of trouble there is with a peer. `silent` may pass by itself; the others are mistakes in a configuration.
 */
export type PeerProblemKind = 'silent' | 'not-http' | 'not-yak' | 'this-broker' | 'other-broker' | 'not-understood'

export type ProblemListener = (brokerId: string, problem: string | null) => void

/** The peers that do not answer as they should: one sentence each, for `/health` and, once per change, for the log. */
export class PeerProblems {
  readonly #onChange: ProblemListener
  readonly #kinds = new Map<string, PeerProblemKind>()
  readonly #sentences = new Map<string, string>()

  constructor(onChange: ProblemListener) {
    this.#onChange = onChange
  }

  get sentences(): ReadonlyMap<string, string> {
    return this.#sentences
  }

  has(brokerId: string): boolean {
    return this.#kinds.has(brokerId)
  }

  /** The newest words are kept; only another kind of trouble is told. */
  note(brokerId: string, kind: PeerProblemKind, sentence: string): void {
    this.#sentences.set(brokerId, sentence)
    if (this.#kinds.get(brokerId) === kind) return
    this.#kinds.set(brokerId, kind)
    this.#onChange(brokerId, sentence)
  }

  clear(brokerId: string): void {
    this.#sentences.delete(brokerId)
    if (this.#kinds.delete(brokerId)) this.#onChange(brokerId, null)
  }
}
