import type { Message } from '../../lib/json/consume-text.ts'

/** Text is looked for in the key and in the value as it was sent, whatever the case. Null: every message. */
export function textMatch(filter: string): ((message: Message) => boolean) | null {
  const wanted = filter.trim().toLowerCase()
  if (wanted === '') return null
  return ({ key, valueText }) =>
    valueText.toLowerCase().includes(wanted) || key?.toLowerCase().includes(wanted) === true
}
