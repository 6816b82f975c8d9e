import { useQuery } from '@tanstack/react-query'
import type { TopicDescription } from '@yak/protocol/schemas'
import { useMemo } from 'react'
import { useApi } from '../../data/hooks.ts'
import { messagesQuery } from '../../data/queries.ts'
import type { Message } from '../../lib/json/consume-text.ts'
import { placeText } from '../../lib/json/message-place.ts'
import type { GridRow } from './message-grid.tsx'
import type { PageSaid } from './read-page.ts'
import { type Standing, standingOf } from './standing.ts'

interface OpenMessage {
  readonly message: Message | null
  /** What the topic says of its place; null: it is no place. */
  readonly standing: Standing | null
  readonly error: unknown
  /** Who gave it, where it was asked for; null: the list has it. */
  readonly said: PageSaid | null
  readonly retry: () => void
}

/** The message at a place: from the list where it has it, else asked for, so that a link opens it. */
export function useOpenMessage(
  topic: TopicDescription,
  place: { readonly partition: number; readonly offset: number } | null,
  rows: readonly GridRow[],
): OpenMessage {
  const api = useApi()
  const wanted = place === null ? null : placeText(place)
  const listed = useMemo(() => {
    const row = wanted === null ? undefined : rows.findLast((each) => each.id === wanted)
    return row?.kind === 'message' ? row.message : null
  }, [rows, wanted])
  // Beyond the end there is nothing to ask for yet; the live channel says when there is.
  const standing = place === null ? null : standingOf(topic.partitions, place)
  const query = useQuery({
    ...messagesQuery(api, {
      topic: topic.name,
      partition: place?.partition ?? 0,
      offset: place?.offset ?? 0,
      limit: 1,
    }),
    enabled: standing?.kind === 'there' && listed === null,
  })
  const asked = query.data?.data.messages.find((message) => place !== null && message.offset === place.offset) ?? null
  const message = listed ?? asked
  const nothing =
    query.data !== undefined && message === null ? new Error('There is no message at this offset yet.') : null
  return {
    message,
    standing,
    error: message === null ? (query.error ?? nothing) : null,
    said: listed === null && query.data !== undefined ? query.data : null,
    retry: () => void query.refetch(),
  }
}
