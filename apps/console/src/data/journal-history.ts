import type { JournalResponse } from '@yak/protocol/schemas'
import { useMemo } from 'react'
import { mergeJournal, oldestSeqs } from '../lib/journal-merge.ts'
import type { ApiClient } from './api/api-client.ts'
import { useConsoleData } from './console-data.tsx'
import { useJournal } from './hooks.ts'
import type { History } from './journal-past.ts'
import type { JournalEntry } from './live/frames.ts'
import { type Store, useStore } from './store.ts'

const pageSize = 500
const maxEntries = 20_000

export interface WholeJournal {
  /** The past that was asked for and the live feed, oldest first. */
  readonly entries: readonly JournalEntry[]
  readonly missing: readonly { readonly brokerId: string; readonly detail: string }[]
  readonly loaded: boolean
  /** Every broker that answers has told all it still has. */
  readonly atStart: boolean
  /** No more fits into this page. */
  readonly full: boolean
  readonly loading: boolean
  readonly error: unknown
  /** One page further back, of each broker. */
  readonly loadOlder: () => Promise<void>
  /** The page around one entry, for a link to it. */
  readonly loadAround: (brokerId: string, seq: number) => Promise<void>
}

/** The journal of all brokers, with as much of the past as was asked for. The log and the timeline look at the same past. */
export function useWholeJournal(): WholeJournal {
  const { api, past: history, snapshot } = useConsoleData()
  const live = useJournal()
  const past = useStore(history)
  const entries = useMemo(() => mergeJournal(past.entries, live.entries), [past.entries, live.entries])
  const oldest = useMemo(() => oldestSeqs(entries), [entries])
  const away = new Set(live.missing.map(({ brokerId }) => brokerId))
  return {
    entries,
    missing: live.missing,
    loaded: live.loaded,
    atStart: snapshot !== null || [...oldest].every(([id, seq]) => away.has(id) || seq <= (past.first.get(id) ?? 1)),
    full: entries.length >= maxEntries,
    loading: past.loading,
    error: past.error,
    loadOlder: () =>
      load(
        api,
        history,
        [...oldest].flatMap(([id, seq]) =>
          away.has(id) || seq <= (past.first.get(id) ?? 1) ? [] : [{ broker: id, before: seq }],
        ),
      ),
    loadAround: (broker, seq) => load(api, history, [{ broker, before: seq + pageSize / 2 }]),
  }
}

async function load(
  api: ApiClient,
  history: Store<History>,
  pages: readonly { readonly broker: string; readonly before: number }[],
) {
  if (history.get().loading || pages.length === 0) return
  history.update((before) => ({ ...before, loading: true, error: null }))
  try {
    const answers = await Promise.all(
      pages.map(({ broker, before }) =>
        api.json<JournalResponse>(
          `/v1/journal?${new URLSearchParams({ broker, before: String(before), limit: String(pageSize) })}`,
        ),
      ),
    )
    history.update(({ entries, first }) => ({
      entries: mergeJournal(
        entries,
        answers.flatMap(({ data }) => data.entries),
      ).slice(-maxEntries),
      first: new Map([...first, ...answers.flatMap(({ data }) => Object.entries(data.first))]),
      loading: false,
      error: null,
    }))
  } catch (error) {
    history.update((before) => ({ ...before, loading: false, error }))
  }
}
