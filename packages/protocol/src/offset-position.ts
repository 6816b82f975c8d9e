/** A place in a partition as people write it. */
export type OffsetPosition = number | 'earliest' | 'latest' | { readonly timestampMs: number }

const ISO_TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/
const DAY = /^(\d{4})-(\d\d)-(\d\d)/

/**
 * Reads an offset (a number, or its digits), `earliest`, `latest`, or an ISO time with its zone; a date alone is its
 * midnight in UTC. Undefined for anything else. A negative offset is read: refusing it is the broker's to do.
 */
export function offsetPositionOf(value: unknown): OffsetPosition | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined
  if (typeof value !== 'string') return undefined
  if (value === 'earliest' || value === 'latest') return value
  if (/^-?\d{1,16}$/.test(value)) return offsetPositionOf(Number(value))
  if (!ISO_TIME.test(value) || !isDayOfCalendar(value)) return undefined
  const timestampMs = Date.parse(value)
  return Number.isNaN(timestampMs) ? undefined : { timestampMs }
}

/** Date.parse takes 30 February for 1 March. */
function isDayOfCalendar(text: string): boolean {
  const [, year, month, day] = DAY.exec(text)!.map(Number) as [number, number, number, number]
  const date = new Date(Date.UTC(year, month - 1, day))
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}
