import { matchMessage, readFilter } from '../../lib/filter/message-filter.ts'
import type { Message } from '../../lib/json/consume-text.ts'

/** Which messages a card keeps; null: all, as with a filter that cannot be read. */
export function acceptOf(filter: string): ((message: Message) => boolean) | null {
  const read = readFilter(filter)
  return read.kind === 'none' || read.kind === 'fault' ? null : (message) => matchMessage(read, message) === 'match'
}

/** What is wrong with a filter, and where; null: nothing. */
export function filterProblem(filter: string): string | null {
  const read = readFilter(filter)
  return read.kind === 'fault' ? `${read.message} (at character ${read.index + 1})` : null
}
