/** Answers that a wait cures: nothing was done, and a leader, or enough replicas, will be there again. */
const cured: ReadonlySet<string> = new Set([
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER',
  'NOT_ENOUGH_REPLICAS',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'OVERLOADED',
])

/** Whether to ask again by itself. UNKNOWN_TOPIC is retriable too, but waiting for it makes no topic. */
export function waitsForLeader(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && cured.has(error.code)
}
