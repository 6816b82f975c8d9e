import { queryOptions } from '@tanstack/react-query'
import { type ConsumedPage, readConsumeText } from '../lib/json/consume-text.ts'
import type { ApiClient, Said } from './api/api-client.ts'

/** Hierarchical: `keys.topic('orders')` is below `keys.topics`, so that invalidating the one refreshes the other. */
export const keys = {
  topics: ['topics'] as const,
  topic: (topic: string) => [...keys.topics, topic] as const,
  messages: (topic: string) => [...keys.topic(topic), 'messages'] as const,
  page: (topic: string, partition: number, offset: number | string, limit: number) =>
    [...keys.messages(topic), partition, offset, limit] as const,
  journal: ['journal'] as const,
  brokerConfig: (id: string, startedAt: number | null) => ['brokers', id, 'config', startedAt] as const,
  brokerLog: (id: string) => ['brokers', id, 'log'] as const,
}

export interface PageRequest {
  readonly topic: string
  readonly partition: number
  /** A number, `earliest`, `latest` or an ISO time. */
  readonly offset: number | string
  readonly limit: number
}

/** Committed records of a partition; values stay text. */
export const messagesQuery = (api: ApiClient, { topic, partition, offset, limit }: PageRequest) =>
  queryOptions({
    queryKey: keys.page(topic, partition, offset, limit),
    queryFn: async ({ signal }): Promise<Said<ConsumedPage>> => {
      const query = new URLSearchParams({
        topic,
        partition: String(partition),
        offset: String(offset),
        limit: String(limit),
      })
      const said = await api.text(`/consume?${query}`, { signal })
      return { ...said, data: readConsumeText(said.data) }
    },
  })
