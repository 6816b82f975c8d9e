import { type OffsetPosition, offsetPositionOf } from '@yak/protocol'
import { UsageError } from '../arguments/usage-error.ts'

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Reads `--from`: earliest, latest, an offset, an ISO time with its zone, or how long ago: `30s`, `15m`, `2h`, `7d`. */
export function startPositionOf(text: string, nowMs: number): OffsetPosition {
  const ago = /^(\d{1,9})([smhd])$/.exec(text)
  const position =
    ago === null
      ? offsetPositionOf(text.replace(/^(\d{4}-\d\d-\d\d) (?=\d)/, '$1T'))
      : { timestampMs: nowMs - Number(ago[1]) * unitMs[ago[2]!]! }
  // No record is older than 1970.
  if (typeof position === 'object') return { timestampMs: Math.max(0, position.timestampMs) }
  if (position === undefined || (typeof position === 'number' && position < 0)) {
    const zone = /^\d{4}-\d\d-\d\d[T ]\d/.test(text) && !/(Z|[+-]\d\d:\d\d)$/.test(text)
    throw new UsageError(
      zone
        ? `--from is "${text}", a time without a zone. Write it as ${text.replace(' ', 'T')}Z for UTC, or with an offset such as +02:00.`
        : `--from is "${text}". Give earliest, latest, an offset, a time such as 2026-01-31T10:00:00Z, or how long ago: 30s, 15m, 2h, 7d.`,
      { name: text, known: ['earliest', 'latest'], prefix: '' },
    )
  }
  return position
}
