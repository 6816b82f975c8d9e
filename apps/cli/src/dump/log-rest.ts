import { readBatchHead } from '@yak/log'
import { RECORD_BATCH_HEADER_BYTES, verifyRecordBatchChecksum } from '@yak/protocol'
import type { ReadableFile } from './readable-file.ts'

const windowBytes = 1_048_576

export async function isAllZeros(file: ReadableFile, start: number, end: number): Promise<boolean> {
  const window = Buffer.alloc(windowBytes)
  const zeros = Buffer.alloc(windowBytes)
  for (let position = start; position < end; position += windowBytes) {
    const count = await file.read(window.subarray(0, Math.min(windowBytes, end - position)), position)
    if (window.compare(zeros, 0, count, 0, count) !== 0) return false
  }
  return true
}

/** Position of the first batch from `start` on that is whole, its checksum included; byte by byte, for none begins here. */
export async function findWholeBatch(file: ReadableFile, start: number, end: number): Promise<number | undefined> {
  const window = Buffer.alloc(windowBytes + RECORD_BATCH_HEADER_BYTES)
  for (let position = start; position + RECORD_BATCH_HEADER_BYTES <= end; position += windowBytes) {
    const count = await file.read(window.subarray(0, Math.min(window.length, end - position)), position)
    for (let index = 0; index < windowBytes && index + RECORD_BATCH_HEADER_BYTES <= count; index++) {
      const head = readBatchHead(window, index)
      if (head === undefined || position + index + head.sizeBytes > end) continue
      const batch = Buffer.alloc(head.sizeBytes)
      await file.read(batch, position + index)
      if (verifyRecordBatchChecksum(batch)) return position + index
    }
  }
  return undefined
}
