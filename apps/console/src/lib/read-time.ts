import { formatTimestamp, isoTime, type Zone, zoneName } from './format.ts'

/** What a typed or pasted time means. `note`: what else it may have been meant as. */
export type TimeReading =
  | { readonly kind: 'none' }
  | { readonly kind: 'time'; readonly at: number; readonly note?: string }
  | { readonly kind: 'fault'; readonly problem: string }

/** In an error, and in the hint of a field: two of the forms that are taken. */
export const timeExample = '2026-11-29 14:05:03'

/**
 *     time = epoch | date [("T" | " ") clock [" "] [zone]]
 *     date = YYYY ("-" | "/") MM ("-" | "/") DD      clock = hh ":" mm [":" ss [("." | ",") digits]]
 *     zone = "Z" | "UTC" | "GMT" | "local" | ("+" | "-") hh [[":"] mm]
 *
 * Without a zone it is of the one that is shown, as the console writes its own times. An epoch is in milliseconds. What is finer
 * than a millisecond is left off. Nothing is guessed: 30 February is a fault, and so is a local time that the clocks skip.
 */
const form =
  /^(\d{4})[-/](\d\d?)[-/](\d\d?)(?:[T ]\s*(\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|UTC|GMT|local|[+-]\d\d(?::?\d\d)?)?)?$/i

/** Milliseconds of fewer digits are of 1973 at the latest: they may be seconds, unless those would be as old. */
const leastEpochDigits = 12
const leastSecondsDigits = 9

export function readTime(text: string, zone: Zone): TimeReading {
  const typed = text.trim().replaceAll('\u2212', '-')
  if (typed === '') return { kind: 'none' }
  if (/^\d+$/.test(typed)) return readEpoch(typed)
  const found = form.exec(typed)
  if (found === null)
    return fault(`This is no time. Write it as ${timeExample}, as ISO 8601, or as milliseconds since 1970.`)
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map((part) => Number(part ?? 0)) as Six
  const ms = Number((found[7] ?? '').slice(0, 3).padEnd(3, '0'))
  // Also as a date takes years before 100 for those of the last century.
  if (year < 1970) return fault('No message is older than 1970.')
  if (month < 1 || month > 12) return fault(`There is no month ${month}.`)
  if (day < 1 || day > new Date(Date.UTC(year, month, 0)).getUTCDate())
    return fault(`There is no day ${day} in month ${month} of ${year}.`)
  if (hour > 23) return fault(`There is no hour ${hour}: they go from 0 to 23.`)
  if (minute > 59) return fault(`There is no minute ${minute}.`)
  if (second > 59) return fault(`There is no second ${second}.`)
  const utc = Date.UTC(year, month - 1, day, hour, minute, second, ms)
  const named = found[8]?.toLowerCase() ?? (zone === 'utc' ? 'z' : 'local')
  if (named !== 'local') {
    const offset = offsetMinutes(named)
    return offset === null ? fault(`There is no zone ${found[8]}.`) : inRange(utc - offset * 60_000)
  }
  const local = new Date(year, month - 1, day, hour, minute, second, ms)
  if (local.getHours() !== hour || local.getMinutes() !== minute)
    return fault('Your clocks skip this time: they go forward then.')
  return inRange(local.getTime())
}

type Six = [number, number, number, number, number, number]

function readEpoch(digits: string): TimeReading {
  const at = Number(digits)
  if (isoTime(at) === undefined) return fault('This is further off than a date can be. Give milliseconds since 1970.')
  if (digits.length >= leastEpochDigits) return { kind: 'time', at }
  if (digits.length < leastSecondsDigits) return { kind: 'time', at }
  return { kind: 'time', at, note: `Read as milliseconds. If these are seconds, write ${digits}000.` }
}

/** Null: no such offset. */
function offsetMinutes(zone: string): number | null {
  if (!/^[+-]/.test(zone)) return 0
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(3).replace(':', ''))]
  if (hours > 23 || minutes > 59) return null
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
}

function inRange(at: number): TimeReading {
  return at >= 0 ? { kind: 'time', at } : fault('No message is older than 1970.')
}

const fault = (problem: string): TimeReading => ({ kind: 'fault', problem })

/** As `readTime` reads it again, in the zone that is shown: without milliseconds where there are none. */
export function timeText(at: number, zone: Zone): string {
  return formatTimestamp(at, zone).replace(/\.000$/, '')
}

/** The same in the other zone than the one that is shown; null: they are the same one then. */
export function otherZoneText(at: number, zone: Zone): string | null {
  const other: Zone = zone === 'utc' ? 'local' : 'utc'
  const text = timeText(at, other)
  return text === timeText(at, zone) ? null : `${text} ${zoneName(other)}`
}
