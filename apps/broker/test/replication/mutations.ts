/**
 * Deliberate defects, one or more for each ◆ rule of docs/replication.md: each replaces a rule or two and nothing else. A
 * defect that nothing catches is a hole in the tests. Handed to `new ReplicationCore(options, boot, nowMs, rules)`.
 */
import { type Rules, rules } from '../../src/replication/core/rules/rules.ts'

export interface Mutation {
  readonly name: string
  /** Of the table in docs/replication.md. */
  readonly rule: number
  /** Named bug of VERIFICATION.md, where there is one. */
  readonly bug?: string
  readonly rules: Partial<Rules>
  /**
   *   walk      random walks find it: which of them do so soonest
   *   scenario  only the scenario of that name sets up what it takes
   */
  readonly caughtBy: { readonly walk: WalkSettings } | { readonly scenario: string }
}

export interface WalkSettings {
  readonly brokers: number
  readonly minInsync: number
  readonly losesDisks?: boolean
  readonly forgets?: boolean
}

const pair: WalkSettings = { brokers: 2, minInsync: 1 }
const three: WalkSettings = { brokers: 3, minInsync: 2 }
const threeLoose: WalkSettings = { brokers: 3, minInsync: 1 }

export const mutations: readonly Mutation[] = [
  {
    name: 'speaks with brokers of other members',
    rule: 1,
    rules: { refusalOf: () => null },
    caughtBy: { scenario: '01-members' },
  },
  {
    name: 'an empty disk counts in the quorum',
    rule: 2,
    rules: { countsInQuorum: ({ verdict }) => verdict !== 'higher' },
    caughtBy: { walk: { ...three, losesDisks: true } },
  },
  {
    name: 'a replaced disk votes before it is in the ISR',
    rule: 2,
    rules: { isAdmitted: () => true },
    caughtBy: { scenario: '33-replaced-disk' },
  },
  {
    name: 'a cluster forms when most are empty',
    rule: 3,
    rules: {
      mayForm: (brokerIds, answers) =>
        [...answers.values()].filter(({ verdict }) => verdict === 'empty').length > brokerIds.length / 2,
    },
    caughtBy: { scenario: '03-formation' },
  },
  {
    name: 'leads at an epoch of another owner',
    rule: 4,
    bug: 'B2',
    rules: { ownsEpoch: () => true },
    caughtBy: { scenario: '04-owned-epochs' },
  },
  {
    name: 'asks for no epoch above those it knows',
    rule: 5,
    bug: 'B3',
    rules: { minEpochOf: () => 0 },
    caughtBy: { scenario: '05-forgotten-coordinator' },
  },
  {
    name: 'goes on acknowledging while the store has an older ISR',
    rule: 6,
    bug: 'B4',
    rules: { mustRewriteIsr: () => false },
    caughtBy: { scenario: '06-older-isr' },
  },
  {
    name: 'follows without a promise',
    rule: 7,
    rules: { mayFetchFrom: () => true },
    caughtBy: { walk: threeLoose },
  },
  {
    name: 'answers a promise before older writes are finished',
    rule: 8,
    bug: 'B1',
    rules: { writesAreFinished: () => true, fenceOf: () => 0 },
    caughtBy: { scenario: '08-promise-and-writes' },
  },
  {
    name: 'answers a promise before it is saved',
    rule: 8,
    rules: { mayAnswerPromise: (_held, finished) => finished },
    caughtBy: { scenario: '00-first-election' },
  },
  {
    name: 'promises an epoch again to any incarnation',
    rule: 9,
    rules: {
      verdictOnPromise: (promise, epoch) => (promise === null || epoch >= promise.epoch ? 'promised' : 'higher'),
    },
    caughtBy: { scenario: '09-promises' },
  },
  {
    name: 'promises downwards',
    rule: 9,
    rules: { verdictOnPromise: () => 'promised' },
    caughtBy: { walk: three },
  },
  {
    name: 'lets any candidate read',
    rule: 10,
    rules: { mayAnswerReconcile: () => true },
    caughtBy: { scenario: '10-reconcile-fetch' },
  },
  {
    name: 'leads with one vote less',
    rule: 11,
    rules: { quorumSize: (brokerCount, minInsync) => rules.quorumSize(brokerCount, minInsync) - 1 },
    caughtBy: { walk: three },
  },
  {
    name: 'leads with any majority',
    rule: 11,
    rules: { quorumSize: (brokerCount) => Math.floor(brokerCount / 2) + 1 },
    caughtBy: { walk: threeLoose },
  },
  {
    name: 'counts votes by the present settings alone',
    rule: 30,
    rules: { votesNeeded: (present) => present },
    caughtBy: { scenario: '55-raised-min-insync' },
  },
  {
    name: 'a survivor leads under an m that the others do not know of',
    rule: 30,
    rules: { survivorMayLead: (claim) => rules.survivorMayLead({ ...claim, isSettled: true }) },
    caughtBy: { scenario: '56-lowered-min-insync' },
  },
  {
    name: 'the longest log wins',
    rule: 11,
    bug: 'B7',
    rules: {
      bestLog: (logs) =>
        logs.filter(({ isFaulty }) => !isFaulty).sort((one, other) => other.endOffset - one.endOffset)[0],
    },
    caughtBy: { walk: three },
  },
  {
    name: 'the own log is good enough',
    rule: 11,
    bug: 'B5',
    rules: { bestLog: (logs) => logs[0] },
    caughtBy: { walk: three },
  },
  {
    name: 'a survivor leads whatever m is',
    rule: 12,
    rules: { survivorMayLead: (claim) => rules.survivorMayLead({ ...claim, minInsyncReplicas: 1 }) },
    caughtBy: { scenario: '12-survivor-m2' },
  },
  {
    name: 'a survivor trusts a suspect record',
    rule: 12,
    bug: 'B4',
    rules: {
      survivorMayLead: (claim) => rules.survivorMayLead({ ...claim, before: { ...claim.before, isSuspect: false } }),
    },
    caughtBy: { scenario: '05-forgotten-coordinator' },
  },
  {
    name: 'a survivor trusts an older record than it knows',
    rule: 12,
    rules: { survivorMayLead: (claim) => rules.survivorMayLead({ ...claim, known: [] }) },
    caughtBy: { scenario: '12-survivor-older' },
  },
  {
    name: 'a survivor leads that the record does not name',
    rule: 12,
    bug: 'B5',
    rules: {
      survivorMayLead: (claim) => rules.survivorMayLead({ ...claim, before: { ...claim.before, isr: [claim.self] } }),
    },
    caughtBy: { walk: pair },
  },
  {
    name: 'who promised is in sync',
    rule: 13,
    rules: { isEnteredEverywhere: () => true },
    caughtBy: { walk: threeLoose },
  },
  {
    name: 'does not tell a leader of a higher promise',
    rule: 14,
    rules: { isBelowPromise: () => false },
    caughtBy: { scenario: '14-higher-promise' },
  },
  {
    name: 'appends without a match',
    rule: 15,
    rules: {
      divergenceAt: (leader, follower) =>
        follower.endOffset < leader.logStartOffset ? rules.divergenceAt(leader, follower) : null,
    },
    caughtBy: { walk: three },
  },
  {
    name: 'takes what ends where the log starts for a match',
    rule: 15,
    rules: {
      divergenceAt: (leader, follower) =>
        follower.endOffset === leader.logStartOffset ? null : rules.divergenceAt(leader, follower),
    },
    caughtBy: { scenario: '65-let-go-up-to-a-tail' },
  },
  {
    name: 'truncates to the high watermark',
    rule: 16,
    bug: 'B6',
    rules: { truncationPoint: (own) => (own as unknown as { readonly highWatermark: number }).highWatermark },
    caughtBy: { scenario: '16-truncation' },
  },
  {
    name: "truncates to the leader's answer alone",
    rule: 16,
    bug: 'B7',
    rules: { truncationPoint: (own, answer) => Math.min(own.endOffset, answer.endOffset) },
    caughtBy: { scenario: '16-truncation-own-epochs' },
  },
  {
    name: 'counts acknowledgements of an older epoch',
    rule: 17,
    bug: 'B8',
    rules: { acknowledgementCounts: () => true },
    caughtBy: { scenario: '17-acknowledgements' },
  },
  {
    name: 'counts acknowledgements of an earlier incarnation',
    rule: 17,
    bug: 'B9',
    rules: {
      acknowledgementCounts: (position, epoch) => position.enteredEpoch === epoch,
      verdictOnIncarnation: (known) => (known === undefined ? 'new' : 'known'),
    },
    caughtBy: { scenario: '17-acknowledgements' },
  },
  {
    name: 'takes any answer',
    rule: 18,
    rules: { isOutstanding: () => true },
    caughtBy: { scenario: '18-late-answer' },
  },
  {
    name: 'a proposed ISR counts alone',
    rule: 19,
    rules: { countedIsr: (confirmed, proposed) => proposed ?? confirmed },
    caughtBy: { walk: pair },
  },
  {
    name: 'a joining replica counts only when confirmed',
    rule: 19,
    rules: { countedIsr: (confirmed) => confirmed },
    caughtBy: { walk: pair },
  },
  {
    name: 'one replica of the ISR may lag',
    rule: 20,
    rules: {
      highWatermarkOf: (ends, isrSize, minInsync, highWatermark) =>
        rules.highWatermarkOf([...ends].sort((one, other) => one - other).slice(1), isrSize, minInsync, highWatermark),
    },
    caughtBy: { walk: three },
  },
  {
    name: 'commits with fewer than m in sync',
    rule: 20,
    rules: {
      highWatermarkOf: (ends, isrSize, _minInsync, highWatermark) =>
        rules.highWatermarkOf(ends, isrSize, 0, highWatermark),
    },
    caughtBy: { walk: three },
  },
  {
    name: 'acknowledges before the own sync',
    rule: 20,
    bug: 'B17',
    rules: { endOnDisk: ({ endOffset }) => endOffset },
    caughtBy: { walk: pair },
  },
  {
    name: 'a new leader shows the high watermark it knows',
    rule: 21,
    bug: 'B10',
    rules: { visibleHighWatermark: (highWatermark) => highWatermark },
    caughtBy: { scenario: '21-visible-high-watermark' },
  },
  {
    name: 'a demoted leader says not written',
    rule: 22,
    bug: 'B12',
    rules: { errorOnDemotion: () => 'LEADER_NOT_AVAILABLE' },
    caughtBy: { walk: three },
  },
  {
    name: 'a duplicate is done at once',
    rule: 23,
    bug: 'B11',
    rules: { duplicateIsDone: () => true },
    caughtBy: { walk: three },
  },
  {
    name: 'topics take effect when they are written',
    rule: 24,
    bug: 'B21',
    rules: { topicsEffectiveUpTo: ({ endOffset }) => endOffset },
    caughtBy: { scenario: '24-topics' },
  },
  {
    name: 'a log that lost its end votes',
    rule: 25,
    rules: { isFaulty: () => false },
    caughtBy: { scenario: '25-faulty-log' },
  },
  {
    name: 'serves reads without a lease',
    rule: 26,
    bug: 'B1',
    rules: { mayServe: () => true },
    caughtBy: { scenario: '26-reads-without-lease' },
  },
  {
    name: 'an ISR below m is enough to serve reads',
    rule: 26,
    rules: {
      mayServe: (nowMs, leaseUntilMs, leaseMs, followedAtMs) =>
        rules.mayServe(nowMs, leaseUntilMs, leaseMs, followedAtMs, 1),
    },
    caughtBy: { scenario: '26-isr-below-m' },
  },
  {
    name: 'trusts for a whole lease those that followed, while they stand after half of it',
    rule: 26,
    rules: {
      mayServe: (nowMs, leaseUntilMs, leaseMs, followedAtMs, minInsyncReplicas) =>
        rules.mayServe(nowMs, leaseUntilMs, 2 * leaseMs, followedAtMs, minInsyncReplicas),
    },
    caughtBy: { scenario: '26-woken-within-a-lease' },
  },
  {
    name: 'hears a second process under one id',
    rule: 27,
    bug: 'B22',
    rules: {
      verdictOnIncarnation: (known, from) => (known?.identity.incarnation === from.incarnation ? 'known' : 'new'),
    },
    caughtBy: { scenario: '27-second-process' },
  },
  {
    name: 'cuts below the high watermark',
    rule: 28,
    rules: { mayTruncateTo: () => true },
    caughtBy: { scenario: '28-below-high-watermark' },
  },
  {
    name: 'leads without a quorum unasked',
    rule: 29,
    rules: { mayLeadUnsafely: (_isAllowed, membership) => membership === 'voter' },
    caughtBy: { walk: three },
  },
  {
    name: 'recovers unsafely before all were asked for long enough',
    rule: 29,
    rules: { mayLeadUnsafely: (isAllowed, membership) => isAllowed && membership === 'voter' },
    caughtBy: { scenario: '29-quorum-after-all' },
  },
  {
    name: 'believes what a relaxed log knew before a power cut',
    rule: 32,
    rules: { knowsRelaxedCommit: () => true },
    caughtBy: { scenario: '63-relaxed-high-watermark' },
  },
  {
    name: 'takes no notice of a cut on record',
    rule: 29,
    rules: { mayTruncateTo: (own, offset) => offset >= own.highWatermark || own.settings.isRelaxed },
    caughtBy: { scenario: '29-unsafe-recovery' },
  },
  {
    name: 'forms a cluster without all brokers unasked',
    rule: 31,
    rules: { verdictOnInit: (claim) => rules.verdictOnInit({ ...claim, isAllowed: true }) },
    caughtBy: { scenario: '03-formation' },
  },
  {
    name: 'forms a cluster of those that are there at once',
    rule: 31,
    rules: { verdictOnInit: (claim) => rules.verdictOnInit({ ...claim, hasWaitedForAll: true }) },
    caughtBy: { scenario: '62-init' },
  },
  {
    name: 'forms a cluster of fewer than a quorum',
    rule: 31,
    rules: { verdictOnInit: (claim) => rules.verdictOnInit({ ...claim, votesNeeded: 0 }) },
    caughtBy: { scenario: '62-init-no-quorum' },
  },
  {
    name: 'forms a cluster of fewer than m',
    rule: 31,
    rules: { verdictOnInit: (claim) => rules.verdictOnInit({ ...claim, minInsyncReplicas: 0 }) },
    caughtBy: { scenario: '62-init-too-few' },
  },
  {
    name: 'forms a cluster over records',
    rule: 31,
    rules: {
      verdictOnInit: ({ answers, ...claim }) => rules.verdictOnInit({ ...claim, answers: answers.map(asBlank) }),
    },
    caughtBy: { scenario: '62-init-records' },
  },
  {
    name: 'forms a cluster beside one that the coordinator knows of',
    rule: 31,
    rules: { verdictOnInit: (claim) => rules.verdictOnInit({ ...claim, before: { isr: [] } }) },
    caughtBy: { scenario: '62-init-known' },
  },
  {
    name: 'forms a cluster while somebody refuses',
    rule: 31,
    rules: { verdictOnInit: (claim) => rules.verdictOnInit({ ...claim, hasRefusal: false }) },
    caughtBy: { scenario: '62-init-refused' },
  },
  {
    name: 'forms a cluster by what it was told before it stood still',
    rule: 31,
    rules: { verdictOnInit: (claim) => rules.verdictOnInit({ ...claim, isLeaseRunning: true }) },
    caughtBy: { scenario: '62-init-paused' },
  },
]

/** Whatever it has, its answer is that of an empty disk. */
function asBlank<Answer extends object>(answer: Answer): Answer {
  return { ...answer, isr: null, partitions: [], historyCuts: [] }
}
