import type { JournalData, JournalEntry } from './live/frames.ts'
import type { LiveChannel } from './live/live-channel.ts'
import { Store } from './store.ts'

export interface Journal {
  /** Oldest first, of all brokers, by time. */
  readonly entries: readonly JournalEntry[]
  /** Brokers whose journal cannot be read just now. */
  readonly missing: readonly { readonly brokerId: string; readonly detail: string }[]
  /** False until the first frame. */
  readonly loaded: boolean
  /** Entries let go because there were more than are kept. */
  readonly dropped: number
}

const maxEntries = 2_000

/** What happened, from every broker: the newest 200 at first, then as it happens; it goes on where it was on another broker. */
export class JournalFeed {
  readonly store: Store<Journal> = new Store<Journal>({ entries: [], missing: [], loaded: false, dropped: 0 })
  readonly #live: LiveChannel
  #after: Readonly<Record<string, number>> = {}

  constructor(live: LiveChannel) {
    this.#live = live
  }

  start(): void {
    this.#live.subscribe({
      frame: () => ({
        channel: 'journal',
        brokers: 'all',
        last: 200,
        ...(Object.keys(this.#after).length === 0 ? {} : { after: this.#after }),
      }),
      onData: (frame) => this.#take(frame as JournalData),
    })
  }

  #take({ entries, after, missing }: JournalData): void {
    this.#after = { ...this.#after, ...after }
    const before = this.store.get()
    const known = new Set(before.entries.map(identity))
    const fresh = entries.filter((entry) => !known.has(identity(entry)))
    const all =
      fresh.length === 0
        ? before.entries
        : [...before.entries, ...fresh].toSorted((a, b) => a.at - b.at || a.seq - b.seq)
    const kept = all.length > maxEntries ? all.slice(-maxEntries) : all
    this.store.set({ entries: kept, missing, loaded: true, dropped: before.dropped + all.length - kept.length })
  }
}

export function identity({ brokerId, seq }: JournalEntry): string {
  return `${brokerId} ${seq}`
}
