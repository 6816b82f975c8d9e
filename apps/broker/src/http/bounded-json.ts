import { YakError } from '@yak/protocol'

/** Objects, arrays and members of them in one body. Each takes some tens of bytes once it is parsed. */
const maxJsonValues = 1_000_000

/** Shorter bodies cannot grow to anything that matters. */
const uncheckedBytes = 262_144

const quote = 0x22
const comma = 0x2c
const openBracket = 0x5b
const backslash = 0x5c
const openBrace = 0x7b

/**
 * Refuses JSON that would unpack to far more memory than it came in: 16 MiB of `[{},{},…]` make five million objects.
 * Counts outside of strings, before anything is parsed. Throws BODY_TOO_LARGE.
 */
export function assertBoundedJson(body: Uint8Array): void {
  if (body.length <= uncheckedBytes) return
  let values = 0
  let isInString = false
  for (let position = 0; position < body.length; position++) {
    const byte = body[position]!
    if (isInString) {
      if (byte === backslash) position++
      else if (byte === quote) isInString = false
    } else if (byte === quote) isInString = true
    else if (byte === comma || byte === openBrace || byte === openBracket) values++
  }
  if (values > maxJsonValues) {
    throw new YakError(
      'BODY_TOO_LARGE',
      `The JSON has ${values} values, and ${maxJsonValues} are allowed. Send less in one request.`,
      { details: { values, maxJsonValues } },
    )
  }
}
