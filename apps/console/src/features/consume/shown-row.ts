import type { StreamRow } from '../../data/message-stream.ts'
import { formatCount } from '../../lib/format.ts'
import type { Message } from '../../lib/json/consume-text.ts'

/** A row and the number of its card; in a lane all have the same. */
export interface ShownRow {
  readonly card: number
  readonly topic: string
  readonly row: StreamRow
  /** Of a message its place: two cards that show the same message have it under the same id. */
  readonly id: string
  readonly message?: Message
}

/** Made once for each row of a stream, so that a row that did not change renders nothing. */
const made = new WeakMap<StreamRow, ShownRow>()

export function shownRow(card: number, topic: string, row: StreamRow): ShownRow {
  const known = made.get(row)
  if (known !== undefined && known.card === card) return known
  const fresh: ShownRow =
    row.kind === 'message'
      ? { card, topic, row, id: messageId(row.message), message: row.message }
      : { card, topic, row, id: `note ${card} ${row.id}` }
  made.set(row, fresh)
  return fresh
}

/** `orders/2@1042`. */
export function messageId({ topic, partition, offset }: Message): string {
  return `${topic}/${partition}@${offset}`
}

/** The messages of rows, each once, in their order. */
export function messagesOf(rows: readonly ShownRow[]): readonly Message[] {
  const found = new Map<string, Message>()
  for (const { id, message } of rows) if (message !== undefined && !found.has(id)) found.set(id, message)
  return [...found.values()]
}

/** The message before or after one; at an end itself, and the newest where there is none to begin with. */
export function messageBeside(rows: readonly ShownRow[], from: Message | null, by: number): Message | null {
  const messages = rows.flatMap(({ message }) => (message === undefined ? [] : [message]))
  const index = from === null ? -1 : messages.lastIndexOf(from)
  if (index === -1) return messages.at(-1) ?? null
  return messages[index + by] ?? from
}

/** Of chosen messages that no list shows any more: its ring let them go, or its card is hidden or closed. */
export function goneText(count: number): string {
  return `${formatCount(count)} of them no longer in the list, kept here for the export`
}
