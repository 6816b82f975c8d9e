import { formatClock, formatDate, type Zone } from '../../lib/format.ts'
import type { Message } from '../../lib/json/consume-text.ts'

/** A time with its date, as most data has it: what stands between the two, and whether it says that it is UTC. */
const written = /\d{4}-\d\d-\d\d([T ])\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|\+00:?00)?/

/**
 * The filter that finds a time in the text of messages: to the minute, or to the second where one is given, and written as
 * `messages` have theirs. A time that names no zone is the one that was typed.
 */
export function ownTimeFilter(at: string, zone: Zone, messages: readonly Pick<Message, 'valueText'>[]): string {
  const found = messages.map(({ valueText }) => written.exec(valueText)).find((each) => each !== null)
  const [, between = ' ', utc] = found ?? []
  const theirs = utc === undefined ? zone : 'utc'
  const time = Date.parse(at)
  return JSON.stringify(`${formatDate(time, theirs)}${between}${formatClock(time, theirs, false).replace(/:00$/, '')}`)
}
