import type { ApiClient } from '../../data/api/api-client.ts'
import { readConsumeText } from '../../lib/json/consume-text.ts'
import type { ReadPage } from './range-scan.ts'

/** Committed messages of a topic over REST; values stay text. */
export function pageReader(api: ApiClient, topic: string): ReadPage {
  return async (partition, offset, limit, signal) => {
    const query = new URLSearchParams({
      topic,
      partition: String(partition),
      offset: String(offset),
      limit: String(limit),
    })
    return readConsumeText((await api.text(`/consume?${query}`, { signal })).data)
  }
}
