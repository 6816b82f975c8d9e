/**
 * What a template may hold: `{{i}}` the number of the message from 1 on, `{{uuid}}`, `{{now}}` ISO time, `{{ms}}` milliseconds,
 * `{{int 1 9}}` a whole number from 1 to 9. Anything else in braces stays as it is.
 */
export interface PlaceholderSources {
  readonly index: number
  readonly nowMs: number
  /** In [0, 1). */
  readonly random: () => number
  readonly uuid: () => string
}

const PLACEHOLDER = /\{\{\s*(?:(i|uuid|now|ms)|int\s+(-?\d{1,15})\s+(-?\d{1,15}))\s*\}\}/g

export function hasPlaceholders(text: string): boolean {
  return text.search(PLACEHOLDER) !== -1
}

export function fillPlaceholders(text: string, { index, nowMs, random, uuid }: PlaceholderSources): string {
  return text.replace(PLACEHOLDER, (_all, name: string | undefined, from: string, to: string) => {
    switch (name) {
      case 'i':
        return String(index)
      case 'uuid':
        return uuid()
      case 'now':
        return new Date(nowMs).toISOString()
      case 'ms':
        return String(nowMs)
      default: {
        const [low, high] = [Math.min(Number(from), Number(to)), Math.max(Number(from), Number(to))]
        return String(low + Math.floor(random() * (high - low + 1)))
      }
    }
  })
}

/** For randomUUID, which a page has only in a secure context; http://10.0.0.5:5001 is none. */
export function uuidOf(bytes: Uint8Array): string {
  const hex = [...bytes]
    .map((byte, index) => (index === 6 ? (byte & 0x0f) | 0x40 : index === 8 ? (byte & 0x3f) | 0x80 : byte))
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}
