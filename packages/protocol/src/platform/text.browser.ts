const encoder = new TextEncoder()
/** A byte order mark is a character like any other; nothing that was sent is left out. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** The length of `text` in UTF-8; a lone surrogate counts as U+FFFD, which it is written as. */
export function utf8SizeBytes(text: string): number {
  let sizeBytes = text.length
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) continue
    sizeBytes++
    if (unit < 0x800) continue
    sizeBytes++
    // A pair is two units and four bytes.
    if (unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00) index++
  }
  return sizeBytes
}

/** Writes `text` if it takes exactly `sizeBytes` in UTF-8; false otherwise. May write up to four bytes beyond it. */
export function writeUtf8(bytes: Uint8Array, position: number, text: string, sizeBytes: number): boolean {
  return encoder.encodeInto(text, bytes.subarray(position, position + sizeBytes + 4)).written === sizeBytes
}

export function readUtf8(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, end))
}

/** Bytes to be filled; what is in them before is arbitrary. */
export function allocateBytes(sizeBytes: number): Uint8Array {
  return new Uint8Array(sizeBytes)
}

export function utf8(text: string): Uint8Array {
  return encoder.encode(text)
}

const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Undefined for bytes that are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return strictDecoder.decode(bytes)
  } catch {
    return undefined
  }
}

export function base64Of(bytes: Uint8Array): string {
  let units = ''
  for (const byte of bytes) units += String.fromCharCode(byte)
  return btoa(units)
}
