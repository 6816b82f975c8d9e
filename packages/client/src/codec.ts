import { parseJson, YakError } from '@yak/protocol'
import { readUtf8 } from '#platform'

/**
 * How a value becomes bytes and comes back. `json`: any JSON value, as UTF-8 text; bytes are none. `string`: text as UTF-8. `bytes`: as they
 * are. With `string` and `bytes`, null is a record without a value; with `json` it is the JSON value null.
 */
export type Codec = 'json' | 'string' | 'bytes'

export const CODECS: readonly Codec[] = ['json', 'string', 'bytes']

/** @throws YakError SERIALIZATION_FAILED */
export function encodeValue(codec: Codec, value: unknown): string | Uint8Array | null {
  if (codec === 'bytes') {
    if (value instanceof Uint8Array || value === null) return value
  } else if (codec === 'string') {
    if (typeof value === 'string') assertText('The value', value)
    if (typeof value === 'string' || value === null) return value
  } else {
    return encodeJson(value)
  }
  throw new YakError(
    'SERIALIZATION_FAILED',
    `The codec "${codec}" takes ${codec === 'bytes' ? 'a Uint8Array' : 'a string'} or null, not ${kindOf(value)}. ` +
      'Name another codec, on the producer or in the send.',
  )
}

/** UTF-8 cannot hold half of a surrogate pair: as bytes it would be another character. Throws SERIALIZATION_FAILED. */
export function assertText(what: string, text: string): void {
  if (text.isWellFormed()) return
  throw new YakError(
    'SERIALIZATION_FAILED',
    `${what} has half of a surrogate pair, which UTF-8 cannot hold. Send whole characters, or bytes.`,
  )
}

function encodeJson(value: unknown): string {
  // JSON.stringify would write them as an object of numbers, or as {}, and nobody would notice until they are read.
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    throw new YakError(
      'SERIALIZATION_FAILED',
      `${kindOf(value)} is no JSON value. Name the codec "bytes" to send a Uint8Array as it is.`,
    )
  }
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (cause) {
    throw new YakError('SERIALIZATION_FAILED', `The value cannot be written as JSON: ${(cause as Error).message}`, {
      cause,
    })
  }
  if (text !== undefined) return text
  throw new YakError('SERIALIZATION_FAILED', `${kindOf(value)} cannot be written as JSON. Send null, or leave it out.`)
}

/** @throws YakError DESERIALIZATION_FAILED */
export function decodeValue(codec: Codec, bytes: Uint8Array, start: number, end: number): unknown {
  if (codec === 'bytes') return bytes.subarray(start, end)
  const text = readUtf8(bytes, start, end)
  if (codec === 'string') return text
  try {
    return parseJson(text)
  } catch (cause) {
    throw new YakError(
      'DESERIALIZATION_FAILED',
      `The value is not JSON: ${(cause as Error).message}. Read it with the codec it was written with, or as \`valueBytes\`.`,
      { cause },
    )
  }
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : typeof value === 'object' ? value.constructor?.name || 'an object' : typeof value
}
