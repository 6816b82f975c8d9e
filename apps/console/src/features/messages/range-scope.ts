import type { TopicDescription } from '@yak/protocol/schemas'
import type { ApiClient } from '../../data/api/api-client.ts'
import { readFilter } from '../../lib/filter/message-filter.ts'
import { plural } from '../../lib/format.ts'
import type { ExportScope } from '../../ui/export-dialog.tsx'
import { ForwardScan } from './range-scan.ts'
import { pageReader } from './read-page.ts'
import { endsOf } from './use-message-range.ts'

/** Everything from a place on, read from the brokers while it is written. */
export function rangeScope({
  api,
  topic,
  partitions,
  from,
  filter,
  online,
}: {
  api: ApiClient
  topic: TopicDescription
  /** All unless named. */
  partitions: readonly number[] | undefined
  from: 'earliest' | number | { readonly time: string }
  filter: string
  online: boolean
}): ExportScope {
  const ends = endsOf(topic, partitions)
  const count = ends.reduce(
    (sum, { logStartOffset, highWatermark }) =>
      sum + Math.max(0, highWatermark - (typeof from === 'number' ? Math.max(from, logStartOffset) : logStartOffset)),
    0,
  )
  const matching = filter === '' ? '' : ', those that match the filter'
  return {
    id: 'range',
    label:
      typeof from === 'object'
        ? `Everything from ${from.time} on`
        : `Everything from ${from === 'earliest' ? 'the oldest' : `offset ${from}`} on: about ${plural(count, 'message')}${matching}`,
    count,
    open: (onWaiting) => new ForwardScan(pageReader(api, topic.name), ends, from, onWaiting),
    filter: readFilter(filter),
    disabledReason: online ? undefined : 'No broker answers.',
  }
}
