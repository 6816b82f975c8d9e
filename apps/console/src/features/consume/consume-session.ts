import type { LiveChannel } from '../../data/live/live-channel.ts'
import { MessageStream, type StreamRow, type StreamView } from '../../data/message-stream.ts'
import { Store } from '../../data/store.ts'
import { type Card, cardKey } from './card.ts'
import { acceptOf } from './card-filter.ts'
import { type MergedRow, MergedRows } from './merged-rows.ts'
import { RateMeter } from './rate-meter.ts'

export interface OpenCard {
  readonly key: string
  readonly card: Card
  readonly stream: MessageStream
}

/** What the page shows of its streams, all of one moment: its numbers agree with each other, and with the rows. */
export interface ConsumeView {
  /** By card. */
  readonly streams: ReadonlyMap<string, StreamView>
  /** Messages per second, by card; null until there is a second to speak of. */
  readonly rates: ReadonlyMap<string, number | null>
  readonly rows: readonly MergedRow<StreamRow>[]
  /** Rows that ever came, by card, so that "128 new" can be told while the list stands still. */
  readonly totals: ReadonlyMap<string, number>
}

/** Between two readings of the rates. */
const rateMs = 500

/**
 * The streams behind the cards, outside React: messages go from the socket into rings, and the page looks at them once for
 * each frame it draws.
 */
export class ConsumeSession {
  readonly cards: Store<readonly OpenCard[]> = new Store<readonly OpenCard[]>([])
  readonly view: Store<ConsumeView> = new Store<ConsumeView>({
    streams: new Map(),
    rates: new Map(),
    rows: [],
    totals: new Map(),
  })
  readonly #live: LiveChannel
  readonly #ringSize: number
  readonly #rows = new MergedRows<StreamRow>()
  readonly #stops = new Map<string, () => void>()
  #streams: ReadonlyMap<string, StreamView> = new Map()
  #rates: ReadonlyMap<string, number | null> = new Map()
  readonly #meters = new Map<string, RateMeter>()
  #rateTimer: ReturnType<typeof setInterval> | undefined

  constructor(live: LiveChannel, ringSize: number) {
    this.#live = live
    this.#ringSize = ringSize
  }

  /** Opens what is new, closes what is gone, pauses and resumes; what stays keeps its messages. */
  setCards(wanted: readonly Card[]): void {
    const before = new Map(this.cards.get().map((open) => [open.key, open]))
    const next = wanted.map((card): OpenCard => {
      const key = cardKey(card)
      const known = before.get(key)
      before.delete(key)
      const open = known === undefined ? this.#open(key, card) : { ...known, card }
      if (card.paused) open.stream.pause()
      else open.stream.resume()
      return open
    })
    for (const { key, stream } of before.values()) {
      stream.close()
      this.#stops.get(key)?.()
      this.#stops.delete(key)
      this.#meters.delete(key)
      this.#rows.drop(key)
    }
    // Who shows a card finds its numbers: those of new cards are there before, those of old ones go after.
    this.#tell()
    this.cards.set(next)
    const keys = new Set(next.map(({ key }) => key))
    this.#streams = new Map([...this.#streams].filter(([key]) => keys.has(key)))
    this.#rates = new Map([...this.#rates].filter(([key]) => keys.has(key)))
    this.#tell()
    if (next.length === 0) {
      clearInterval(this.#rateTimer)
      this.#rateTimer = undefined
    } else this.#rateTimer ??= setInterval(() => this.#measure(), rateMs)
  }

  close(): void {
    this.setCards([])
  }

  /** Resolves when the broker said where the card's messages begin: what is sent from then on is shown. */
  whenLive(key: string, signal: AbortSignal): Promise<void> {
    const stream = this.cards.get().find((open) => open.key === key)?.stream
    if (stream === undefined) return Promise.reject(new Error('There is no such subscription'))
    return new Promise((resolve, reject) => {
      const done = (finish: () => void) => {
        stop()
        signal.removeEventListener('abort', refuse)
        finish()
      }
      const refuse = () => done(() => reject(new Error('No broker took the subscription in time')))
      const look = () => {
        if (stream.view.get().state === 'live') done(resolve)
        else if (signal.aborted) refuse()
      }
      const stop = stream.view.subscribe(look)
      signal.addEventListener('abort', refuse)
      look()
    })
  }

  #open(key: string, { topic, partition, start, filter, paused }: Card): OpenCard {
    const stream = new MessageStream(
      this.#live,
      {
        topic,
        ...(partition === null ? {} : { partitions: [partition] }),
        from: start,
        // From the past on: everything, at the pace of this page. From now on: what cannot be shown is skipped, and said.
        mode: start === 'latest' ? 'live' : 'all',
        maxMessages: this.#ringSize,
      },
      acceptOf(filter),
    )
    this.#stops.set(
      key,
      stream.view.subscribe(() => {
        const view = stream.view.get()
        this.#streams = new Map(this.#streams).set(key, view)
        this.#rows.take(key, view.rows)
        this.#tell()
      }),
    )
    this.#streams = new Map(this.#streams).set(key, stream.view.get())
    this.#meters.set(key, new RateMeter())
    if (paused) stream.pause()
    else stream.open()
    return { key, card: { topic, partition, start, filter, paused }, stream }
  }

  #measure(): void {
    const at = performance.now()
    const rates = new Map<string, number | null>()
    for (const [key, meter] of this.#meters) rates.set(key, meter.note(at, this.#streams.get(key)?.received ?? 0))
    if ([...rates].every(([key, rate]) => this.#rates.get(key) === rate)) return
    this.#rates = rates
    this.#tell()
  }

  #tell(): void {
    this.view.set({
      streams: this.#streams,
      rates: this.#rates,
      rows: this.#rows.rows,
      totals: this.#rows.totals,
    })
  }
}
