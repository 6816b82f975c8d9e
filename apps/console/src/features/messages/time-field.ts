import { formatClock, formatDate, type Zone } from '../../lib/format.ts'

/** A time as `<input type="datetime-local">` has it, in the zone that is shown. Empty for none. */
export function fieldTime(at: number, zone: Zone): string {
  return Number.isNaN(at) ? '' : `${formatDate(at, zone)}T${formatClock(at, zone, false)}`
}

/** The ISO time that such a field means; null while it is not filled. */
export function isoOfField(text: string, zone: Zone): string | null {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(text)) return null
  const at = Date.parse(zone === 'utc' ? `${text}Z` : text)
  return Number.isNaN(at) ? null : new Date(at).toISOString()
}
