import { YakError } from './yak-error.ts'

/** Numbers that may not survive a round trip through a double: a fraction, an exponent, sixteen digits, minus zero. */
const MAY_CHANGE = /\d[.eE]|\d{16}|-0/

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
  try {
    return MAY_CHANGE.test(text) ? parse(text, keepNumber) : JSON.parse(text)
  } catch (cause) {
    const reason = cause instanceof RangeError ? 'it is nested too deeply' : (cause as Error).message
    throw new YakError('INVALID_JSON', `The text is not JSON: ${reason}. Send valid JSON.`, { cause })
  }
}

function keepNumber(_key: string, value: unknown, context: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || context.source === undefined || String(value) === context.source) return value
  return rawJSON(context.source)
}
