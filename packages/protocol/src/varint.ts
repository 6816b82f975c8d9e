/**
 * Zigzag varints, as records use them.
 *
 *     zigzag(n) = n >= 0 ? 2n : -2n - 1
 *     varint    = 7 bits a byte, lowest first; bit 7 of a byte: another follows. At most 5 bytes.
 *     varlong   = the same over 64 bits. At most 10 bytes.
 *
 * Only the writing side stands here; the reading side is RecordCursor, where it has to know the record's end.
 */

/** `value` must be an int32. */
export function varintSizeBytes(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0
  if (zigzag < 0x80) return 1
  if (zigzag < 0x4000) return 2
  if (zigzag < 0x20_0000) return 3
  return zigzag < 0x1000_0000 ? 4 : 5
}

/** Returns the position after it. `value` must be an int32. */
export function writeVarint(bytes: Uint8Array, position: number, value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  while (rest >= 0x80) {
    bytes[position++] = rest | 0x80
    rest >>>= 7
  }
  bytes[position++] = rest
  return position
}

const fitsVarint = (value: number): boolean => value === (value | 0)

/** `value` must be a safe integer. */
export function varlongSizeBytes(value: number): number {
  if (fitsVarint(value)) return varintSizeBytes(value)
  // The first byte holds the sign and six bits, each further one seven.
  let rest = Math.floor(value >= 0 ? value / 64 : (-value - 1) / 64)
  let sizeBytes = 1
  for (; rest > 0; rest = Math.floor(rest / 128)) sizeBytes++
  return sizeBytes
}

/** Returns the position after it. `value` must be a safe integer. */
export function writeVarlong(bytes: Uint8Array, position: number, value: number): number {
  if (fitsVarint(value)) return writeVarint(bytes, position, value)
  const magnitude = value >= 0 ? value : -value - 1
  let rest = Math.floor(magnitude / 64)
  bytes[position++] = ((magnitude % 64) << 1) | (value < 0 ? 1 : 0) | (rest > 0 ? 0x80 : 0)
  while (rest > 0) {
    const next = Math.floor(rest / 128)
    bytes[position++] = (rest % 128) | (next > 0 ? 0x80 : 0)
    rest = next
  }
  return position
}
