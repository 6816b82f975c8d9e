import { useCallback } from 'react'
import type { StreamView } from '../../data/message-stream.ts'
import { useStorePart } from '../../data/store.ts'
import type { ConsumeSession, ConsumeView, OpenCard } from './consume-session.ts'

/** What came for a card, of the same moment as everything else on the page; a render only when that changes. */
export function useCardView(session: ConsumeSession, { key, stream }: OpenCard): StreamView {
  const pick = useCallback((view: ConsumeView) => view.streams.get(key), [key])
  return useStorePart(session.view, pick) ?? stream.view.get()
}

/** Its messages per second; null: not known yet. */
export function useCardRate(session: ConsumeSession, { key }: OpenCard): number | null {
  const pick = useCallback((view: ConsumeView) => view.rates.get(key) ?? null, [key])
  return useStorePart(session.view, pick)
}
