import { useQuery } from '@tanstack/react-query'
import type { BrokerConfigJson, BrokerConfigResponse } from '@yak/protocol/schemas'
import { brokerName } from '../lib/brokers.ts'
import { useApi } from './hooks.ts'
import { keys } from './queries.ts'

const askAgainMs = 5_000

export interface ToldConfig {
  /** Undefined: not known yet. */
  readonly config: BrokerConfigJson | undefined
  /** When it arrived, by this browser's clock. */
  readonly at: number
  readonly error: unknown
  readonly retry: () => void
}

/**
 * What a broker runs with, from whichever broker answers. It is the same for as long as it runs: asked once for each start of
 * it, and again while it cannot be asked.
 */
export function useBrokerConfig(id: string, startedAt: number | null): ToldConfig {
  const api = useApi()
  const { data, dataUpdatedAt, error, refetch } = useQuery<BrokerConfigJson>({
    queryKey: keys.brokerConfig(id, startedAt),
    queryFn: async ({ signal }) => {
      const path = `/v1/broker-config?${new URLSearchParams({ broker: id })}`
      const { brokers, missing } = (await api.json<BrokerConfigResponse>(path, { signal })).data
      const config = brokers.find(({ brokerId }) => brokerId === id)
      if (config === undefined) throw new Error(missing[0]?.detail ?? `${brokerName(id)} tells no settings.`)
      return config
    },
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (before) => (before?.brokerId === id ? before : undefined),
    refetchInterval: ({ state }) => (state.status === 'error' ? askAgainMs : false),
  })
  return { config: data, at: dataUpdatedAt, error, retry: () => void refetch() }
}
