import { endOfString, isName } from './json-names.ts'
import { YakError } from './yak-error.ts'

const QUOTE = 0x22
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/**
 * The name of a field that an object of the text has twice: JSON.parse keeps the last one and drops the other without a word.
 * Undefined when no object has. `value` is what parseJsonExact made of the text: each field has a colon outside of strings, so
 * the text has as many as the value has fields unless one was dropped, and only then is it looked for. Without it the text is
 * looked through, which takes longer, and stands any depth.
 */
export function repeatedField(text: string, value?: unknown): string | undefined {
  return value !== undefined && colonsOf(text) === fieldsOf(value) ? undefined : firstRepeated(text)
}

/** That the `what` with this field is refused. */
export function fieldTwice(name: string, what: 'body' | 'frame'): YakError {
  const shown = JSON.stringify(name.length > MAX_SHOWN_LENGTH ? `${name.slice(0, MAX_SHOWN_LENGTH)}…` : name)
  return new YakError('INVALID_REQUEST', `The ${what} has the field ${shown} twice in one object. Send it once.`)
}

const MAX_SHOWN_LENGTH = 80

function colonsOf(text: string): number {
  let count = 0
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit === QUOTE) index = endOfString(text, index)
    else if (unit === COLON) count++
  }
  return count
}

const { isRawJSON } = JSON as unknown as { isRawJSON(value: unknown): boolean }

function fieldsOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let count = 0
  if (Array.isArray(value)) {
    for (const item of value) count += fieldsOf(item)
    return count
  }
  // A number that was kept as its text.
  if (isRawJSON(value)) return 0
  for (const key in value) count += 1 + fieldsOf((value as Readonly<Record<string, unknown>>)[key])
  return count
}

function firstRepeated(text: string): string | undefined {
  /** Of the objects and arrays that are open; an array has none. */
  const open: Set<string>[] = []
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit === OPEN_BRACE || unit === OPEN_BRACKET) open.push(new Set())
    else if (unit === CLOSE_BRACE || unit === CLOSE_BRACKET) open.pop()
    else if (unit === QUOTE) {
      const end = endOfString(text, index)
      if (isName(text, end + 1)) {
        const name = JSON.parse(text.slice(index, end + 1)) as string
        const names = open.at(-1)
        if (names?.has(name)) return name
        names?.add(name)
      }
      index = end
    }
  }
  return undefined
}
