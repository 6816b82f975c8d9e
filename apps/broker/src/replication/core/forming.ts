/** How a broker with an empty disk forms a cluster: out of all N, or by an operator's `--init` out of those that answer. */
import type { CoreState } from './core-state.ts'
import { namesOf, type Replica } from './identity.ts'
import type { PromiseResponse } from './messages.ts'
import type { Heard } from './missing-votes.ts'
import type { InitVerdict } from './rules/membership-rules.ts'
import type { CoordinatorRecord } from './state.ts'

export interface FormingAttempt {
  /** The own one first. */
  readonly answers: readonly PromiseResponse[]
  readonly heard: ReadonlyMap<string, Heard>
  readonly waitedMs: number
  readonly isLeaseRunning: boolean
  /** What the own acquire returned. */
  readonly before: CoordinatorRecord
}

export function initVerdict(
  { rules, options, quorumSize }: CoreState,
  { answers, heard, waitedMs, isLeaseRunning, before }: FormingAttempt,
  isAllowed: boolean = options.init,
): InitVerdict {
  return rules.verdictOnInit({
    isAllowed,
    answers,
    hasRefusal: [...heard.values()].includes('refused'),
    hasWaitedForAll: waitedMs >= options.leaseMs,
    isLeaseRunning,
    before,
    votesNeeded: initVotes(quorumSize, answers),
    minInsyncReplicas: options.members.minInsyncReplicas,
  })
}

/** Those of settings that a disk remembers count as well (◆30): else the cluster that is formed could elect nobody. */
function initVotes(quorumSize: number, answers: readonly PromiseResponse[]): number {
  return Math.max(quorumSize, ...answers.map(({ votesNeeded }) => votesNeeded))
}

/** Why the operator's word came to nothing this time; null: there was none, or a better reason. */
export function whyNotInit(state: CoreState, attempt: FormingAttempt): string | null {
  const { rules, cluster, options, quorumSize } = state
  const { answers, before } = attempt
  if (cluster.clusterId !== null) return null
  switch (initVerdict(state, attempt)) {
    case 'refused':
      return '--init forms no cluster while another broker refuses this one'
    case 'records': {
      const names = namesOf(answers.filter((answer) => !rules.isBlank(answer)).map(({ from }) => from))
      return `--init forms no cluster, for broker ${names} has records and no cluster: look into its data folder, or give it an empty one`
    }
    case 'known':
      return `--init forms no cluster. ${knownText(before)} If that cluster is given up for good, give all brokers another --group`
    case 'too-few': {
      const needed = Math.max(initVotes(quorumSize, answers), options.members.minInsyncReplicas)
      return `--init needs ${needed} empty disks, and ${answers.length} answered`
    }
    default:
      return null
  }
}

/** What a new cluster waits for, for `/health`; null: this disk is not empty, or who does not answer is not what is wrong. */
export function awaitedText(state: CoreState, attempt: FormingAttempt): string | null {
  const { self, peers, options } = state
  const { answers, heard, before } = attempt
  const silent = peers.filter((peer) => typeof (heard.get(peer) ?? 'unreachable') === 'string')
  if (silent.length === 0 || answers.some(({ clusterId }) => clusterId !== null)) return null
  // That it refuses, and why, is a reason of its own.
  if (silent.some((peer) => heard.get(peer) === 'refused')) return null
  const verdict = initVerdict(state, { ...attempt, waitedMs: Number.POSITIVE_INFINITY, isLeaseRunning: true }, true)
  if (verdict === 'known') return knownText(before)
  const names = silent.join(',')
  const all = `A new cluster is formed once all ${options.members.brokerIds.length} brokers answer: start ${names}.`
  if (verdict !== 'form' || options.init) return all
  return (
    `${all} Only if ${names} never had records: stop this broker, and no other, and start it with --init ${self.brokerId}@${self.diskId}, ` +
    `which forms the cluster without ${names}.`
  )
}

function knownText({ isr, isrEpoch }: CoordinatorRecord): string {
  return `The coordinator knows of a cluster, in sync at epoch ${isrEpoch} were ${namesOf(isr)}. Start those with the disks they had.`
}

/** The cluster was formed without it: no disk of this broker was there that could have been lost. */
export function isNewcomer(founders: readonly Replica[], brokerId: string): boolean {
  return founders.length > 0 && founders.every((founder) => founder.brokerId !== brokerId)
}
