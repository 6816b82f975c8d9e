import { LIMITS } from '@yak/protocol'
import type { BrokerMetrics } from './broker-metrics.ts'

const columnNames = ['recordsIn', 'recordsOut', 'recordsReplicated', 'errors'] as const

export interface CounterHistoryOptions {
  readonly metrics: Pick<BrokerMetrics, (typeof columnNames)[number]>
  readonly isLeading: () => boolean
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** In columns, oldest first: the same index is the same moment. */
export interface CounterNotes extends Record<(typeof columnNames)[number], number[]> {
  readonly at: number[]
  readonly leads: boolean[]
}

/**
 * What this process's counters were in the last hour, for charts that begin before somebody looked. A ring of numbers: 30 KB,
 * whatever passes. It is in memory, so a restart begins anew, as the counters do.
 */
export class CounterHistory {
  readonly #options: CounterHistoryOptions
  readonly #at = new Float64Array(LIMITS.maxCounterNotes)
  readonly #leads = new Uint8Array(LIMITS.maxCounterNotes)
  readonly #columns = columnNames.map((name) => ({ name, values: new Float64Array(LIMITS.maxCounterNotes) }))
  /** Notes ever taken; the next one's place is this, modulo the size. */
  #count = 0
  #timer: NodeJS.Timeout | undefined

  constructor(options: CounterHistoryOptions) {
    this.#options = options
  }

  start(): void {
    this.note()
    this.#timer = setInterval(() => this.note(), LIMITS.counterNoteMs)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  note(): void {
    const { metrics, isLeading, clock } = this.#options
    const place = this.#count++ % LIMITS.maxCounterNotes
    this.#at[place] = clock()
    this.#leads[place] = isLeading() ? 1 : 0
    for (const { name, values } of this.#columns) values[place] = metrics[name].value
  }

  read(): CounterNotes {
    const notes: CounterNotes = { at: [], leads: [], recordsIn: [], recordsOut: [], recordsReplicated: [], errors: [] }
    for (let note = Math.max(0, this.#count - LIMITS.maxCounterNotes); note < this.#count; note++) {
      const place = note % LIMITS.maxCounterNotes
      notes.at.push(this.#at[place]!)
      notes.leads.push(this.#leads[place] === 1)
      for (const { name, values } of this.#columns) notes[name].push(values[place]!)
    }
    return notes
  }
}
