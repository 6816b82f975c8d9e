import { useQuery } from '@tanstack/react-query'
import type { BrokerConfigJson, BrokerLog } from '@yak/protocol/schemas'
import { type Told, toldBy } from './brokers-told.ts'
import { useConsoleData } from './console-data.tsx'
import { keys } from './queries.ts'

/** What one broker tells of itself. */
export interface BrokerWords<Words> {
  /** Undefined: not known yet, or not to be had. */
  readonly words: Words | undefined
  /** When it arrived, by this browser's clock; in a snapshot when that was taken. */
  readonly at: number
  /** Null: none. */
  readonly error: unknown
  readonly retry: () => void
}

const askAgainMs = 5_000
const shownLogLines = 200

/** What a broker runs with. It is the same for as long as it runs: asked once for each start of it. */
export function useBrokerConfig(id: string, startedAt: number | null): BrokerWords<BrokerConfigJson> {
  const { told } = useConsoleData()
  return useWords<BrokerConfigJson>(id, {
    key: keys.brokerConfig(id, startedAt),
    path: '/v1/broker-config',
    staleTime: Number.POSITIVE_INFINITY,
    told: told.configs,
  })
}

/** The last lines of a broker's log, asked for every few seconds. */
export function useBrokerLog(id: string): BrokerWords<BrokerLog> {
  const { told } = useConsoleData()
  return useWords<BrokerLog>(id, {
    key: keys.brokerLog(id),
    path: `/v1/broker-log?limit=${shownLogLines}`,
    staleTime: 0,
    told: told.logs,
  })
}

/** From whichever broker answers, and again while that one cannot be asked. In a snapshot, what was told then. */
function useWords<Words extends { readonly brokerId: string }>(
  id: string,
  options: {
    readonly key: readonly unknown[]
    readonly path: string
    readonly staleTime: number
    readonly told: Told<Words> | undefined
  },
): BrokerWords<Words> {
  const { api, snapshot } = useConsoleData()
  const { data, dataUpdatedAt, error, refetch } = useQuery<Words>({
    queryKey: options.key,
    queryFn: async ({ signal }) => {
      const path = `${options.path}${options.path.includes('?') ? '&' : '?'}${new URLSearchParams({ broker: id })}`
      const words = toldBy((await api.json<Told<Words>>(path, { signal })).data, id)
      if (typeof words === 'string') throw new Error(words)
      return words
    },
    enabled: snapshot === null,
    staleTime: options.staleTime,
    placeholderData: (before) => (before?.brokerId === id ? before : undefined),
    refetchInterval: ({ state }) => (state.status === 'error' || options.staleTime === 0 ? askAgainMs : false),
  })
  if (snapshot === null) return { words: data, at: dataUpdatedAt, error, retry: () => void refetch() }
  const then = toldBy(options.told, id)
  const why = typeof then === 'string' ? new Error(then) : null
  return { words: typeof then === 'string' ? undefined : then, at: snapshot.takenAt, error: why, retry: () => {} }
}
