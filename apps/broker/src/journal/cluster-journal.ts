import { YakError } from '@yak/protocol'
import {
  type BrokerReference,
  type JournalEntry,
  type JournalQuery,
  type JournalResponse,
  journalResponseSchema,
  type MissingBroker,
} from '@yak/protocol/schemas'
import { type AskedMember, askedMembers } from '../live/asked-members.ts'
import { askPeer } from '../live/peer-requests.ts'
import { messageOf } from '../message-of.ts'
import type { Journal, JournalRead } from './journal.ts'

export interface ClusterJournalOptions {
  readonly brokerId: string
  /** There once the broker has opened it. */
  readonly journal: () => Journal
  /** Every broker of the cluster, this one too. */
  readonly members: () => readonly BrokerReference[]
  readonly clock: () => number
}

/** What one broker has. `after` and `first` are its own. */
interface Part {
  readonly brokerId: string
  readonly entries: readonly JournalEntry[]
  readonly after: number
  readonly first: number
}

/** The journals of all brokers as one. */
export class ClusterJournal {
  readonly #options: ClusterJournalOptions

  constructor(options: ClusterJournalOptions) {
    this.#options = options
  }

  /** Throws INVALID_REQUEST for a broker that is no member, or `before` for several. */
  async read(query: JournalQuery, signal?: AbortSignal): Promise<JournalResponse> {
    const { brokerId, clock } = this.#options
    const parts: Part[] = []
    const missing: MissingBroker[] = []
    if (query.before !== undefined && query.broker === 'all') {
      throw new YakError('INVALID_REQUEST', 'before is the seq of one broker, and broker is all. Name one broker.')
    }
    await Promise.all(
      this.#members(query.broker).map(async (member) => {
        const after = afterOf(query, member.id)
        const { before, limit, level } = query
        try {
          parts.push(await this.#readPart(member, { after, before, limit, level }, signal))
        } catch (error) {
          missing.push({ brokerId: member.id, detail: messageOf(error) })
        }
      }),
    )
    const { entries, after: read } = mergeParts(parts, query)
    // Who could not be read is read on next time from where it was.
    const after = { ...(typeof query.after === 'object' ? query.after : {}), ...read }
    const first = Object.fromEntries(parts.map((part) => [part.brokerId, part.first]))
    return { brokerId, asOf: clock(), entries, after, first, missing: missing.sort(byBroker) }
  }

  /** Ids of the members that are meant, each once. Throws INVALID_REQUEST for one that is none. */
  memberIds(brokers: 'self' | 'all' | readonly string[]): string[] {
    const names = typeof brokers === 'string' ? [brokers] : brokers
    return [...new Set(names.flatMap((name) => this.#members(name)).map(({ id }) => id))]
  }

  /** One member's own part. Throws when it does not answer. */
  async readOne(id: string, read: JournalRead, signal: AbortSignal): Promise<Part> {
    return await this.#readPart(this.#members(id)[0]!, read, signal)
  }

  #members(broker: string): AskedMember[] {
    const { brokerId, members } = this.#options
    return askedMembers(broker, brokerId, members())
  }

  async #readPart({ id, url }: AskedMember, read: JournalRead, signal?: AbortSignal): Promise<Part> {
    if (url === undefined) return { brokerId: id, ...(await this.#options.journal().read(read)) }
    const { after, before, limit, level } = read
    const parameters = new URLSearchParams({ limit: String(limit), level })
    if (after !== undefined) parameters.set('after', String(after))
    if (before !== undefined) parameters.set('before', String(before))
    const path = `/v1/journal?${parameters}`
    const answer = await askPeer(url, path, journalResponseSchema, signal === undefined ? {} : { signal })
    // Another broker at the URL of this member: its numbers would be taken for those of the member.
    if (answer.brokerId !== id) throw new Error(`${url} is broker ${answer.brokerId} and not ${id}.`)
    return { brokerId: id, entries: answer.entries, after: answer.after[id] ?? 0, first: answer.first[id] ?? 1 }
  }
}

function afterOf({ after }: JournalQuery, id: string): number | undefined {
  return typeof after === 'object' ? after[id] : after
}

/**
 * By time, those of one broker in their own order whatever its clock does. What is cut off at the limit is left for the next
 * call: the oldest are given when reading on, else the newest.
 */
export function mergeParts(
  parts: readonly Part[],
  query: Pick<JournalQuery, 'after' | 'limit'>,
): { readonly entries: JournalEntry[]; readonly after: Record<string, number> } {
  const all = mergedByTime(parts)
  const isReadingOn = query.after !== undefined
  const entries = isReadingOn ? all.slice(0, query.limit) : all.slice(-query.limit)
  const left = isReadingOn ? all.slice(query.limit) : []
  const after: Record<string, number> = {}
  for (const part of [...parts].sort(byBroker)) {
    const firstLeft = left.find(({ brokerId }) => brokerId === part.brokerId)
    after[part.brokerId] = firstLeft === undefined ? part.after : firstLeft.seq - 1
  }
  return { entries, after }
}

function mergedByTime(parts: readonly Part[]): JournalEntry[] {
  const queues = [...parts].sort(byBroker).map(({ entries }) => ({ entries, next: 0 }))
  const merged: JournalEntry[] = []
  while (true) {
    let earliest: { readonly entries: readonly JournalEntry[]; next: number } | undefined
    for (const queue of queues) {
      const head = queue.entries[queue.next]
      const best = earliest?.entries[earliest.next]
      if (head !== undefined && (best === undefined || head.at < best.at)) earliest = queue
    }
    if (earliest === undefined) return merged
    merged.push(earliest.entries[earliest.next++]!)
  }
}

function byBroker(left: { readonly brokerId: string }, right: { readonly brokerId: string }): number {
  return left.brokerId < right.brokerId ? -1 : 1
}
