import type { ApiClient, Said } from '../../data/api/api-client.ts'
import { readConsumeText } from '../../lib/json/consume-text.ts'
import type { ReadPage } from './range-scan.ts'

/** Which broker gave the last page, and when. */
export type PageSaid = Pick<Said<string>, 'brokerId' | 'at'>

/** Committed messages of a topic over REST; values stay text. */
export function pageReader(api: ApiClient, topic: string, onSaid?: (said: PageSaid) => void): ReadPage {
  return async (partition, offset, limit, signal) => {
    const query = new URLSearchParams({
      topic,
      partition: String(partition),
      offset: String(offset),
      limit: String(limit),
    })
    const { data, brokerId, at } = await api.text(`/consume?${query}`, { signal })
    onSaid?.({ brokerId, at })
    return readConsumeText(data)
  }
}
