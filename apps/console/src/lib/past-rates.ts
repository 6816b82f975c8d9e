import { LIMITS } from '@yak/protocol'
import type { CounterHistoryJson } from '@yak/protocol/schemas'
import { rateBetween, sumKnown } from './rates.ts'

const counters = {
  produced: 'recordsIn',
  consumed: 'recordsOut',
  replicated: 'recordsReplicated',
  errors: 'errors',
} as const
type Name = keyof typeof counters
const names = Object.keys(counters) as Name[]

export interface PastRow {
  /** By this browser's clock. */
  readonly at: number
  readonly values: Readonly<Record<Name, number | null>>
}

/** Notes further apart are no neighbours: the process stood still between them. */
const maxGapMs = 2.5 * LIMITS.counterNoteMs

/**
 * Rates of the cluster from what its brokers noted of their counters, a row each `LIMITS.counterNoteMs`. A sum is known where
 * every member tells of that time; who does not may have counted anything. What is produced passes through the leader, so the
 * word of who led is enough for that. `receivedAt`: when they told, by this browser's clock, by which the rows are too, whatever
 * the brokers' clocks say.
 */
export function pastRates(
  histories: readonly CounterHistoryJson[],
  memberCount: number,
  receivedAt: number,
): readonly PastRow[] {
  const walks = histories.map((history) => new Walk(history, receivedAt))
  const step = LIMITS.counterNoteMs
  // However far a clock was set meanwhile.
  const first = Math.max(receivedAt - LIMITS.maxCounterNotes * step, Math.min(...walks.map(({ first }) => first)))
  // What came after the last notes is not missing: the page was opened, and measures it itself.
  const last = Math.min(receivedAt, ...walks.map(({ last }) => last))
  const times: number[] = []
  for (let at = Math.ceil(first / step) * step; at < last; at += step) times.push(at)
  const rows = [...times, last].map((at): PastRow => {
    const told = walks.flatMap((walk) => walk.goTo(at) ?? [])
    const isWhole = told.length === memberCount
    const isLed = told.some(({ ledThroughout }) => ledThroughout)
    const sum = (name: Name) =>
      isWhole || (name === 'produced' && isLed) ? sumKnown(told.map(({ rates }) => rates[name])) : null
    return { at, values: recordOf(sum) }
  })
  const isKnown = ({ values }: PastRow) => names.some((name) => values[name] !== null)
  return rows.slice(Math.max(0, rows.findIndex(isKnown)), rows.findLastIndex(isKnown) + 1)
}

interface Stretch {
  readonly rates: Readonly<Record<Name, number | null>>
  /** It led at both ends. */
  readonly ledThroughout: boolean
}

/** One broker's notes, gone through once. */
class Walk {
  /** The times of its notes; infinite without any. */
  readonly first: number
  readonly last: number
  readonly #history: CounterHistoryJson
  readonly #at: readonly number[]
  #next = 1

  constructor(history: CounterHistoryJson, receivedAt: number) {
    this.#history = history
    this.#at = history.at.map((at) => receivedAt - (history.asOf - at))
    this.first = this.#at[0] ?? Number.POSITIVE_INFINITY
    this.last = this.#at.at(-1) ?? Number.POSITIVE_INFINITY
  }

  /** Between the two notes around this moment; undefined: it does not tell of it. Moments have to ascend. */
  goTo(at: number): Stretch | undefined {
    while (this.#next < this.#at.length && this.#at[this.#next]! < at) this.#next++
    const [before, after] = [this.#next - 1, this.#next]
    if (after >= this.#at.length || this.#at[before]! >= at) return undefined
    const reading = (name: Name, note: number) => ({
      at: this.#at[note]!,
      value: this.#history[counters[name]][note]!,
      life: '',
    })
    const rates = recordOf((name) => rateBetween(reading(name, before), reading(name, after), maxGapMs))
    if (rates.produced === null) return undefined
    const { leads } = this.#history
    return { rates, ledThroughout: leads[before] === true && leads[after] === true }
  }
}

function recordOf<Value>(valueFor: (name: Name) => Value): Record<Name, Value> {
  return Object.fromEntries(names.map((name) => [name, valueFor(name)])) as Record<Name, Value>
}
