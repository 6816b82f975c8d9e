import { formatDuration } from '../../lib/format.ts'
import { type ClusterStop, clusterStops } from './cluster-stops.ts'

/** What is read of a journal entry. */
export interface LeaderEntry {
  readonly seq: number
  readonly at: number
  readonly brokerId: string
  readonly type: string
  readonly data?: Readonly<Record<string, unknown>>
}

/** One leader in one epoch, as the brokers' journals tell it together. Times are each by the clock of who wrote. */
export interface Term {
  readonly epoch: number
  readonly leaderId: string
  /** The first word of anybody that it leads. */
  readonly electedAt: number
  /** Its own word that it serves; null when its journal does not say. */
  readonly servesAt: number | null
  /** Its own word that it does not any more; null: it never said so, as one that was killed, or only when another led. */
  readonly lostAt: number | null
  /** `resigned`: it let the others elect another before it stopped. */
  readonly lostBy: 'stopped' | 'resigned' | 'stepped-down' | null
  /** The first word of another that nobody leads, not taken back before the next leader. */
  readonly missedAt: number | null
  /** Null: it leads still. */
  readonly endAt: number | null
}

/** From one leader to the next. */
export interface Incident {
  readonly from: { readonly leaderId: string; readonly epoch: number; readonly lostBy: Term['lostBy'] }
  /** Null: there is none yet. */
  readonly to: { readonly leaderId: string; readonly epoch: number } | null
  readonly startAt: number
  /** Null: it lasts. */
  readonly endAt: number | null
  /** From the leader's own word to the first that missed it; null where one of the two is not told. */
  readonly detectedMs: number | null
  /** From the first that missed a leader to the first that knew the next one; null where it is not told. */
  readonly electedMs: number | null
  /** From then to the new leader's own word that it serves. */
  readonly confirmedMs: number | null
  /** Without a leader that serves, up to `endAt` or now. */
  readonly unavailableMs: number
  /** The old leader fell silent before somebody missed it, and no journal says when: it was at least so long. */
  readonly atLeast: boolean
  /** Then it was heard by this page last, by its own clock; null: a journal knows better, or this page did not hear it. */
  readonly heardAt: number | null
  /** Meanwhile all brokers had been told to stop: this is no loss of a leader. Null: they had not, or it is not known. */
  readonly stop: ClusterStop | null
}

/** Writes that the leader of an epoch refused when it was none any more, as it counted them. */
export function fencedWrites(entries: readonly LeaderEntry[], epoch: number): number {
  return entries.reduce((sum, { type, data }) => {
    const writes = type === 'write-fenced' && data?.epoch === epoch ? data.writes : 0
    return sum + (typeof writes === 'number' ? writes : 0)
  }, 0)
}

/** Who leads now by the newest word; null: not known. */
export interface LeaderNow {
  readonly leaderId: string | null
  readonly epoch: number
}

const leadersGone = new Set(['candidate', 'unattached'])
/** By more than this the clocks of brokers do not differ where times between them mean anything. */
const clocksDifferMs = 1_000

/**
 * The terms of leaders, by epoch. Every broker writes down what it learned, at slightly different times, and one that is cut
 * off may miss a leader that others still have; so a term begins with the first who told of it, and ends with the leader's
 * own word, or with the first who missed it and did not find it again.
 */
export function termsOf(entries: readonly LeaderEntry[], now: LeaderNow | null): readonly Term[] {
  const found = new Map<number, { leaderId: string; electedAt: number; servesAt: number | null }>()
  for (const entry of entries) {
    const claim = claimOf(entry)
    if (claim === null) continue
    const own = claim.leaderId === entry.brokerId ? entry.at : null
    const known = found.get(claim.epoch)
    if (known === undefined) found.set(claim.epoch, { leaderId: claim.leaderId, electedAt: entry.at, servesAt: own })
    else if (known.leaderId === claim.leaderId) {
      known.electedAt = Math.min(known.electedAt, entry.at)
      if (own !== null) known.servesAt = Math.min(known.servesAt ?? own, own)
    }
  }
  const byBroker = Map.groupBy(entries, ({ brokerId }) => brokerId)
  const inOrder = [...byBroker].map(([id, list]) => [id, list.toSorted((a, b) => a.seq - b.seq)] as const)
  const terms = [...found].toSorted(([a], [b]) => a - b)
  return terms.map(([epoch, { leaderId, electedAt, servesAt }], index): Term => {
    const next = terms[index + 1]?.[1]
    const base = { epoch, leaderId, electedAt, servesAt }
    const isNow = next === undefined && now !== null && now.leaderId === leaderId && now.epoch === epoch
    if (isNow) return { ...base, lostAt: null, lostBy: null, missedAt: null, endAt: null }
    const word = lossOf(inOrder.find(([id]) => id === leaderId)?.[1] ?? [], leaderId, epoch)
    // One that wakes up when another leads only says then what was so since it fell silent.
    const isLate = word?.by === 'stepped-down' && next !== undefined && word.at > next.electedAt
    const lost = isLate ? null : word
    const missedAts = inOrder.flatMap(([id, list]) => {
      const at = id === leaderId ? null : missOf(list, leaderId, epoch)
      return at === null || (next !== undefined && at > next.electedAt) ? [] : [at]
    })
    // Who lost sight of it long before its own word was cut off alone, and says nothing about its end.
    const told = lost === null ? missedAts : missedAts.filter((at) => at >= lost.at - clocksDifferMs)
    const missedAt = told.length === 0 ? null : Math.min(...told)
    return {
      ...base,
      lostAt: lost?.at ?? null,
      lostBy: lost?.by ?? null,
      missedAt,
      endAt: lost?.at ?? missedAt ?? next?.electedAt ?? null,
    }
  })
}

/**
 * Each change of leader, oldest first. `nowMs` is the end of one that lasts. `heard` says when this page heard a leader last,
 * by `id epoch`: it bounds how long one was silent that left no word.
 */
export function incidentsOf(
  terms: readonly Term[],
  nowMs: number,
  heard: ReadonlyMap<string, number> = new Map(),
  stops: readonly ClusterStop[] = [],
): readonly Incident[] {
  return terms.flatMap((term, index): readonly Incident[] => {
    if (term.endAt === null) return []
    const next = terms[index + 1]
    const startAt = term.endAt
    const { lostAt, missedAt, lostBy } = term
    const heardLast = heard.get(`${term.leaderId} ${term.epoch}`)
    const servesAt = next === undefined ? null : (next.servesAt ?? next.electedAt)
    const endAt = servesAt === null ? null : Math.max(startAt, servesAt)
    const stop = stops.find(
      ({ fromAt, toAt }) => fromAt <= (endAt ?? nowMs) && (toAt ?? Number.POSITIVE_INFINITY) >= startAt,
    )
    return [
      {
        from: { leaderId: term.leaderId, epoch: term.epoch, lostBy },
        to: next === undefined ? null : { leaderId: next.leaderId, epoch: next.epoch },
        startAt,
        endAt,
        detectedMs: lostAt === null || missedAt === null ? null : Math.max(0, missedAt - lostAt),
        electedMs:
          next === undefined || (missedAt ?? lostAt) === null
            ? null
            : Math.max(0, next.electedAt - (missedAt ?? lostAt)!),
        confirmedMs: next?.servesAt == null ? null : Math.max(0, next.servesAt - next.electedAt),
        unavailableMs: Math.max(0, (endAt ?? nowMs) - startAt),
        // Where all stopped, somebody's last word is the beginning: nobody was missed.
        atLeast: lostAt === null && stop === undefined,
        stop: stop ?? null,
        heardAt:
          stop !== undefined || lostAt !== null || heardLast === undefined || heardLast > startAt ? null : heardLast,
      },
    ]
  })
}

/** How long nobody led: from what is sure to what may have been. */
export function gapText({ startAt, unavailableMs, atLeast, heardAt }: Incident, least = '≥ '): string {
  if (heardAt !== null)
    return `${formatDuration(unavailableMs)} to ${formatDuration(unavailableMs + startAt - heardAt)}`
  return `${atLeast ? least : ''}${formatDuration(unavailableMs)}`
}

/** The change that led to who leads now, or the one that lasts where nobody does; null: the journals do not tell. */
export function latestChange(
  entries: readonly LeaderEntry[],
  brokerIds: readonly string[],
  now: LeaderNow,
  nowMs: number,
  heard: ReadonlyMap<string, number>,
): Incident | null {
  const incidents = incidentsOf(termsOf(entries, now), nowMs, heard, clusterStops(entries, brokerIds))
  return incidents.findLast(({ to }) => (now.leaderId === null ? to === null : to?.epoch === now.epoch)) ?? null
}

/** How a change went, behind the name of the new leader: a stop of the whole cluster is no failover that took so long. */
export function changeText(change: Incident): string {
  const { stop, endAt } = change
  if (stop === null || stop.toAt === null || endAt === null) return `${gapText(change, 'at least ')} without a leader`
  const ledAfterMs = Math.max(0, endAt - stop.toAt)
  return `after a stop of the whole cluster: no broker for ${formatDuration(stop.toAt - stop.fromAt)}, a leader ${formatDuration(ledAfterMs)} after`
}

/** What an entry says of somebody who leads: that somebody does, or the broker itself. */
function claimOf({ type, brokerId, data }: LeaderEntry): { readonly leaderId: string; readonly epoch: number } | null {
  const epoch = data?.epoch
  if (typeof epoch !== 'number') return null
  if (type === 'leader-changed' && typeof data?.leaderId === 'string') return { leaderId: data.leaderId, epoch }
  if (type === 'role-changed' && data?.role === 'leader') return { leaderId: brokerId, epoch }
  return null
}

/**
 * The leader's own word that its term is over, if it did not lead on in the same epoch, as one that was slow for a moment. One
 * that was killed starts again without having said anything.
 */
function lossOf(
  own: readonly LeaderEntry[],
  leaderId: string,
  epoch: number,
): { readonly at: number; readonly by: NonNullable<Term['lostBy']> } | null {
  const led = own.findLastIndex((entry) => {
    const claim = claimOf(entry)
    return claim !== null && claim.leaderId === leaderId && claim.epoch === epoch
  })
  if (led === -1) return null
  for (const { type, at, data } of own.slice(led + 1)) {
    if (type === 'started') return null
    if (type === 'stopped') return { at, by: 'stopped' }
    if (type === 'role-changed' && data?.role === 'resigned') return { at, by: 'resigned' }
    if (type === 'role-changed' && data?.role !== 'leader') return { at, by: 'stepped-down' }
    if (type === 'leader-changed' && data?.leaderId !== leaderId) return { at, by: 'stepped-down' }
  }
  return null
}

/** When this broker missed the leader for good; null when it never did, or knew the next one without missing this one. */
function missOf(own: readonly LeaderEntry[], leaderId: string, epoch: number): number | null {
  let followed = false
  let missed: number | null = null
  for (const entry of own) {
    const claim = claimOf(entry)
    if (claim !== null && claim.epoch > epoch) return followed ? missed : null
    if (claim !== null && claim.epoch === epoch && claim.leaderId === leaderId) {
      followed = true
      missed = null
    } else if (entry.type === 'role-changed' && entry.data?.role === 'follower' && entry.data.epoch === epoch) {
      // An epoch has one leader. It was known all the time, so that nobody is told anew who it is.
      missed = null
    } else if (entry.type === 'stopped' || entry.type === 'started') {
      // What a broker misses while it goes or comes says nothing about the leader.
      followed = false
      missed = null
    } else if (
      followed &&
      ((entry.type === 'leader-changed' && entry.data?.leaderId == null) ||
        (entry.type === 'role-changed' && leadersGone.has(String(entry.data?.role))))
    ) {
      missed ??= entry.at
    }
  }
  return followed ? missed : null
}
