import {
  crc32c,
  decodeRecordBatch,
  encodeRecordBatch,
  type RecordBatchHeader,
  readRecordBatchHeader,
  recordBatches,
} from '@yak/protocol'
import type { Log, LogAppend } from '../src/index.ts'

export interface BatchOptions {
  readonly values?: readonly string[]
  readonly timestamp?: number
  readonly timestamps?: readonly number[]
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly baseSequence?: number
}

export interface Batch {
  readonly bytes: Uint8Array
  readonly header: RecordBatchHeader
}

/** One batch; with a producer id it is an idempotent one. */
export function batchOf(options: BatchOptions = {}): Batch {
  const values = options.values ?? ['a']
  const records = values.map((value, index) => ({
    key: null,
    value,
    timestamp: options.timestamps?.[index] ?? options.timestamp ?? 1_700_000_000_000,
  }))
  const producer =
    options.producerId === undefined
      ? {}
      : {
          producerId: options.producerId,
          producerEpoch: options.producerEpoch ?? 0,
          baseSequence: options.baseSequence ?? 0,
        }
  const bytes = encodeRecordBatch(records, producer)
  return { bytes, header: readRecordBatchHeader(bytes) }
}

/** A batch of one record, as a producer sends it that gives no time. */
export function withoutTimestamp(batch: Uint8Array): Uint8Array {
  const bytes = Buffer.from(batch)
  bytes.writeBigInt64BE(-1n, 27)
  bytes.writeBigInt64BE(-1n, 35)
  bytes.writeUInt32BE(crc32c(bytes.subarray(21)), 17)
  return bytes
}

export function append(log: Log, options: BatchOptions & { readonly epoch?: number } = {}): LogAppend {
  const { bytes, header } = batchOf(options)
  return log.appendAsLeader(bytes, header, options.epoch ?? Math.max(1, log.fencedEpoch))
}

export async function appendSynced(
  log: Log,
  options: BatchOptions & { readonly epoch?: number } = {},
): Promise<LogAppend> {
  const appended = append(log, options)
  await appended.synced
  return appended
}

/** All bytes from an offset on, read in steps of `maxBytes`. */
export async function readBytes(log: Log, offset = log.logStartOffset, maxBytes = 65_536): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for (let next = offset; next < log.readableEndOffset; ) {
    const read = await log.read({ offset: next, maxBytes })
    if (read.nextOffset <= next) throw new Error(`The read at ${next} went nowhere`)
    parts.push(read.bytes)
    next = read.nextOffset
  }
  return Buffer.concat(parts)
}

export interface ReadRecord {
  readonly offset: number
  readonly value: string
  readonly epoch: number
}

export async function readRecords(log: Log, offset?: number, maxBytes?: number): Promise<ReadRecord[]> {
  return recordsOf(await readBytes(log, offset, maxBytes))
}

export function recordsOf(bytes: Uint8Array): ReadRecord[] {
  const records: ReadRecord[] = []
  for (const { position, header } of recordBatches(bytes)) {
    for (const record of decodeRecordBatch(bytes, position)) {
      records.push({ offset: record.offset, value: Buffer.from(record.value!).toString(), epoch: header.leaderEpoch })
    }
  }
  return records
}

export async function values(log: Log, offset?: number, maxBytes?: number): Promise<string[]> {
  return (await readRecords(log, offset, maxBytes)).map(({ value }) => value)
}
