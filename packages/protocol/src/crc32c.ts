import { crc32cOfRange } from '#crc32c'

/** The CRC-32C (Castagnoli) of `bytes`, as an unsigned 32-bit number. `seed` is the CRC of the bytes before them. */
export function crc32c(bytes: Uint8Array, seed = 0): number {
  return crc32cOfRange(bytes, 0, bytes.length, seed)
}
