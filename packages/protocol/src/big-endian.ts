/**
 * Big-endian integers in byte arrays, without a DataView for each and without BigInt.
 *
 * An i64 is read as `high * 2^32 + low`, which rounds once it is beyond 2^53. Rounding never brings an unsafe value back
 * into the safe range, so `Number.isSafeInteger` on the result tells the caller whether the number is exact; callers must
 * ask. The caller also checks that the bytes are there.
 */
const TWO_TO_32 = 4_294_967_296

export function readInt16(bytes: Uint8Array, position: number): number {
  return ((bytes[position]! << 24) >> 16) | bytes[position + 1]!
}

export function readUint16(bytes: Uint8Array, position: number): number {
  return (bytes[position]! << 8) | bytes[position + 1]!
}

export function readInt32(bytes: Uint8Array, position: number): number {
  return (bytes[position]! << 24) | (bytes[position + 1]! << 16) | (bytes[position + 2]! << 8) | bytes[position + 3]!
}

export function readUint32(bytes: Uint8Array, position: number): number {
  return readInt32(bytes, position) >>> 0
}

export function readInt64(bytes: Uint8Array, position: number): number {
  return readInt32(bytes, position) * TWO_TO_32 + readUint32(bytes, position + 4)
}

export function writeInt16(bytes: Uint8Array, position: number, value: number): void {
  bytes[position] = value >>> 8
  bytes[position + 1] = value
}

export function writeInt32(bytes: Uint8Array, position: number, value: number): void {
  bytes[position] = value >>> 24
  bytes[position + 1] = value >>> 16
  bytes[position + 2] = value >>> 8
  bytes[position + 3] = value
}

/** `value` must be a safe integer. */
export function writeInt64(bytes: Uint8Array, position: number, value: number): void {
  writeInt32(bytes, position, Math.floor(value / TWO_TO_32))
  writeInt32(bytes, position + 4, value | 0)
}
