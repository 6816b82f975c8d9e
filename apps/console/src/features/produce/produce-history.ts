import { readStorage, writeStorage } from '../../data/preferences.ts'
import type { BatchStamp } from '../../data/produce/idempotent-producer.ts'
import { Store } from '../../data/store.ts'
import { type Draft, draftOf } from './draft.ts'

/** One message that was sent from here, or tried to. */
export interface Sent {
  readonly id: string
  readonly at: number
  readonly topic: string
  readonly draft: Draft
  /** Where it goes, decided before it left. */
  readonly partition: number
  readonly timestamp: number
  /** Under which name a log knows it; with this the outcome can be found out after a reload. */
  readonly stamp: BatchStamp | null
  readonly state: SentState
  /** So many replicas, all there were, have said that they have it. Not there until they have. */
  readonly copies?: number
}

export type SentState =
  | { readonly kind: 'sending'; readonly since: number }
  /** An attempt got no answer, or there is no leader; it is tried on. */
  | { readonly kind: 'waiting'; readonly code: string; readonly text: string; readonly isUnknown: boolean }
  /** Nobody tries any more, and what became of it is not known. */
  | { readonly kind: 'unknown'; readonly text: string }
  | {
      readonly kind: 'written'
      readonly offset: number | null
      readonly epoch: number
      readonly ms: number
      readonly attempts: number
      readonly wasUnknown: boolean
    }
  | { readonly kind: 'refused'; readonly code: string; readonly text: string }
  | { readonly kind: 'cancelled' }

const storageKey = 'yak.produce-history'
const maxEntries = 100
/** Larger values are shown while the page is open, and not kept. */
const maxKeptLength = 32_768

export const produceHistory: Store<readonly Sent[]> = new Store(readHistory(readStorage(storageKey)))

/** Newest first. */
export function addSent(sent: Sent): void {
  produceHistory.update((before) => [sent, ...before].slice(0, maxEntries))
  keep()
}

export function changeSent(id: string, change: Partial<Sent>): void {
  produceHistory.update((before) => before.map((each) => (each.id === id ? { ...each, ...change } : each)))
  keep()
}

export function forgetHistory(): void {
  produceHistory.update((before) => before.filter(({ state }) => state.kind === 'sending' || state.kind === 'waiting'))
  keep()
}

function keep(): void {
  writeStorage(
    storageKey,
    produceHistory.get().filter(({ draft }) => draft.value.length <= maxKeptLength),
  )
}

/** What was under way when the page was left is unknown: it may have been written after that. */
export function readHistory(stored: unknown): readonly Sent[] {
  if (!Array.isArray(stored)) return []
  return stored.flatMap((each: Sent | null) => {
    if (typeof each?.id !== 'string' || typeof each.topic !== 'string' || draftOf(each.draft) === undefined) return []
    if (typeof each.state !== 'object' || typeof each.partition !== 'number') return []
    const { kind } = each.state
    if (kind !== 'sending' && kind !== 'waiting') return [each]
    const state: SentState =
      each.stamp === null
        ? { kind: 'cancelled' }
        : { kind: 'unknown', text: 'The page was left before the answer came.' }
    return [{ ...each, state }]
  })
}

export function historyMatches({ topic, draft, partition, state }: Sent, text: string): boolean {
  const wanted = text.trim().toLowerCase()
  if (wanted === '') return true
  const offset = state.kind === 'written' ? `p${partition}@${state.offset}` : ''
  return [topic, draft.key ?? '', draft.value, offset, state.kind].some((part) => part.toLowerCase().includes(wanted))
}
