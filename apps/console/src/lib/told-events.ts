import type { Placed } from './journal-merge.ts'

/** What is read of a journal entry; `data/` has the whole. */
export interface Told extends Placed {
  readonly type: string
  readonly level: string
  readonly text: string
  readonly epoch: number
  readonly data?: Readonly<Record<string, unknown>>
}

/** One thing that happened, as one or several brokers tell it: each has written it into its own journal. */
export interface ToldEvent<Entry extends Told> {
  /** The first to tell it, by the clocks of the brokers. */
  readonly first: Entry
  /** One of each broker, in the order in which they were given. All have the same type, level and sentence. */
  readonly entries: readonly Entry[]
  /** What stands beside the sentence is the same too: the epoch it was written in, and the data but for what each knew before. */
  readonly agree: boolean
}

/** Brokers learn of the same thing at slightly different times, by clocks that differ a little. */
const sameWithinMs = 5_000

/**
 * Each broker writes down what it sees, so a new topic of three brokers is three entries; a person wants to read it once. Entries
 * of another sentence are another event, however near: who tells it differently stands in a line of its own. `entries` are in the
 * order of time; one broker that says the same twice tells of two events.
 */
export function toldEvents<Entry extends Told>(entries: readonly Entry[]): readonly ToldEvent<Entry>[] {
  const events: Entry[][] = []
  const open = new Map<string, Entry[][]>()
  for (const entry of entries) {
    const key = `${entry.type} ${entry.level} ${entry.text}`
    const recent = (open.get(key) ?? []).filter(([first]) => entry.at - first!.at <= sameWithinMs)
    const known = recent.find((told) => told.every(({ brokerId }) => brokerId !== entry.brokerId))
    if (known === undefined) {
      const event = [entry]
      events.push(event)
      recent.push(event)
    } else known.push(entry)
    open.set(key, recent)
  }
  return events.map((told) => ({ first: told[0]!, entries: told, agree: told.every((each) => agrees(each, told[0]!)) }))
}

function agrees(a: Told, b: Told): boolean {
  return a === b || (a.epoch === b.epoch && sorted(a.data) === sorted(b.data))
}

/** Of a teller and not of the event: one that was started again knew nothing before. */
const ownPast = 'previous'

/** The same for the same names and values, in whatever order they were written. */
function sorted(value: unknown): string {
  return (
    JSON.stringify(value, (name, each: unknown) =>
      name === ownPast
        ? undefined
        : typeof each === 'object' && each !== null && !Array.isArray(each)
          ? Object.fromEntries(Object.entries(each).toSorted(([x], [y]) => (x < y ? -1 : 1)))
          : each,
    ) ?? ''
  )
}
