import type { Message } from '../../lib/json/consume-text.ts'

const around = 20

/** What to ask for so that a message comes with up to twenty on either side. */
export function neighbourWindow(
  offset: number,
  logStartOffset: number,
): { readonly from: number; readonly limit: number } {
  const from = Math.max(0, logStartOffset, offset - around)
  return { from, limit: Math.max(1, offset - from + around + 1) }
}

/** The nearest messages of the same key among those loaded; null where there is none. */
export function sameKey(
  messages: readonly Message[],
  message: Message | null,
): { readonly previous: number | null; readonly next: number | null } {
  if (message === null || message.key === null) return { previous: null, next: null }
  const { key, keyEncoding, offset } = message
  const same = messages.filter((each) => each.key === key && each.keyEncoding === keyEncoding)
  return {
    previous: same.findLast((each) => each.offset < offset)?.offset ?? null,
    next: same.find((each) => each.offset > offset)?.offset ?? null,
  }
}

/** Where an arrow, Home or End leads from one of so many; null for another key, and where there is nothing further. */
export function steppedIndex(key: string, index: number, count: number): number | null {
  const to = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: count - 1 }[key]
  return to === undefined || to < 0 || to >= count ? null : to
}
