import type { CoreState } from './core-state.ts'
import type { PromiseResponse } from './messages.ts'

/** What a candidate heard of a peer that it asked. */
export type Heard = PromiseResponse | 'unreachable' | 'refused'

export interface Votes {
  /** The own one first. */
  readonly answers: readonly PromiseResponse[]
  readonly heard: ReadonlyMap<string, Heard>
  readonly votes: number
  readonly needed: number
}

/** Who did not vote, and why. */
export function missingVotesText({ quorumSize, peers }: CoreState, { answers, heard, votes, needed }: Votes): string {
  const silent = peers.filter((peer) => (heard.get(peer) ?? 'unreachable') === 'unreachable')
  const refusing = peers.filter((peer) => heard.get(peer) === 'refused')
  const empty = answers.filter(({ verdict }) => verdict === 'empty').map(({ from }) => from.brokerId)
  const parts = [`${votes} of the ${needed} votes needed to lead`]
  if (needed > quorumSize) {
    parts.push(
      `${quorumSize} are enough once a leader has been followed under the present --peers and --min-insync: under earlier ones ` +
        'records may have been acknowledged by fewer brokers, so start the others too',
    )
  }
  if (silent.length > 0) parts.push(`no answer from ${silent.join(',')}`)
  if (refusing.length > 0) parts.push(`refused by ${refusing.join(',')}`)
  if (empty.length > 0) parts.push(`empty disks, which do not vote: ${empty.join(',')}`)
  return parts.join('; ')
}
