import type { StreamRow } from '../../data/message-stream.ts'
import { brokerName } from '../../lib/brokers.ts'
import { formatCount, formatDuration, plural } from '../../lib/format.ts'

/** What a row says that is not a message. `bad`: the broker broke a promise. */
export function noteOf(
  row: Exclude<StreamRow, { kind: 'message' }>,
  topic: string,
): { readonly tone: 'neutral' | 'warn' | 'bad'; readonly text: string } {
  if (row.kind === 'reconnected') {
    return {
      tone: row.lost > 0 ? 'warn' : 'neutral',
      text: `Reconnected to ${brokerName(row.brokerId)} after ${formatDuration(row.afterMs)}, ${formatCount(row.lost)} lost.`,
    }
  }
  const place = `${topic}/${row.partition}`
  if (row.kind === 'skipped') {
    const why = row.because === 'retention' ? 'retention took them first' : 'more came than this page could take'
    return {
      tone: 'warn',
      text: `${plural(row.count, 'message')} of ${place} skipped, from offset ${formatCount(row.fromOffset)} on: ${why}.`,
    }
  }
  const { fault } = row
  if (fault.kind === 'gap') {
    const count = fault.toOffset - fault.fromOffset + 1
    return {
      tone: 'bad',
      text: `Gap in ${place}: ${plural(count, 'offset')} missing, ${formatCount(fault.fromOffset)} to ${formatCount(fault.toOffset)}, and the broker did not say so.`,
    }
  }
  if (fault.kind === 'duplicate')
    return { tone: 'bad', text: `Duplicate in ${place}: offset ${formatCount(fault.offset)} came again.` }
  return {
    tone: 'bad',
    text: `The epoch of ${place} went back: ${formatCount(fault.before)}, then ${formatCount(fault.epoch)}.`,
  }
}
