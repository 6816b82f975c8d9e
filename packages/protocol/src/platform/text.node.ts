import { Buffer, isUtf8 } from 'node:buffer'

/** Up to this length a loop over the characters is faster than the call into native code. */
const LOOP_MAX_LENGTH = 32

/** Buffer's own methods, which need no range checks from us and make no object for each call. */
const { utf8Write, utf8Slice, latin1Slice } = Buffer.prototype as unknown as {
  utf8Write(this: Uint8Array, text: string, position: number, maxBytes: number): number
  utf8Slice(this: Uint8Array, start: number, end: number): string
  latin1Slice(this: Uint8Array, start: number, end: number): string
}

/** The length of `text` in UTF-8; a lone surrogate counts as U+FFFD, which it is written as. */
export function utf8SizeBytes(text: string): number {
  const length = text.length
  if (length <= LOOP_MAX_LENGTH) {
    let index = 0
    while (index < length && text.charCodeAt(index) < 0x80) index++
    if (index === length) return length
  }
  return Buffer.byteLength(text)
}

/** Writes `text` if it takes exactly `sizeBytes` in UTF-8; false otherwise. May write up to four bytes beyond it. */
export function writeUtf8(bytes: Uint8Array, position: number, text: string, sizeBytes: number): boolean {
  if (sizeBytes <= LOOP_MAX_LENGTH && text.length === sizeBytes) {
    for (let index = 0; index < sizeBytes; index++) {
      const unit = text.charCodeAt(index)
      if (unit >= 0x80) return false
      bytes[position + index] = unit
    }
    return true
  }
  // Four bytes more than expected: one character never takes more, so a longer text always shows.
  return utf8Write.call(bytes, text, position, sizeBytes + 4) === sizeBytes
}

export function readUtf8(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= LOOP_MAX_LENGTH) {
    let position = start
    while (position < end && bytes[position]! < 0x80) position++
    if (position === end) return latin1Slice.call(bytes, start, end)
  }
  return utf8Slice.call(bytes, start, end)
}

/**
 * Bytes to be filled; what is in them before is arbitrary. Small ones are cut from Node's pool, large ones are not zeroed:
 * both cost a tenth of `new Uint8Array`.
 */
export function allocateBytes(sizeBytes: number): Uint8Array {
  return Buffer.allocUnsafe(sizeBytes)
}

export function utf8(text: string): Uint8Array {
  return Buffer.from(text)
}

/** Undefined for bytes that are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  return isUtf8(bytes) ? readUtf8(bytes, 0, bytes.length) : undefined
}

export function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
