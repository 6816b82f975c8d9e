import { isRawNumber } from './fields.ts'

const SHOWN_TEXT_LENGTH = 80

/** A value of a request as an error message shows it: short, however long it is. */
export function shown(input: unknown): string {
  if (typeof input === 'string') return JSON.stringify(shortened(input))
  if (Array.isArray(input)) return 'a list'
  if (typeof input === 'object' && input !== null) return isRawNumber(input) ? input.rawJSON : 'an object'
  return String(input)
}

export function shortened(text: string): string {
  return text.length > SHOWN_TEXT_LENGTH ? `${text.slice(0, SHOWN_TEXT_LENGTH)}…` : text
}
