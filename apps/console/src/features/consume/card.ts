import { topicNameProblem } from '@yak/protocol'

/**
 * A subscription as it stands in the URL.
 *
 *     card  = ["~"] topic ["/" partition] ["@" start] ["?" filter]
 *     start = "earliest" | offset | ISO time        left out: from now on
 *
 * `~` is paused. A topic's name has none of these characters.
 */
export interface Card {
  readonly topic: string
  /** Null: all. */
  readonly partition: number | null
  /** `latest`, `earliest`, an offset, or an ISO time. */
  readonly start: string | number
  /** As in the filter box of a topic: text, or an expression; empty: all messages. */
  readonly filter: string
  readonly paused: boolean
}

/** Null for a text that is no card. */
export function readCard(text: string): Card | null {
  const match = /^(~?)([^/@?]+)(?:\/(\d{1,6}))?(?:@([^?]*))?(?:\?(.*))?$/s.exec(text)
  if (match === null) return null
  const [, paused, topic, partition, startText, filter] = match
  const start = readStart(startText ?? 'latest')
  if (topicNameProblem(topic!) !== undefined || start === null) return null
  return {
    topic: topic!,
    partition: partition === undefined ? null : Number(partition),
    start,
    filter: filter ?? '',
    paused: paused === '~',
  }
}

export function writeCard({ topic, partition, start, filter, paused }: Card): string {
  return [
    paused ? '~' : '',
    topic,
    partition === null ? '' : `/${partition}`,
    start === 'latest' ? '' : `@${start}`,
    filter === '' ? '' : `?${filter}`,
  ].join('')
}

/** The same for two cards that would show the same: whether it is paused does not count. */
export function cardKey(card: Card): string {
  return writeCard({ ...card, paused: false })
}

/** The cards of the URL: what is no card, or a second time the same, is left out. */
export function readCards(texts: readonly string[]): readonly Card[] {
  const cards = new Map<string, Card>()
  for (const text of texts) {
    const card = readCard(text)
    if (card !== null && !cards.has(cardKey(card))) cards.set(cardKey(card), card)
  }
  return [...cards.values()]
}

/** Where to begin: `latest`, `earliest`, an offset, or a time, which becomes ISO in UTC. Null: none of these. */
export function readStart(text: string): string | number | null {
  const trimmed = text.trim()
  if (trimmed === 'latest' || trimmed === 'earliest') return trimmed
  if (/^\d{1,16}$/.test(trimmed)) return Number.isSafeInteger(Number(trimmed)) ? Number(trimmed) : null
  if (!/^\d{4}-\d\d-\d\d/.test(trimmed)) return null
  const at = Date.parse(trimmed)
  return Number.isNaN(at) ? null : new Date(at).toISOString()
}

export function startText(start: string | number): string {
  if (start === 'latest') return 'from now on'
  if (start === 'earliest') return 'from the earliest'
  return typeof start === 'number' ? `from offset ${start}` : `from ${start.replace('T', ' ').replace('Z', ' UTC')}`
}
