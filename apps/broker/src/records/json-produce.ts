import {
  type HeaderToEncode,
  LIMITS,
  partitionForKey,
  RecordBatchBuilder,
  type RecordToEncode,
  readRecordBatchHeader,
  YakError,
} from '@yak/protocol'
import type { RecordHeaders } from '@yak/protocol/schemas'
import type { Commit, Partition } from '../replication/partition.ts'
import type { Topic } from '../topics/topic.ts'
import type { AppendGate } from './append-gate.ts'

/** A value that is JSON text already, and is stored as it stands. */
export class JsonText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** A record as the JSON paths take it. */
export interface JsonRecord {
  /** Any JSON, or JsonText; numbers may be JSON.rawJSON, which keeps them as they were sent. */
  readonly value: unknown
  readonly key?: string | null | undefined
  readonly partition?: number | undefined
  readonly headers?: RecordHeaders | undefined
  /** Milliseconds since 1970. Default: now. */
  readonly timestamp?: number | undefined
}

/** Where a record went, or why it did not. */
export type RecordFate =
  | { readonly partition: number; readonly offset: number; readonly epoch: number; readonly timestamp: number }
  | { readonly error: YakError }

export interface JsonProduceOptions {
  readonly gate: AppendGate
  readonly maxRecordBytes: number
  readonly maxBatchBytes: number
  /** How long a commit is waited for. */
  readonly ackTimeoutMs: number
  readonly clock: () => number
}

interface PlacedRecord {
  readonly index: number
  readonly partition: number
  readonly timestamp: number
}

/** Records for one partition, on their way into a batch. */
interface OpenBatch {
  readonly partition: Partition
  readonly builder: RecordBatchBuilder
  placed: PlacedRecord[]
}

/**
 * Appends records to one topic, gathered into batches by partition, and tells what became of each: a record that is
 * refused leaves the others alone. Resolves when every batch is committed, refused, or not committed in time.
 *
 * Throws, with nothing appended, when the disk is full.
 */
export async function produceRecords(
  topic: Topic,
  records: readonly JsonRecord[],
  options: JsonProduceOptions,
): Promise<RecordFate[]> {
  options.gate.assertOpen()
  const fates = new Array<RecordFate>(records.length)
  const batches = new Map<number, OpenBatch>()
  const commits: Promise<void>[] = []
  for (const [index, record] of records.entries()) {
    try {
      const partition = partitionOf(topic, record)
      let batch = batches.get(partition)
      if (batch === undefined) {
        const builder = new RecordBatchBuilder({ maxBytes: options.maxBatchBytes })
        batch = { partition: topic.partition(partition), builder, placed: [] }
        batches.set(partition, batch)
      }
      const encoded = encodedRecord(record, options)
      if (batch.builder.tryAppend(encoded) < 0) {
        if (batch.placed.length > 0) {
          commits.push(appendBatch(topic, batch, fates, options))
          batch.builder.reset()
        }
        if (batch.builder.tryAppend(encoded) < 0) throw batchTooLarge(options.maxBatchBytes)
      }
      batch.placed.push({ index, partition, timestamp: encoded.timestamp })
    } catch (error) {
      if (!YakError.is(error)) throw error
      fates[index] = { error }
    }
  }
  for (const batch of batches.values()) {
    if (batch.placed.length > 0) commits.push(appendBatch(topic, batch, fates, options))
  }
  await Promise.all(commits)
  return fates
}

function partitionOf(topic: Topic, { partition, key }: JsonRecord): number {
  if (partition !== undefined) {
    topic.partition(partition)
    return partition
  }
  return key === undefined || key === null ? topic.takeTurn() : partitionForKey(key, topic.partitionCount)
}

/** As a batch takes it. Throws RECORD_TOO_LARGE or INVALID_RECORD. */
export function encodedRecord(record: JsonRecord, options: JsonProduceOptions): RecordToEncode {
  const key = record.key ?? null
  const value = record.value instanceof JsonText ? record.value.text : JSON.stringify(record.value)
  const headers = record.headers === undefined ? [] : headersOf(record.headers)
  let sizeBytes = Buffer.byteLength(key ?? '') + Buffer.byteLength(value)
  for (const header of headers) sizeBytes += Buffer.byteLength(header.key) + Buffer.byteLength(header.value ?? '')
  assertFits(sizeBytes, headers.length, options.maxRecordBytes)
  return { key, value, timestamp: record.timestamp ?? options.clock(), headers }
}

/** A record within its own limit, in a broker whose batches may be no larger than its records. */
export function batchTooLarge(maxBatchBytes: number): YakError {
  return new YakError(
    'BATCH_TOO_LARGE',
    `A batch of this record alone has more than ${maxBatchBytes} bytes, and no batch may. Send less, or raise --max-batch-bytes.`,
    { details: { maxBatchBytes } },
  )
}

function headersOf(headers: RecordHeaders): HeaderToEncode[] {
  return Object.entries(headers).flatMap(([key, values]) =>
    (Array.isArray(values) ? values : [values]).map((value) => ({
      key,
      value: typeof value === 'object' && value !== null ? Buffer.from(value.base64, 'base64') : value,
    })),
  )
}

function assertFits(sizeBytes: number, headerCount: number, maxRecordBytes: number): void {
  if (sizeBytes > maxRecordBytes) {
    throw new YakError(
      'RECORD_TOO_LARGE',
      `The record has ${sizeBytes} bytes of key, value and headers, and ${maxRecordBytes} are allowed. ` +
        'Send less, or raise --max-record-bytes.',
      { details: { sizeBytes, maxRecordBytes } },
    )
  }
  if (headerCount > LIMITS.maxHeadersPerRecord) {
    throw new YakError(
      'INVALID_RECORD',
      `The record has more than ${LIMITS.maxHeadersPerRecord} headers, and none may. Send fewer.`,
      { details: { maxHeaders: LIMITS.maxHeadersPerRecord } },
    )
  }
}

/** Takes what the batch holds. Never rejects: the fate of the batch is the fate of each of its records. */
async function appendBatch(
  topic: Topic,
  batch: OpenBatch,
  fates: RecordFate[],
  options: JsonProduceOptions,
): Promise<void> {
  const { partition, builder, placed } = batch
  const bytes = builder.build()
  const header = readRecordBatchHeader(bytes)
  batch.placed = []
  let timer: NodeJS.Timeout | undefined
  try {
    const { baseOffset, leaderEpoch } = await new Promise<Commit>((resolve, reject) => {
      partition.append(bytes, header, (error, commit) => {
        if (commit === undefined) {
          reject(error)
          return
        }
        options.gate.noteAppended(topic, header.recordCount, header.sizeBytes)
        resolve(commit)
      })
      timer = setTimeout(() => reject(notInTime(options.ackTimeoutMs)), options.ackTimeoutMs)
    })
    for (const [delta, { index, timestamp, partition: number }] of placed.entries()) {
      fates[index] = { partition: number, offset: baseOffset + delta, epoch: leaderEpoch, timestamp }
    }
  } catch (error) {
    if (!YakError.is(error)) throw error
    for (const { index } of placed) fates[index] = { error }
  } finally {
    clearTimeout(timer)
  }
}

function notInTime(ackTimeoutMs: number): YakError {
  return new YakError(
    'REQUEST_TIMED_OUT',
    `The write was not committed within ${ackTimeoutMs} ms (--ack-timeout-ms); it may still be. Read it back before you send it again.`,
  )
}
