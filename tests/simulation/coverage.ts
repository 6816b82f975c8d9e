/**
 * What a run is to have met, in the order in which it is printed. One that never happened in many seeds is a hole: a rule
 * that was never in danger was not tested.
 */
export const COVERAGE = {
  // What the faults did
  'broker killed': 'SIGKILL of one broker',
  'leader killed': 'SIGKILL of the one that leads',
  'all brokers killed': 'SIGKILL of every broker at once',
  'broker stopped gracefully': 'SIGTERM',
  'power cut': 'one broker loses what it had not synced, or parts of it',
  'power cut of all': 'every broker loses it at once',
  'broker restarted': 'with the disk it had',
  'disk replaced': 'an empty disk under an old broker id',
  'bit flipped': 'in a synced batch that others follow',
  'write failed': 'EIO on a write',
  'sync failed': 'EIO on fdatasync',
  'disk full': 'ENOSPC on a write',
  'disk stalled': 'writes and syncs that take long',
  'paused below the lease': 'SIGSTOP for half a lease',
  'paused about the lease': 'SIGSTOP for one lease',
  'paused beyond the lease': 'SIGSTOP for three leases',
  'paused within a step': 'SIGSTOP between two looks at the clock',
  'broker cut off': 'no way to or from one broker',
  'one-way cut': 'from one broker to another, and not back',
  'broker shut off': 'it asks and is answered, and no broker can ask it',
  'brokers split': 'two groups of brokers that do not reach each other',
  'coordinator cut off': 'one broker does not reach the coordinator',
  'clients cut off': 'clients do not reach the leader',
  'message cut off': 'a message on a cut link',
  'message lost': 'a message on a lossy link',
  'message doubled': 'a message that arrived twice',
  'message slowed': 'a message on a slow link',
  'message out of order': 'a message that may be overtaken',
  'broker clock jumped': 'the wall clock of a broker, by up to an hour',
  'coordinator clock jumped': "the coordinator's clock, by up to an hour",
  'coordinator down': 'refuses connections',
  'coordinator slow': 'answers late',
  'coordinator request lost': 'never arrives: the caller cannot know',
  'coordinator answer lost': 'carried out, and nobody hears of it',
  'coordinator forgot': 'FLUSHALL, a restart without persistence',
  'coordinator went back': 'a stale replica promoted',
  'coordinator split': 'two of them, each with its own clients',
  'coordinator mixed owners up': 'it gave a broker an epoch of another one',
  'client killed': 'with sends under way',
  'laggard back as the leader goes': 'a follower out of the ISR is there when the leader is not',
  usurper: 'a broker is to take over from a leader that works, and that the others hear',
  outbidder: 'a follower promised itself an epoch above that of a leader that serves on',
  island: 'a leader loses its followers, then the coordinator, and not its clients',
  disaster: 'no quorum is left, and an operator gives the others up',
  'hasty operator': 'one is told to lead without the others, which come back while it asks',
  'other members': 'a broker is started with a list of members from which some are missing',
  'second process': 'under the id of a follower, with an empty disk',
  'stale coordinator': 'm = 1: it went back where somebody knows better, and then the leader died',
  'suspect coordinator': 'm = 1: it went back to before an election that all have voted in, and then the leader died',
  'lost ISR': 'm = 1: it went back where nobody knows better, which loses records, and none that a disk has',
  'woken without lease': 'a leader slept without the coordinator, and woke as another one acknowledged',
  'relaxed tail': 'who had records alone in the place of lost ones was elected by a broker that still had those',
  'wrong folder': 'brokers of a cluster were told to form one with empty folders',
  'member taken away': 'while all brokers were stopped, and had been in sync',
  'member added': 'the one that was taken away, with its disk or an empty one',
  'm raised': 'while all brokers were stopped',
  'm lowered': 'while all brokers were stopped',
  'topic deleted': 'under load',
  'topic created again': 'under its old name',
  ambushed: 'struck at one chosen step of the protocol',

  // What became of it
  'cluster formed': 'out of N empty disks',
  'cluster formed by init': 'out of fewer, by an operator; the others join it',
  election: 'a broker began to lead',
  'election by quorum': 'promises of a quorum',
  'election by survivor': 'the in-sync survivor, m = 1',
  're-election by the leader': 'it acquired again above its own epoch',
  'own lease taken over': 'a restarted broker did not wait for the end of its own lease',
  'unsafe recovery': 'a broker led without a quorum, by its word, and cut the history',
  'cut below the high watermark': 'what was committed and given up is removed where it was',
  'relaxed log lost its end': 'a power cut took from a relaxed log what it had taken part in acknowledging',
  'relaxed loss': 'a leader began without acknowledged records of a relaxed topic, which a power cut took',
  'relaxed log cut below the high watermark': 'the others began anew without what it still had',
  'candidate gave up': 'an election that came to nothing',
  'lost-coordinator recovery': 'an election after the coordinator had forgotten or gone back',
  'dual leases': 'two brokers were told at the same time that they hold the lease',
  'two leaders': 'two brokers believed at the same time that they lead',
  'leader demoted': 'a leader stopped leading while it ran',
  'lead given up for a still disk': 'the others had what the disk of the leader did not finish',
  'lead given up for want of a way in': 'the others answered the leader, and did not reach it',
  'halted to keep what it has': 'a leader without what was acknowledged would have had it cut that off',
  truncation: 'a follower cut its log',
  'log start moved by size': 'the leader let go of old records, there were too many',
  'log start moved by time': 'the leader let go of records, they were too old',
  'log start moved by size or time': 'the same where both are limited',
  'log start moved by request': 'a client had the leader let go',
  'records deleted': 'all of a partition, by a record of the topic list',
  'cut short deletion': 'all brokers went as it was acknowledged',
  'clock doubted': 'it jumped ahead, and retention did not go by it',
  'let go up to a tail': 'just as many records as a leader that was has, and nobody else',
  'log start followed': 'a follower let go of what the leader no longer has',
  'log start saved and not told': 'a broker that crashed had saved a start of which nobody knew',
  'ended while it let go': 'a broker crashed as it let go of old records',
  'leads with an older log start': 'a follower began to lead before it let go of what the last leader had',
  'read below the log start': 'a client was told where the log begins',
  'begun anew at a later start': 'its log ended below where the log of the leader begins',
  'begun anew where a batch begins': 'the log of its leader begins in the middle of that batch',
  'begun anew': 'a follower dropped its log and began at the start of the leader',
  reconciliation: 'a candidate fetched what it lacked before it led',
  'ISR shrunk': '',
  'ISR grown': '',
  'catching up paused': 'a follower out of the ISR was answered later, because clients write',
  'joiner near': 'a follower counted before the ISR named it',
  'joiner gained no more': 'it counted although it lacked more than a fetch',
  'ISR change unknown': 'no answer to an ISR change',
  'ISR rewritten': "the coordinator's ISR was older than the leader's",
  'higher promise told': 'a broker told a leader that it has promised above it',
  'promise refused': 'a higher one was given before',
  'message refused': 'another cluster, member list or incarnation',
  'replica faulty': 'a damaged log was found and fetched again',
  'log failed': 'a log stopped for an error of its disk',
  'log reopened': 'there was room again, and no restart',
  'disk admitted': 'a replaced disk became a voter',
  'handed over': 'a stopping leader saw its successor',

  // What the clients saw
  'send acknowledged': '',
  'send refused': 'definitely not written',
  'send unknown': 'its deadline passed, or it was answered unknown',
  'duplicate answered': 'a retry that had been written before',
  'out of order refused': 'a batch before its predecessor',
  'not enough replicas': 'fewer than m in sync',
  'session renewed': 'an idempotent producer went on under another epoch or id',
  'read behind': 'an answer of an older epoch, ignored by the client',
} as const

export type CoverageKind = keyof typeof COVERAGE

/** What a modelled log has not: the guard against clocks that jump is of the real one. */
export const REAL_LOG_ONLY: ReadonlySet<CoverageKind> = new Set(['clock doubted'])

export class Coverage {
  readonly counts = new Map<CoverageKind, number>()

  count(kind: CoverageKind, times = 1): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + times)
  }

  of(kind: CoverageKind): number {
    return this.counts.get(kind) ?? 0
  }

  add(other: ReadonlyMap<CoverageKind, number>): void {
    for (const [kind, times] of other) this.count(kind, times)
  }

  holes(): CoverageKind[] {
    return (Object.keys(COVERAGE) as CoverageKind[]).filter((kind) => this.of(kind) === 0)
  }
}
