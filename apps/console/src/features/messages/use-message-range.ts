import type { TopicDescription } from '@yak/protocol/schemas'
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react'
import { useConsoleData } from '../../data/console-data.tsx'
import { useApi } from '../../data/hooks.ts'
import { MessageRange, type RangeSpec, type RangeView } from './message-range.ts'
import type { PartitionEnds } from './range-scan.ts'
import { pageReader } from './read-page.ts'

/** The ends of the chosen partitions as the cluster has them now. */
export function endsOf(topic: TopicDescription, partitions: readonly number[] | undefined): readonly PartitionEnds[] {
  return topic.partitions
    .filter(({ partition }) => partitions === undefined || partitions.includes(partition))
    .map(({ partition, logStartOffset, highWatermark }) => ({ partition, logStartOffset, highWatermark }))
}

/** A range that belongs to this component, begun anew when `spec`, `partitions` or `turn` change; null: none. */
export function useMessageRange(
  spec: RangeSpec | null,
  partitions: readonly number[] | undefined,
  topicId: string | null,
  turn: number,
): { readonly range: MessageRange | null; readonly view: RangeView | null } {
  const api = useApi()
  const { cluster } = useConsoleData()
  const wanted = JSON.stringify([spec, partitions ?? null, topicId, turn])
  const [range, setRange] = useState<MessageRange | null>(null)
  useEffect(() => {
    const [parsed, chosen] = JSON.parse(wanted) as [RangeSpec | null, readonly number[] | null]
    const topic = cluster.store.get()?.topics.find(({ name }) => name === parsed?.topic)
    if (parsed === null || topic === undefined || topicId === null) {
      setRange(null)
      return undefined
    }
    const next = new MessageRange(pageReader(api, parsed.topic), parsed, endsOf(topic, chosen ?? undefined))
    setRange(next)
    void next.more()
    return () => next.stop()
  }, [api, cluster, topicId, wanted])
  const subscribe = useCallback((listener: () => void) => range?.view.subscribe(listener) ?? (() => {}), [range])
  const view = useSyncExternalStore(subscribe, () => range?.view.get() ?? null)
  return { range, view }
}
