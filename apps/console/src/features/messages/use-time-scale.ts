import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { LIMITS } from '@yak/protocol'
import type { HistogramResponse, TopicDescription } from '@yak/protocol/schemas'
import { useMemo } from 'react'
import { useApi } from '../../data/hooks.ts'
import { keys } from '../../data/queries.ts'
import { type Listed, type TimeScale, timeScaleOf } from './time-scale.ts'

const liveIntervalMs = 10_000

/**
 * How the messages of the chosen partitions lie in time, from the brokers' time index; counted anew with each `turn`. It ends where
 * `listed` does, so that what stands beside it is told of the same messages.
 */
export function useTimeScale(
  { name, id, partitions }: TopicDescription,
  chosen: readonly number[] | undefined,
  listed: Listed | undefined,
  options: { readonly enabled: boolean; readonly maxBuckets: number; readonly turn: number; readonly live: boolean },
): {
  /** Null: no message has a time. Undefined: not known. */
  readonly scale: TimeScale | null | undefined
  readonly error: unknown
  readonly retry: () => void
} {
  const api = useApi()
  const count = chosen?.length ?? partitions.length
  const buckets = Math.max(1, Math.min(options.maxBuckets, Math.floor(LIMITS.maxPartitionsPerRequest / count)))
  const query = new URLSearchParams({ buckets: String(buckets) })
  if (chosen !== undefined) query.set('partitions', chosen.join(','))
  const path = `/topics/${encodeURIComponent(name)}/histogram?${query}`
  const { data, error, refetch } = useQuery({
    queryKey: [...keys.topic(name), 'histogram', id, path, options.turn],
    queryFn: async ({ signal }) => await api.json<HistogramResponse>(path, { signal }),
    enabled: options.enabled,
    staleTime: 5_000,
    placeholderData: keepPreviousData,
    refetchInterval: options.live ? liveIntervalMs : false,
  })
  const answer = data?.data
  const scale = useMemo(() => (answer === undefined ? undefined : timeScaleOf(answer, listed)), [answer, listed])
  return { scale, error, retry: () => void refetch() }
}
