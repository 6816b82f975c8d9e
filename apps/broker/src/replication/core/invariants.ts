/**
 * What must never be false, whatever the others say. A broken invariant is a bug or a disk that lies: the broker stops
 * before it saves, sends or acknowledges anything more.
 */
export class InvariantError extends Error {
  override readonly name: string = 'InvariantError'
  /** `I1` to `I10` of docs/replication.md. */
  readonly invariant: string

  constructor(invariant: string, message: string) {
    super(`${invariant}: ${message}`)
    this.invariant = invariant
  }
}

export function assertInvariant(holds: boolean, invariant: string, message: () => string): asserts holds {
  if (!holds) throw new InvariantError(invariant, message())
}
