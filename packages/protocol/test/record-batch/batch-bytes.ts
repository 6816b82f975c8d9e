import { crc32c, YakError } from '../../src/index.ts'

/** Batches made by hand, so that they can be wrong in one place and right in all others. */

export interface HeaderFields {
  readonly baseOffset?: bigint
  readonly batchLength?: number
  readonly magic?: number
  readonly attributes?: number
  readonly lastOffsetDelta?: number
  readonly baseTimestamp?: bigint
  readonly maxTimestamp?: bigint
  readonly producerId?: bigint
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly recordCount?: number
}

/** `records` as they stand in the batch, already compressed where the attributes say so. */
export function batchOf(records: Uint8Array, count: number, fields: HeaderFields = {}): Uint8Array {
  const bytes = new Uint8Array(61 + records.length)
  const view = new DataView(bytes.buffer)
  view.setBigInt64(0, fields.baseOffset ?? 0n)
  view.setInt32(8, fields.batchLength ?? 49 + records.length)
  view.setInt32(12, -1)
  view.setInt8(16, fields.magic ?? 2)
  view.setInt16(21, fields.attributes ?? 0)
  view.setInt32(23, fields.lastOffsetDelta ?? count - 1)
  view.setBigInt64(27, fields.baseTimestamp ?? 1_000n)
  view.setBigInt64(35, fields.maxTimestamp ?? 1_000n)
  view.setBigInt64(43, fields.producerId ?? -1n)
  view.setInt16(51, fields.producerEpoch ?? -1)
  view.setInt32(53, fields.baseSequence ?? -1)
  view.setInt32(57, fields.recordCount ?? count)
  bytes.set(records, 61)
  return resealed(bytes)
}

/** With the checksum that belongs to its bytes. */
export function resealed(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes)
  new DataView(copy.buffer).setUint32(17, crc32c(copy.subarray(21)))
  return copy
}

/** A record of the bytes after its length; a length other than its own can be claimed. */
export function recordOf(body: readonly number[], length: number = body.length): number[] {
  return [...varint(length), ...body]
}

export function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  for (; rest >= 128; rest >>>= 7) bytes.push((rest & 127) | 128)
  return [...bytes, rest]
}

export function codeOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (YakError.is(error)) return error.code
    throw error
  }
  return 'no error'
}
