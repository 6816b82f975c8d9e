import { EPOCH_OWNERS } from '@yak/election'
import { type Moment, RETENTION_MOMENTS } from './observer/moment.ts'
import { Random } from './random.ts'

/** Everything that differs from seed to seed besides the chances inside the run. */
export interface Configuration {
  readonly seed: number
  /** The core on a modelled disk, some times faster, instead of the driver on the real log. */
  readonly isModelled: boolean
  readonly brokerIds: readonly string[]
  /** m. */
  readonly minInsyncReplicas: number
  /** What m becomes when the settings change, and back. The same: they do not. */
  readonly otherMinInsyncReplicas: number
  /** The last broker comes later, and an operator has the first form the cluster without it. */
  readonly isFormedByInit: boolean
  /** Short, so that much happens; in one seed of sixteen what it is unless told, as are the limits that hang on it. */
  readonly leaseMs: number
  readonly replicaLagMaxMs: number
  /** Where the coordinator's epochs go on from: 0, or as if the cluster had had a thousand elections. */
  readonly firstEpoch: number
  readonly fetchWaitMs: number
  readonly networkDelayMs: { readonly low: number; readonly high: number }
  readonly writeMs: { readonly low: number; readonly high: number }
  readonly partitions: number
  readonly idempotentProducers: number
  readonly plainProducers: number
  readonly readers: number
  /** Chance that a reader asks anybody. */
  readonly readerStrays: number
  /** How long a reader lets a broker wait for something to read. */
  readonly maxWaitMs: number
  readonly meanPauseMs: number
  readonly maxInFlight: number
  readonly deliveryTimeoutMs: number
  readonly requestTimeoutMs: number
  /** A restarted leader takes its own lease over, however short its last run was; otherwise it waits for its end. */
  readonly isSettledAtOnce: boolean
  /** How long faults go on; then everything is healed. */
  readonly faultMs: number
  /** Swarm: each seed has a subset, so that rare ones meet without all the others in between. */
  readonly faults: readonly FaultName[]
  readonly meanFaultPauseMs: number
  /** The steps at which an ambush may wait; empty: at any. */
  readonly ambushAt: readonly Moment[]
  readonly segmentBytes: number
  readonly preallocateBytes: number
  /** A segment so old is closed, and may go. */
  readonly segmentMs: number
  /** The leader lets go of what a log has beyond so many bytes; −1: never. */
  readonly retentionBytes: number
  /** The same of records that are older than this; −1: never. */
  readonly retentionMs: number
  /** For how long retention does not believe a clock that jumped ahead, on the real log. */
  readonly clockDoubtMs: number
  /** Between two requests of a client that a log begin later; −1: there are none. */
  readonly meanLetGoPauseMs: number
  /** Chance that it has all records of a partition deleted instead. */
  readonly deletesRecords: number
  /** Chance that a reader goes back to the beginning before it reads on. */
  readonly readerGoesBack: number
  /**
   * What is made slow on purpose, to show that it is noticed: brokers take a lease, or let a follower lag, for five times as long; a leader is
   * killed where it is to stop.
   */
  readonly slowness: 'none' | 'lease' | 'lag' | 'stop'
  /** One of the topics is relaxed (`flush: interval`), with so many milliseconds between its syncs; −1: none is. */
  readonly relaxedFlushMs: number
  /** A deliberate defect of the simulation itself, in tests of it alone: the observer is to notice. */
  readonly flaw: Flaw
}

/** `relaxes every log`: the topics that are not relaxed, and the topic list, are synced as seldom. `loses at a kill`: SIGKILL does what a power cut does. */
export type Flaw = 'none' | 'relaxes every log' | 'loses at a kill'

/** Who asks for the next epoch after these once the coordinator has forgotten them asks a thousand times. */
export const manyElections: number = 1_000 * EPOCH_OWNERS

export const FAULTS = [
  'kill leader',
  'kill follower',
  'kill any',
  'kill all',
  'stop gracefully',
  'rolling restart',
  'power cut',
  'power cut of all',
  'replace disk',
  'flip bit',
  'write errors',
  'sync errors',
  'disk full',
  'disk stall',
  'pause',
  'stall',
  'cut off broker',
  'one-way cut',
  'shut broker',
  'split brokers',
  'cut off coordinator',
  'cut off clients',
  'lossy network',
  'doubling network',
  'unordered network',
  'slow network',
  'broker clock',
  'coordinator clock',
  'coordinator down',
  'coordinator slow',
  'coordinator lossy',
  'coordinator forgets',
  'coordinator goes back',
  'coordinator splits',
  'coordinator mixes owners up',
  'kill client',
  'ambush',
  'laggard',
  'usurper',
  'outbidder',
  'island',
  'disaster',
  'hasty operator',
  'other members',
  'second process',
  'stale coordinator',
  'suspect coordinator',
  'lost ISR',
  'change settings',
  'recreate topic',
  'let go up to a tail',
  'cut short deletion',
  'change members',
  'wrong folder',
  'woken without lease',
  'relaxed tail',
] as const

/**
 * Each comes to seeds of its own: the first six, and the last three, say what may not happen as long as nothing else does; changed settings change what the guarantees
 * cover; the others need more of them than chance gives.
 */
const choosy: ReadonlySet<FaultName> = new Set([
  'hasty operator',
  'other members',
  'second process',
  'stale coordinator',
  'suspect coordinator',
  'lost ISR',
  'change settings',
  'recreate topic',
  'coordinator mixes owners up',
  'outbidder',
  'let go up to a tail',
  'cut short deletion',
  'change members',
  'wrong folder',
  'woken without lease',
  'relaxed tail',
])
export const besideOtherMembers: readonly FaultName[] = [
  'other members',
  'other members',
  'split brokers',
  'split brokers',
  'laggard',
  'usurper',
  'kill leader',
  'kill any',
  'power cut',
  'pause',
]

export type FaultName = (typeof FAULTS)[number]

/** What a person, or the steering towards a mutation, fixes; everything else follows from the seed. */
export type ConfigurationChoice = Partial<Omit<Configuration, 'seed'>>

/**
 * What the guarantees leave out is left out here. With m = 1 the in-sync survivor trusts the coordinator not to lose an
 * acknowledged ISR change, so it may forget everything (which shows) but not go back or split; and one disk may hold the
 * only copy, so none may be lost. With two brokers and m = 2 a lost disk leaves no quorum: safe, and stuck for good. A broker with other
 * members leads by itself only where m = 1 and the coordinator names it; and with fewer than four of them no list has a smaller quorum.
 */
export function isWithinGuarantees(fault: FaultName, brokers: number, minInsyncReplicas: number): boolean {
  if (fault === 'coordinator goes back' || fault === 'coordinator splits' || fault === 'outbidder')
    return minInsyncReplicas > 1
  if (fault === 'stale coordinator' || fault === 'suspect coordinator') return minInsyncReplicas === 1
  // A third one may have what the leader had acknowledged without it, and nobody would know.
  if (fault === 'lost ISR') return minInsyncReplicas === 1 && brokers === 2
  // Of those that m = 1 wants to vote, which is all, none can be spared.
  if (fault === 'relaxed tail') return minInsyncReplicas === 2 && brokers === 3
  if (fault === 'change members') return minInsyncReplicas > 1 && brokers > 2
  // Where the others can have a leader of their own.
  if (fault === 'let go up to a tail') return minInsyncReplicas > 1 && brokers > 2
  if (fault === 'other members') return minInsyncReplicas > 1 && brokers > 3
  if (fault === 'replace disk' || fault === 'flip bit') return minInsyncReplicas > 1 && brokers > 2
  return true
}

export function configurationOf(seed: number, choice: ConfigurationChoice = {}): Configuration {
  const random = new Random(seed, 'configuration')
  // Three brokers with m = 2 is what is recommended, so it is met most; m = 1 is where old acknowledgements bite.
  const brokers = random.pick([2, 2, 3, 3, 3, 3, 4, 5])
  const minInsyncReplicas = random.chance(0.6) ? 2 : 1
  const brokerIds = choice.brokerIds ?? Array.from({ length: brokers }, (_, index) => `b${index + 1}`)
  const m = choice.minInsyncReplicas ?? minInsyncReplicas
  const shortLeaseMs = random.pick([500, 500, 500, 1_000])
  // Where the time of the faults is fixed, it is meant for short leases.
  const isAsInstalled = choice.faultMs === undefined && (seed % 32 === 9 || seed % 32 === 16)
  const leaseMs = isAsInstalled ? 5_000 : shortLeaseMs
  const isFarApart = random.chance(0.2)
  const isSlowDisk = random.chance(0.2)
  const allowed = FAULTS.filter((fault) => !choosy.has(fault) && isWithinGuarantees(fault, brokerIds.length, m))
  const sampled = random.sample(allowed, random.pick([1, 2, 3, 4, 5, 6, 8, 12]))
  // Two coordinators are where a usurper gets furthest, and the two seldom meet by chance.
  if (sampled.includes('usurper') && m > 1 && random.chance(0.3))
    sampled.push('usurper', 'coordinator splits', 'outbidder')
  // What finds most is in half of all seeds.
  const faults = random.chance(0.4)
    ? [...sampled.filter((fault) => fault !== 'ambush'), 'ambush' as const, 'ambush' as const]
    : sampled
  const configuration: Configuration = {
    seed,
    // By turns: what only the real log can show, and the core alone, in two thirds of the time.
    isModelled: seed % 2 === 0,
    brokerIds,
    minInsyncReplicas: m,
    otherMinInsyncReplicas: m,
    // Where all but one are a quorum.
    isFormedByInit: (seed % 16 === 4 || seed % 16 === 9) && brokerIds.length > 2 && m > 1,
    leaseMs,
    replicaLagMaxMs: random.chance(0.5) ? leaseMs : leaseMs / 2,
    firstEpoch: (seed >> 3) % 4 === 3 ? manyElections : 0,
    fetchWaitMs: leaseMs / random.pick([8, 5, 4]),
    networkDelayMs: isFarApart ? { low: 2, high: 20 } : { low: 0.1, high: 1 },
    writeMs: isSlowDisk ? { low: 0.5, high: 5 } : { low: 0.02, high: 0.2 },
    partitions: random.integer(1, 2),
    idempotentProducers: random.integer(1, 2),
    plainProducers: random.integer(0, 1),
    readers: random.pick([1, 1, 2]),
    // Two that both answer, one behind the other, are seldom asked by the same reader.
    readerStrays: (seed >> 1) % 4 === 2 ? 0.9 : 0.2,
    maxWaitMs: leaseMs * random.pick([0.02, 0.25]),
    meanPauseMs: random.pick([30, 60, 100]) * (isAsInstalled ? 5 : 1),
    maxInFlight: random.pick([1, 2, 5]),
    deliveryTimeoutMs: leaseMs * random.pick([2, 4, 8]),
    requestTimeoutMs: leaseMs * random.pick([0.3, 1]),
    isSettledAtOnce: seed % 3 === 0,
    faultMs: leaseMs * random.pick([3, 5, 5, 8]),
    faults: fewFaultsOf(seed, brokerIds.length, m) ?? faults,
    ambushAt: [],
    meanFaultPauseMs: leaseMs * random.pick([0.2, 0.5, 1]),
    segmentBytes: random.pick([1_024, 4_096, 65_536]),
    preallocateBytes: random.pick([0, 2_048]),
    segmentMs: 604_800_000,
    retentionBytes: -1,
    retentionMs: -1,
    clockDoubtMs: 3_600_000,
    meanLetGoPauseMs: -1,
    deletesRecords: 0,
    readerGoesBack: 0,
    slowness: 'none',
    relaxedFlushMs: -1,
    flaw: 'none',
  }
  const isChanging = choice.faults?.includes('change settings') ?? (seed % 16 === 3 || seed % 16 === 8)
  const overlay = isChanging ? changing(configuration) : recreating(configuration)
  const owners = seed % 64 === 20 || seed % 64 === 41 ? mixingOwnersUp(configuration) : {}
  // One that does not number its records goes on at once where some of them are lost.
  const lost = (choice.faults ?? configuration.faults).includes('lost ISR') ? { plainProducers: 1 } : {}
  const tail = (choice.faults ?? []).includes('let go up to a tail') ? { meanLetGoPauseMs: 10 * leaseMs } : {}
  const isRelaxing = choice.faults === undefined ? seed % 16 === 5 || seed % 16 === 10 : false
  const relaxed = isRelaxing || (choice.relaxedFlushMs ?? -1) >= 0 ? relaxing(configuration) : {}
  const members = isChangingMembers(configuration) ? changingMembers(configuration) : {}
  const without = { ...configuration, ...overlay, ...members, ...owners, ...lost, ...tail, ...relaxed }
  const isLettingGo = seed % 16 === 12 || seed % 16 === 13 || letsGoBesides.has(seed % 64)
  return { ...without, ...(isLettingGo ? lettingGo(without) : {}), ...choice }
}

/**
 * Two topics of which one is relaxed, and power cuts. What an operator had cut off could be what such a cut took, so no operator has anything
 * cut off, and no coordinator forgets who was in sync.
 */
function relaxing({ seed, leaseMs, faults, brokerIds, minInsyncReplicas }: Configuration): Partial<Configuration> {
  const others = faults.filter((fault) => fault !== 'disaster' && fault !== 'lost ISR')
  const isAlone =
    (seed % 64 === 21 || seed % 64 === 58) && isWithinGuarantees('relaxed tail', brokerIds.length, minInsyncReplicas)
  return {
    relaxedFlushMs: leaseMs * new Random(seed, 'relaxed').pick([0.1, 0.5, 2]),
    partitions: 2,
    // As many records in any run: a reader that begins anew has to come to the end.
    meanPauseMs: leaseMs * 0.06,
    faults: isAlone ? ['relaxed tail'] : [...others, 'power cut', 'power cut', 'power cut of all'],
  }
}

/** Relaxed topics and other settings, each on both kinds of log. */
const letsGoBesides: ReadonlySet<number> = new Set([37, 42, 35, 40])

/**
 * Small segments and many records, so that the start of a log overtakes whoever is away for a while. By size, by age with clocks that jump, at a
 * client's request, or all of that.
 */
function lettingGo(configuration: Configuration): Partial<Configuration> {
  const { seed, leaseMs, faults, brokerIds, minInsyncReplicas, otherMinInsyncReplicas, readerStrays } = configuration
  const random = new Random(seed, 'retention')
  const way = random.pick(['size', 'size', 'time', 'time', 'request', 'request', 'all'] as const)
  const deletesRecords = random.pick([0, 0.5, 1])
  const isBy = (one: typeof way) => way === one || way === 'all'
  const cutShort = Array.from(
    { length: isBy('request') && deletesRecords > 0 ? 2 : 0 },
    () => 'cut short deletion' as const,
  )
  const others = (['let go up to a tail'] as const).filter(
    (fault) =>
      way === 'request' &&
      isWithinGuarantees(fault, brokerIds.length, Math.min(minInsyncReplicas, otherMinInsyncReplicas)),
  )
  return {
    ...(isBy('size') ? { retentionBytes: 2_048 } : {}),
    ...(isBy('time') ? { retentionMs: leaseMs * random.pick([0.2, 0.5, 2]) } : {}),
    ...(isBy('request') ? { meanLetGoPauseMs: leaseMs * random.pick([0.2, 0.5, 1]) } : {}),
    faults: [
      ...faults,
      ...others,
      ...others,
      ...cutShort,
      'ambush',
      ...(isBy('time') ? (['broker clock'] as const) : []),
    ],
    ambushAt: random.chance(0.5) ? RETENTION_MOMENTS : [],
    segmentBytes: 1_024,
    segmentMs: leaseMs * random.pick([0.3, 1_000]),
    clockDoubtMs: random.pick([leaseMs / 2, 3_600_000]),
    readerGoesBack: random.pick([0, 0.05]),
    deletesRecords,
    // One that goes back has to come to the end.
    readerStrays: Math.min(readerStrays, 0.5),
    // Where these seeds are of another kind as well, as many as without.
    ...(letsGoBesides.has(seed % 64) ? {} : { meanPauseMs: way === 'size' ? 10 : 30 }),
  }
}

/** Whether records may be gone at the end that were acknowledged. */
export function letsGo({ retentionBytes, retentionMs, meanLetGoPauseMs }: Configuration): boolean {
  return retentionBytes >= 0 || retentionMs >= 0 || meanLetGoPauseMs >= 0
}

/** One epoch is given to two brokers where there are two coordinators, and each takes every broker for the same one. */
function mixingOwnersUp({ faults, brokerIds, minInsyncReplicas }: Configuration): Partial<Configuration> {
  const others = (['coordinator splits', 'usurper'] as const).filter((fault) =>
    isWithinGuarantees(fault, brokerIds.length, minInsyncReplicas),
  )
  return { faults: [...faults, ...others, 'coordinator mixes owners up', 'coordinator mixes owners up'] }
}

/** The same with topics that are deleted and made again; a cut of the history could take such a record back. */
function recreating({ seed, faults }: Configuration): Partial<Configuration> {
  if (seed % 16 !== 6 && seed % 16 !== 11) return {}
  return { faults: [...faults.filter((fault) => fault !== 'disaster'), 'recreate topic', 'recreate topic'] }
}

/** The same with other settings by turns. Each fault must be one that both of them cover, and until the others have what one disk has, none may be lost. */
function changing(configuration: Configuration): Partial<Configuration> {
  const { seed, brokerIds, minInsyncReplicas, leaseMs, faults } = configuration
  const others = (brokerIds.length > 3 ? [1, 2, 3] : [1, 2]).filter((m) => m !== minInsyncReplicas)
  const otherMinInsyncReplicas = new Random(seed, 'settings').pick(others)
  const isCovered = (fault: FaultName) =>
    fault !== 'replace disk' &&
    fault !== 'flip bit' &&
    // Those that were given up know nothing of what was acknowledged since, nor under which settings.
    fault !== 'disaster' &&
    isWithinGuarantees(fault, brokerIds.length, Math.min(minInsyncReplicas, otherMinInsyncReplicas))
  return {
    otherMinInsyncReplicas,
    faults: [...faults.filter(isCovered), 'change settings', 'change settings'],
    faultMs: 8 * leaseMs,
  }
}

function isChangingMembers({ seed, brokerIds, minInsyncReplicas }: Configuration): boolean {
  return (
    (seed % 32 === 2 || seed % 32 === 7) && isWithinGuarantees('change members', brokerIds.length, minInsyncReplicas)
  )
}

/** The same with brokers that are taken away and added again. None may lose its disk besides, and nobody is given up. */
function changingMembers({ leaseMs, faults }: Configuration): Partial<Configuration> {
  const others = faults.filter((fault) => !['replace disk', 'flip bit', 'disaster'].includes(fault))
  return { faults: [...others, 'change members', 'change members'], faultMs: 10 * leaseMs, isFormedByInit: false }
}

function fewFaultsOf(seed: number, brokers: number, minInsyncReplicas: number): readonly FaultName[] | undefined {
  if (seed % 64 < 2) return ['hasty operator']
  if (seed % 64 === 18 || seed % 64 === 55) return ['woken without lease']
  if (seed % 64 === 23 || seed % 64 === 50) return ['wrong folder']
  if (seed % 64 === 36 || seed % 64 === 57) return ['second process']
  if (seed % 16 > 13 && minInsyncReplicas === 1)
    return [
      brokers === 2 && seed % 64 > 31
        ? 'lost ISR'
        : (seed >> 4) % 2 === 0
          ? 'stale coordinator'
          : 'suspect coordinator',
    ]
  return seed % 16 > 13 && isWithinGuarantees('other members', brokers, minInsyncReplicas)
    ? besideOtherMembers
    : undefined
}
