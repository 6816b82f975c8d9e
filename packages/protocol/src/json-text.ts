import { LIMITS } from './limits.ts'
import { YakError } from './yak-error.ts'

/** Numbers that may not survive a round trip through a double: a fraction, an exponent, sixteen digits, minus zero. */
const MAY_CHANGE = /\d[.eE]|\d{16}|-0/

const QUOTE = 0x22
const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

interface JsonWithSource {
  parse(text: string, reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown): unknown
  rawJSON(text: string): unknown
}

const { parse, rawJSON } = JSON as unknown as JsonWithSource

/**
 * JSON.parse that keeps numbers as they were sent: one that a double would change (`1.0`, `1e400`, twenty digits) becomes a
 * JSON.rawJSON object, which JSON.stringify writes back as it was. Other values are as JSON.parse gives them.
 *
 * @throws YakError INVALID_JSON
 */
export function parseJsonExact(text: string): unknown {
  // Each level takes an opening and a closing bracket, so a short text need not be looked at.
  if (text.length >= 2 * LIMITS.maxJsonDepth && depthOf(text) > LIMITS.maxJsonDepth) {
    throw notJson(`it nests deeper than ${LIMITS.maxJsonDepth} levels`)
  }
  try {
    return MAY_CHANGE.test(text) ? parse(text, keepNumber) : JSON.parse(text)
  } catch (cause) {
    throw notJson((cause as Error).message, cause)
  }
}

function notJson(reason: string, cause?: unknown): YakError {
  return new YakError('INVALID_JSON', `The text can not be read as JSON: ${reason}. Send valid JSON.`, { cause })
}

/**
 * The deepest nesting, where the text is JSON; anything where it is not, which JSON.parse finds out. Reviving and writing
 * a value use a stack frame for each level, and so must be kept from ever seeing too many.
 */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit === QUOTE) {
      index = endOfString(text, index)
    } else if (unit === OPEN_BRACE || unit === OPEN_BRACKET) {
      if (++depth > deepest) deepest = depth
    } else if (unit === CLOSE_BRACE || unit === CLOSE_BRACKET) {
      depth--
    }
  }
  return deepest
}

/** The index of the quote that ends the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit === BACKSLASH) index++
    else if (unit === QUOTE) return index
  }
  return text.length
}

function keepNumber(_key: string, value: unknown, context: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || context.source === undefined || String(value) === context.source) return value
  return rawJSON(context.source)
}
