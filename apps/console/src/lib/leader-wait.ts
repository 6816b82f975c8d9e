/** What a wait cures: nothing was done, and a leader, enough replicas or a broker will be there again. */
const cured: ReadonlySet<string> = new Set([
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER',
  'NOT_ENOUGH_REPLICAS',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'OVERLOADED',
  // Of a read: it was asked of every broker. A write that got no answer says that its outcome is unknown.
  'BROKERS_UNREACHABLE',
])

/** Whether to ask again by itself. UNKNOWN_TOPIC is retriable too, but waiting for it makes no topic. */
export function waitsForLeader(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && cured.has(error.code)
}
