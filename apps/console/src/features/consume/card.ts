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

/** A text that is no card: what of it cannot be read. */
export interface CardProblem {
  readonly text: string
  readonly problem: string
}

export function readCard(text: string): Card | CardProblem {
  const [, paused, topic, partition, startText, filter] =
    /^(~?)([^/@?]*)(?:\/([^@?]*))?(?:@([^?]*))?(?:\?(.*))?$/s.exec(text) ?? []
  if (topic === undefined || topic === '') return { text, problem: 'It names no topic.' }
  const nameProblem = topicNameProblem(topic)
  if (nameProblem !== undefined) return { text, problem: nameProblem }
  if (partition !== undefined && !/^\d{1,6}$/.test(partition))
    return { text, problem: `After the slash goes the number of a partition, not “${partition}”.` }
  const start = readStart(startText ?? 'latest')
  if (start === null)
    return { text, problem: `After the @ goes earliest, latest, an offset or a time, not “${startText}”.` }
  return {
    topic,
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

/** A page with more of them would not keep up. */
export const maxCards = 16

export interface Cards {
  readonly cards: readonly Card[]
  /** What else stands in the URL, and why it is no card of this page. */
  readonly problems: readonly CardProblem[]
}

/** The cards of the URL, in its order; the same a second time is one. */
export function readCards(texts: readonly string[]): Cards {
  const cards = new Map<string, Card>()
  const problems: CardProblem[] = []
  for (const text of texts) {
    const card = readCard(text)
    if ('problem' in card) problems.push(card)
    else if (cards.has(cardKey(card))) continue
    else if (cards.size < maxCards) cards.set(cardKey(card), card)
    else problems.push({ text, problem: `It is one more than the ${maxCards} that a page shows.` })
  }
  return { cards: [...cards.values()], problems }
}

/** The subscriptions of a URL whose `s` is no list of texts: each part as it stands there, to be read as a card or refused. */
export function cardTexts(value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined
  const parts: readonly unknown[] = Array.isArray(value) ? value : [value]
  return parts.map((part) => (typeof part === 'string' ? part : JSON.stringify(part)))
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
