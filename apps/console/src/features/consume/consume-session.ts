import type { LiveChannel } from '../../data/live/live-channel.ts'
import { MessageStream, type StreamRow } from '../../data/message-stream.ts'
import { Store } from '../../data/store.ts'
import { type Card, cardKey } from './card.ts'
import { acceptOf } from './card-filter.ts'
import { type MergedRow, MergedRows } from './merged-rows.ts'
import { RateMeter } from './rate-meter.ts'

export interface OpenCard {
  readonly key: string
  readonly card: Card
  readonly stream: MessageStream
  /** Messages per second; fed by who shows it, twice a second. */
  readonly meter: RateMeter
}

export interface MergedView {
  readonly rows: readonly MergedRow<StreamRow>[]
  /** Rows that ever came, by card, so that "128 new" can be told while the list stands still. */
  readonly totals: ReadonlyMap<string, number>
}

/**
 * The streams behind the cards, outside React: messages go from the socket into rings, and the page looks at them once for
 * each frame it draws.
 */
export class ConsumeSession {
  readonly cards: Store<readonly OpenCard[]> = new Store<readonly OpenCard[]>([])
  readonly merged: Store<MergedView> = new Store<MergedView>({ rows: [], totals: new Map() })
  readonly #live: LiveChannel
  readonly #ringSize: number
  readonly #rows = new MergedRows<StreamRow>()
  readonly #stops = new Map<string, () => void>()

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
      this.#rows.drop(key)
    }
    this.cards.set(next)
    this.#tell()
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
        this.#rows.take(key, stream.view.get().rows)
        this.#tell()
      }),
    )
    if (paused) stream.pause()
    else stream.open()
    return { key, card: { topic, partition, start, filter, paused }, stream, meter: new RateMeter() }
  }

  #tell(): void {
    this.merged.set({ rows: this.#rows.rows, totals: this.#rows.totals })
  }
}
