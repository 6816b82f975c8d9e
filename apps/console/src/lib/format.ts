/** How the console writes numbers and times. Everything is in one place so that the same thing always looks the same. */

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** `12 345`: spaces, so that columns of digits stay columns, nobody reads a decimal comma, and no line breaks in a number. */
export function formatCount(value: number): string {
  return whole.format(value).replaceAll(',', '\u00a0')
}

/** An offset of an address, which may have more digits than a number holds. */
export function formatOffset(digits: string): string {
  return whole.format(BigInt(digits)).replaceAll(',', '\u00a0')
}

const shortUnits = [
  ['', 1],
  ['k', 1e3],
  ['M', 1e6],
  ['G', 1e9],
  ['T', 1e12],
] as const

/** Three digits say how fast; what changes each second has no use for more. Null is not known. `9.5`, `640`, `1.23k`, `45.1M`. */
export function formatRate(value: number | null): string {
  if (value === null) return '–'
  if (value === 0) return '0'
  if (value < 9.95) return value.toFixed(1)
  const [unit, factor] = shortUnits.find(([, each]) => value < each * 999.5) ?? shortUnits.at(-1)!
  const scaled = value / factor
  return `${scaled.toFixed(unit === '' || scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2)}${unit}`
}

/** A line of a scale of rates, in few letters: `0.5`, `500`, `1.5k`. */
export function formatTick(value: number): string {
  const [unit, factor] = shortUnits.findLast(([, each]) => Math.abs(value) >= each) ?? shortUnits[0]
  return `${Number((value / factor).toFixed(2))}${unit}`
}

/** `512 B`, `1.4 MiB`: powers of 1024. */
export function formatBytes(bytes: number): string {
  if (Math.abs(bytes) < 1_024) return `${bytes} B`
  let scaled = bytes
  for (const unit of ['KiB', 'MiB', 'GiB', 'TiB']) {
    scaled /= 1_024
    if (Math.abs(scaled) < 1_023.5 || unit === 'TiB')
      return `${scaled.toFixed(Math.abs(scaled) < 9.95 ? 1 : 0)} ${unit}`
  }
  return `${bytes} B`
}

/** `840 ms`, `2.4 s`, `3 min 12 s`, `5 h 2 min`, `3 d 4 h`: the two largest units at most. */
export function formatDuration(ms: number): string {
  // What would round up to the next unit is told in it: `1.0 s`, not `1000 ms`.
  if (ms < 999.5) return `${Math.max(0, Math.round(ms))} ms`
  if (ms < 59_500) return `${(ms / 1_000).toFixed(ms < 9_950 ? 1 : 0)} s`
  if (ms < 60_000) return '1 min 0 s'
  const seconds = Math.floor(ms / 1_000)
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3_600) % 24,
    Math.floor(seconds / 60) % 60,
  ]
  if (days > 0) return `${days} d ${hours} h`
  if (hours > 0) return `${hours} h ${minutes} min`
  return `${minutes} min ${seconds % 60} s`
}

/** A length of time that was chosen: `7 d`, `15 min`, where one that was measured says `7 d 0 h`, `15 min 0 s`. */
export function formatSpan(ms: number): string {
  return formatDuration(ms)
    .replace(/ 0 (?:s|min|h)$/, '')
    .replace(/\.0 s$/, ' s')
}

/** A length of one unit, as a step of a scale is: `500 ms`, `30 min`, `7 d`. */
export function formatStep(ms: number): string {
  for (const [unit, size] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1_000],
  ] as const) {
    if (ms >= size && ms % size === 0) return `${formatCount(ms / size)} ${unit}`
  }
  return `${formatCount(ms)} ms`
}

/** `now`, `4 s ago`, `3 min ago`; a time ahead of this clock is `now` too, since clocks differ. */
export function formatAge(ms: number): string {
  return ms < 1_000 ? 'now' : `${largestUnit(ms)} ago`
}

/** `at the end`, `4 s before`, `3 min before`: of a snapshot, where nothing is now. */
export function formatBefore(ms: number): string {
  return ms < 1_000 ? 'at the end' : `${largestUnit(ms)} before`
}

function largestUnit(ms: number): string {
  if (ms < 60_000) return `${Math.floor(ms / 1_000)} s`
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min`
  if (ms < 86_400_000) return `${Math.floor(ms / 3_600_000)} h`
  return `${Math.floor(ms / 86_400_000)} d`
}

export type Zone = 'utc' | 'local'

const pad = (value: number, length = 2) => String(value).padStart(length, '0')

/** The last moment that a date can name, in the year 275760; what a record may carry goes beyond. */
const latestDate = 8.64e15

/** `2026-11-24T14:03:12.482Z`; undefined: no date can name it. */
export function isoTime(at: number): string | undefined {
  return at >= 0 && at <= latestDate ? new Date(at).toISOString() : undefined
}

/** `14:03:12.482`; the number of milliseconds where no date can name it. */
export function formatClock(at: number, zone: Zone, withMs = true): string {
  if (at > latestDate) return `${at} ms`
  const date = new Date(at)
  const parts =
    zone === 'utc'
      ? [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds(), date.getUTCMilliseconds()]
      : [date.getHours(), date.getMinutes(), date.getSeconds(), date.getMilliseconds()]
  const clock = `${pad(parts[0]!)}:${pad(parts[1]!)}:${pad(parts[2]!)}`
  return withMs ? `${clock}.${pad(parts[3]!, 3)}` : clock
}

/** `2026-11-24`. */
export function formatDate(at: number, zone: Zone): string {
  if (at > latestDate) return `${at} ms`
  const date = new Date(at)
  return zone === 'utc'
    ? `${date.getUTCFullYear()}-${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())}`
    : `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`
}

/** The clock alone today, the date before it on another day: `2026-11-24 14:03:12`. */
export function formatDatedClock(at: number, zone: Zone, now: number, withMs = true): string {
  const clock = formatClock(at, zone, withMs)
  const date = formatDate(at, zone)
  return at > latestDate || date === formatDate(now, zone) ? clock : `${date} ${clock}`
}

/** `2026-11-24 14:03:12.482`, for titles and tables; -1 is no time. */
export function formatTimestamp(at: number, zone: Zone): string {
  if (at < 0) return 'no time'
  return at > latestDate ? `${at} ms` : `${formatDate(at, zone)} ${formatClock(at, zone)}`
}

/** What stands beside a time or above a column of them. */
export function zoneName(zone: Zone): string {
  return zone === 'utc' ? 'UTC' : 'local'
}

/** `1 broker`, `3 brokers`. */
export function plural(count: number, one: string, many: string = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}
