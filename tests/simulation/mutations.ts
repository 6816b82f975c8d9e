import { type Rules, rules } from '../../apps/broker/src/replication/core/rules/rules.ts'
import { type Mutation, mutations, type WalkSettings } from '../../apps/broker/test/replication/mutations.ts'
import {
  besideOtherMembers,
  type ConfigurationChoice,
  type FaultName,
  isWithinGuarantees,
  manyElections,
} from './configuration.ts'
import type { Moment } from './observer/moment.ts'

export { mutations }

/**
 * A second guard hides what becomes of these. So it is taken out as well, by another mutation: a seed counts when it fails without both, and
 * is clean without the one and without the other. Each is then shown to guard where the other does not.
 */
export const beside: ReadonlyMap<string, string> = new Map([
  ['leads at an epoch of another owner', 'promises an epoch again to any incarnation'],
  ['promises an epoch again to any incarnation', 'leads at an epoch of another owner'],
  ['counts acknowledgements of an older epoch', 'who promised is in sync'],
])

/**
 * What no seed of this simulation can show, and why. The scenarios of the core show them
 * (apps/broker/test/replication/scenarios).
 */
export const beyondSimulation: ReadonlyMap<string, string> = new Map([
  [
    'forms a cluster over records',
    'it takes a disk that has lost its cluster file and not its records: here a disk loses all or a bit',
  ],
  [
    'forms a cluster by what it was told before it stood still',
    'it takes two that are told to form a cluster, one of which stands still meanwhile: here one broker is told so',
  ],
])

const rough: readonly FaultName[] = [
  'ambush',
  'ambush',
  'laggard',
  'laggard',
  'laggard',
  'laggard',
  'usurper',
  'usurper',
  'usurper',
  'kill leader',
  'kill any',
  'kill all',
  'power cut',
  'pause',
  'cut off broker',
  'one-way cut',
  'split brokers',
  'slow network',
  'unordered network',
  'doubling network',
]

/** Where to strike for rules that only matter at one step. */
const ambushFor: ReadonlyMap<number, readonly Moment[]> = new Map([
  [2, ['saves its membership']],
  [10, ['reconciles']],
  [13, ['begins to lead']],
  [16, ['cuts its log', 'begins to lead']],
])

/** Nothing but what leads there: other faults would put right what is to be seen. */
const faultsFor: ReadonlyMap<number, readonly FaultName[]> = new Map([
  [2, ['ambush', 'ambush', 'ambush', 'laggard', 'laggard', 'replace disk', 'replace disk']],
  [5, ['coordinator forgets', 'coordinator forgets', 'kill leader', 'kill all']],
  [16, ['usurper', 'usurper', 'laggard', 'cut off broker', 'split brokers', 'pause', 'kill any', 'ambush']],
  [26, ['island', 'island', 'cut off broker', 'pause', 'laggard']],
  [29, ['disaster', 'disaster', 'laggard', 'kill leader']],
])

const pair: WalkSettings = { brokers: 2, minInsync: 1 }
const threeOfTwo: WalkSettings = { brokers: 3, minInsync: 2 }
const outbid: readonly FaultName[] = ['ambush', 'ambush', 'laggard', 'laggard', 'usurper']
const oneEpochTwice: readonly FaultName[] = [
  'coordinator mixes owners up',
  'coordinator mixes owners up',
  'coordinator splits',
  'coordinator splits',
  'usurper',
  'usurper',
  'kill leader',
]

/** What shows in one kind of run only. */
const showsOnlyIn: ReadonlyMap<string, WalkSettings & { readonly faults: readonly FaultName[] }> = new Map([
  ['goes on acknowledging while the store has an older ISR', { ...pair, faults: ['stale coordinator'] }],
  ['a survivor trusts a suspect record', { ...pair, faults: ['suspect coordinator'] }],
  ['a survivor trusts an older record than it knows', { ...pair, faults: ['stale coordinator'] }],
  ['takes what ends where the log starts for a match', { ...threeOfTwo, faults: ['let go up to a tail'] }],
  ['forms a cluster of those that are there at once', { ...threeOfTwo, faults: ['wrong folder'] }],
  ['forms a cluster beside one that the coordinator knows of', { ...threeOfTwo, faults: ['wrong folder'] }],
  ['forms a cluster while somebody refuses', { ...threeOfTwo, faults: ['wrong folder'] }],
  [
    'trusts for a whole lease those that followed, while they stand after half of it',
    { ...threeOfTwo, faults: ['woken without lease'] },
  ],
  ['believes what a relaxed log knew before a power cut', { ...threeOfTwo, faults: ['relaxed tail'] }],
  // With m = 1 all are wanted, and with m = 3 more than a quorum.
  ['forms a cluster of fewer than a quorum', { brokers: 3, minInsync: 1, faults: ['wrong folder'] }],
  ['forms a cluster of fewer than m', { brokers: 3, minInsync: 3, faults: ['wrong folder'] }],
  // Any election after it puts it right.
  ['does not tell a leader of a higher promise', { ...threeOfTwo, faults: ['outbidder'] }],
  ['speaks with brokers of other members', { brokers: 5, minInsync: 2, faults: besideOtherMembers }],
  ['cuts below the high watermark', { ...pair, faults: ['lost ISR'] }],
  ['hears a second process under one id', { brokers: 3, minInsync: 2, faults: ['second process'] }],
  ['recovers unsafely before all were asked for long enough', { brokers: 3, minInsync: 2, faults: ['hasty operator'] }],
  ['leads at an epoch of another owner', { ...threeOfTwo, faults: oneEpochTwice }],
  ['promises an epoch again to any incarnation', { ...threeOfTwo, faults: oneEpochTwice }],
  // A candidate that stands still as it reads, and is outbid meanwhile.
  ['lets any candidate read', { ...threeOfTwo, faults: outbid }],
  // Whoever is in the ISR and lacks records may only lead alone where m is 1.
  ['counts acknowledgements of an older epoch', { ...threeOfTwo, faults: rough }],
  // Only who leads without a quorum has an epoch between two of a follower: otherwise its log had entered the later one.
  [
    "truncates to the leader's answer alone",
    { brokers: 3, minInsync: 1, faults: ['disaster', 'disaster', 'usurper', 'kill leader'] },
  ],
  ['counts votes by the present settings alone', { brokers: 3, minInsync: 1, faults: ['change settings'] }],
  [
    'a survivor leads under an m that the others do not know of',
    { brokers: 3, minInsync: 2, faults: ['change settings'] },
  ],
])

/** What is let go of tells nothing any more. */
const nothingLetGo: ConfigurationChoice = {
  retentionBytes: -1,
  retentionMs: -1,
  meanLetGoPauseMs: -1,
  readerGoesBack: 0,
}

export function mutationNamed(name: string): Mutation {
  const mutation = mutations.find((one) => one.name === name)
  if (mutation !== undefined) return mutation
  throw new TypeError(`There is no mutation "${name}"; there are: ${mutations.map((one) => one.name).join('; ')}.`)
}

/** The rules of the core with these mutations in them. */
export function rulesWithout(names: readonly string[]): Rules {
  return Object.assign({}, rules, ...names.map((name) => mutationNamed(name).rules))
}

/**
 * Towards where a mutation shows: many failovers at short distances, a slow disk, much under way. Every second seed is
 * left as it would be without, but for those of two mutations: what either of them does elsewhere is not what they are run for.
 */
export function steeringTo(mutation: Mutation, seed: number): ConfigurationChoice {
  if (seed % 2 === 0 && !beside.has(mutation.name)) return { isModelled: true }
  const only = showsOnlyIn.get(mutation.name)
  const walk: WalkSettings = 'walk' in mutation.caughtBy ? mutation.caughtBy.walk : { brokers: 3, minInsync: 2 }
  const settings: WalkSettings = only ?? walk
  const { brokers, minInsync, losesDisks = false, forgets = false } = settings
  const faults: FaultName[] = [...(only?.faults ?? (seed % 4 === 1 ? (faultsFor.get(mutation.rule) ?? rough) : rough))]
  if (losesDisks || mutation.rule === 25) faults.push('replace disk', 'replace disk', 'flip bit', 'flip bit')
  if (forgets) faults.push('coordinator forgets')
  if ([8, 12].includes(mutation.rule)) faults.push('coordinator goes back', 'coordinator splits', 'coordinator splits')
  return {
    isModelled: true,
    brokerIds: Array.from({ length: brokers }, (_, index) => `b${index + 1}`),
    minInsyncReplicas: minInsync,
    firstEpoch: mutation.rule === 5 ? manyElections : 0,
    ambushAt: ambushFor.get(mutation.rule) ?? [],
    faults: faults.filter((fault) => isWithinGuarantees(fault, brokers, minInsync)),
    faultMs: 5_000,
    meanFaultPauseMs: 100,
    meanPauseMs: 15,
    maxInFlight: 5,
    idempotentProducers: 2,
    writeMs: { low: 0.5, high: 5 },
    networkDelayMs: seed % 8 < 4 ? { low: 0.1, high: 1 } : { low: 1, high: 20 },
    ...(faults.includes('let go up to a tail') ? {} : nothingLetGo),
    ...(faults.includes('relaxed tail') ? { relaxedFlushMs: 1_000, partitions: 2, faultMs: 8_000 } : {}),
  }
}
