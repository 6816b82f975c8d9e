import type { Card } from './card.ts'

/**
 * Messages that are committed and did not come to this page yet, over all partitions of a card. Two brokers' words about the
 * end of the log are compared, and the further one counts. Null: nothing is known of any partition yet.
 */
export function lagOf(
  positions: Readonly<Record<string, { readonly nextOffset: number; readonly highWatermark: number }>>,
  topic: readonly { readonly partition: number; readonly highWatermark: number }[],
): number | null {
  const ends = new Map(topic.map(({ partition, highWatermark }) => [String(partition), highWatermark]))
  const lags = Object.entries(positions).map(([partition, { nextOffset, highWatermark }]) =>
    Math.max(0, Math.max(highWatermark, ends.get(partition) ?? 0) - nextOffset),
  )
  return lags.length === 0 ? null : lags.reduce((sum, lag) => sum + lag, 0)
}

/**
 * Messages that are still to be written before the first one of a card that begins at an offset beyond the end of the log; of
 * several partitions, where it is nearest. 0: the next message is one of the card.
 */
export function messagesBefore(
  { start, partition: only }: Pick<Card, 'start' | 'partition'>,
  topic: readonly { readonly partition: number; readonly highWatermark: number }[],
): number {
  if (typeof start !== 'number') return 0
  const ends = topic.filter(({ partition }) => only === null || partition === only)
  return ends.reduce(
    (least, { highWatermark }) => Math.min(least, Math.max(0, start - highWatermark)),
    ends.length === 0 ? 0 : start,
  )
}
