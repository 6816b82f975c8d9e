import type { TopicDescription } from '@yak/protocol/schemas'
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { useConsoleData } from '../../data/console-data.tsx'
import { useApi } from '../../data/hooks.ts'
import { MessageRange, type RangeSpec, type RangeView } from './message-range.ts'
import type { PartitionEnds } from './range-scan.ts'
import { type PageSaid, pageReader } from './read-page.ts'

/** The ends of the chosen partitions as the cluster has them now. */
export function endsOf(topic: TopicDescription, partitions: readonly number[] | undefined): readonly PartitionEnds[] {
  return topic.partitions
    .filter(({ partition }) => partitions === undefined || partitions.includes(partition))
    .map(({ partition, logStartOffset, highWatermark }) => ({ partition, logStartOffset, highWatermark }))
}

/** How far a range was read, and where its partitions ended when that began. */
export interface RangeRead {
  readonly ends: readonly PartitionEnds[]
  readonly count: number
}

/** Up to where a range went before, of what is still there. */
export function endsAgain(now: readonly PartitionEnds[], before: readonly PartitionEnds[]): readonly PartitionEnds[] {
  return now.map((end) => {
    const then = before.find(({ partition }) => partition === end.partition)
    return then === undefined ? end : { ...end, highWatermark: Math.min(end.highWatermark, then.highWatermark) }
  })
}

/**
 * A range that belongs to this component, begun anew when `spec`, `partitions` or `turn` change; null: none. Where only the place
 * changes, as under a scrubber, what was shown stays until there is something else to show: then `held` is true, and `shownId`
 * says what is shown.
 */
export function useMessageRange(
  spec: RangeSpec | null,
  partitions: readonly number[] | undefined,
  topicId: string | null,
  turn: number,
  /** What was read of this range before, by its id; undefined: it begins at the ends as they are now. */
  before: (id: string) => RangeRead | undefined = () => undefined,
): {
  readonly range: MessageRange | null
  readonly view: RangeView | null
  readonly shownId: string
  readonly held: boolean
  /** Null: no broker has answered yet. */
  readonly said: PageSaid | null
} {
  const api = useApi()
  const { cluster } = useConsoleData()
  const wanted = JSON.stringify([spec, partitions ?? null, topicId, turn])
  const latestBefore = useRef(before)
  latestBefore.current = before
  const [said, setSaid] = useState<PageSaid | null>(null)
  const [begun, setBegun] = useState<{ readonly range: MessageRange; readonly id: string } | null>(null)
  useEffect(() => {
    const [parsed, chosen] = JSON.parse(wanted) as [RangeSpec | null, readonly number[] | null]
    const topic = cluster.store.get()?.topics.find(({ name }) => name === parsed?.topic)
    if (parsed === null || topic === undefined || topicId === null) {
      setBegun(null)
      return undefined
    }
    const ends = endsOf(topic, chosen ?? undefined)
    const read = latestBefore.current(wanted)
    const range = new MessageRange(
      pageReader(api, parsed.topic, setSaid),
      parsed,
      read === undefined ? ends : endsAgain(ends, read.ends),
    )
    setBegun({ range, id: wanted })
    void range.more(read === undefined ? undefined : Math.max(read.count, parsed.count))
    return () => range.stop()
  }, [api, cluster, topicId, wanted])
  const range = begun?.range ?? null
  const subscribe = useCallback((listener: () => void) => range?.view.subscribe(listener) ?? (() => {}), [range])
  const view = useSyncExternalStore(subscribe, () => range?.view.get() ?? null)
  const kept = useRef<{ readonly id: string; readonly same: string; readonly view: RangeView } | null>(null)
  if (begun === null || view === null) return { range, view, shownId: wanted, held: false, said }
  // With a filter nothing may be found for long: what does not match must not stand there meanwhile.
  const same = JSON.stringify([topicId, partitions ?? null, spec?.filter ?? ''])
  const waits = view.messages.length === 0 && (view.state === 'reading' || view.state === 'waiting')
  if (!waits) kept.current = { id: begun.id, same, view }
  if (!waits || kept.current === null || kept.current.same !== same || spec?.filter !== '')
    return { range, view, shownId: begun.id, held: begun.id !== wanted, said }
  return { range, view: { ...kept.current.view, state: view.state }, shownId: kept.current.id, held: true, said }
}
