import { randomInt } from 'node:crypto'
import { YakError } from '@yak/protocol'

/**
 * Objects, arrays and members of them in one body. Each takes some tens of bytes once it is parsed, and up to two microseconds until it
 * is, in which nothing else in the broker gets on, its lease among it.
 */
const maxJsonValues = 500_000

/** Names of fields in one body, each counted once. One takes microseconds where it is met first, and nearly nothing from then on. */
const maxJsonNames = 100_000

/** Shorter bodies cannot grow to anything that matters, in memory or in time. */
export const smallJsonBytes = 262_144

const quote = 0x22
const comma = 0x2c
const colon = 0x3a
const openBracket = 0x5b
const backslash = 0x5c
const openBrace = 0x7b

/**
 * Refuses JSON that would unpack to far more memory than it came in, as 16 MiB of `[{},{},…]` make five million objects, and JSON whose
 * names would take seconds to read. Counts outside of strings, before anything is parsed. Throws BODY_TOO_LARGE.
 */
export function assertBoundedJson(body: Uint8Array): void {
  if (body.length <= smallJsonBytes) return
  let values = 0
  let isInString = false
  let hash = 0
  const names = new NameCount()
  for (let position = 0; position < body.length; position++) {
    const byte = body[position]!
    if (isInString) {
      if (byte === quote) isInString = false
      else {
        hash = Math.imul(hash ^ byte, hashPrime)
        if (byte === backslash) hash = Math.imul(hash ^ (body[++position] ?? 0), hashPrime)
      }
    } else if (byte === quote) {
      isInString = true
      hash = hashSeed
    } else if (byte === colon) names.add(hash)
    else if (byte === comma || byte === openBrace || byte === openBracket) values++
  }
  if (values > maxJsonValues) {
    throw new YakError(
      'BODY_TOO_LARGE',
      `The JSON has ${values} values, and ${maxJsonValues} are allowed. Send less in one request.`,
      { details: { values, maxJsonValues } },
    )
  }
  if (names.count > maxJsonNames) {
    throw new YakError(
      'BODY_TOO_LARGE',
      `The JSON has more than ${maxJsonNames} different names of fields, and no request may. Send less in one request.`,
      { details: { maxJsonNames } },
    )
  }
}

/** FNV-1a, begun where nobody outside can know: whoever knew it could find names that count as one. */
const hashPrime = 16_777_619
const hashSeed = randomInt(2 ** 32)

const slotBits = 20

/** How many different names there are, told apart by their hashes: a few in a hundred fewer than there are. */
class NameCount {
  readonly #slots = new Uint8Array(2 ** slotBits)
  count = 0

  add(hash: number): void {
    const slot = hash >>> (32 - slotBits)
    if (this.#slots[slot] === 1) return
    this.#slots[slot] = 1
    this.count++
  }
}
