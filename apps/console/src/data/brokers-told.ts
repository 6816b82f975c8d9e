import type { BrokerConfigJson, BrokerLog } from '@yak/protocol/schemas'
import type { ApiClient } from './api/api-client.ts'

/** What brokers tell of themselves, and who could not be asked. */
export interface Told<Words> {
  readonly brokers: readonly Words[]
  readonly missing: readonly { readonly brokerId: string; readonly detail: string }[]
}

/** Undefined: nobody was asked. */
export interface BrokersTold {
  readonly configs?: Told<BrokerConfigJson> | undefined
  readonly logs?: Told<BrokerLog> | undefined
}

/** Lines of each broker's log in a snapshot. */
export const snapshotLogLines = 500
const timeoutMs = 4_000

/** Asks for all brokers. Never throws: where nobody answers, each of `ids` is missing. */
export async function askBrokers(api: Pick<ApiClient, 'json'>, ids: readonly string[]): Promise<BrokersTold> {
  const ask = async <Words>(path: string): Promise<Told<Words>> => {
    try {
      const { brokers, missing } = (await api.json<Told<Words>>(path, { timeoutMs })).data
      return { brokers, missing }
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error)
      return { brokers: [], missing: ids.map((brokerId) => ({ brokerId, detail })) }
    }
  }
  const [configs, logs] = await Promise.all([
    ask<BrokerConfigJson>('/v1/broker-config?broker=all'),
    ask<BrokerLog>(`/v1/broker-log?broker=all&limit=${snapshotLogLines}`),
  ])
  return { configs, logs }
}

/** What one of them told; else why not, in a sentence. */
export function toldBy<Words extends { readonly brokerId: string }>(
  told: Told<Words> | undefined,
  id: string,
): Words | string {
  if (told === undefined) return 'This snapshot has none: an earlier version of the console took it.'
  const words = told.brokers.find(({ brokerId }) => brokerId === id)
  const why = told.missing.find(({ brokerId }) => brokerId === id)?.detail
  return words ?? why ?? 'It was not asked.'
}
