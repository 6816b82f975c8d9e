import {
  type HeaderToEncode,
  LIMITS,
  partitionForKey,
  RecordBatchBuilder,
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
  readonly clock: () => number
}

/** Room that a batch's header and a record's lengths take besides key, value and headers. */
const batchOverheadBytes = 256

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
 * refused leaves the others alone. Resolves when every batch is committed or its fate cannot be known.
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
        const builder = new RecordBatchBuilder({ maxBytes: options.maxBatchBytes + batchOverheadBytes })
        batch = { partition: topic.partition(partition), builder, placed: [] }
        batches.set(partition, batch)
      }
      const full = place(record, { index, partition, timestamp: record.timestamp ?? options.clock() }, batch, options)
      if (full !== undefined) commits.push(appendBatch(topic, batch.partition, full.bytes, full.placed, fates, options))
    } catch (error) {
      if (!YakError.is(error)) throw error
      fates[index] = { error }
    }
  }
  for (const { partition, builder, placed } of batches.values()) {
    if (placed.length > 0) commits.push(appendBatch(topic, partition, builder.build(), placed, fates, options))
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

/** Writes the record into the partition's batch. Returns the batch before it when that was full. */
function place(
  record: JsonRecord,
  placed: PlacedRecord,
  batch: OpenBatch,
  options: JsonProduceOptions,
): { readonly bytes: Uint8Array; readonly placed: PlacedRecord[] } | undefined {
  const encoded = {
    key: record.key ?? null,
    value: record.value instanceof JsonText ? record.value.text : JSON.stringify(record.value),
    timestamp: placed.timestamp,
    headers: record.headers === undefined ? [] : headersOf(record.headers),
  }
  let sizeBytes = Buffer.byteLength(encoded.key ?? '') + Buffer.byteLength(encoded.value)
  for (const { key, value } of encoded.headers) sizeBytes += Buffer.byteLength(key) + Buffer.byteLength(value ?? '')
  assertFits(sizeBytes, encoded.headers.length, options.maxRecordBytes)
  if (batch.builder.tryAppend(encoded) >= 0) {
    batch.placed.push(placed)
    return undefined
  }
  const full = { bytes: batch.builder.build(), placed: batch.placed }
  batch.builder.reset()
  batch.builder.tryAppend(encoded)
  batch.placed = [placed]
  return full
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
      `The record has ${headerCount} headers, and ${LIMITS.maxHeadersPerRecord} are allowed. Send fewer.`,
      { details: { headerCount, maxHeaders: LIMITS.maxHeadersPerRecord } },
    )
  }
}

/** Never rejects: the fate of the batch is the fate of each of its records. */
async function appendBatch(
  topic: Topic,
  partition: Partition,
  bytes: Uint8Array,
  placed: readonly PlacedRecord[],
  fates: RecordFate[],
  options: JsonProduceOptions,
): Promise<void> {
  const header = readRecordBatchHeader(bytes)
  try {
    const { baseOffset, leaderEpoch } = await new Promise<Commit>((resolve, reject) => {
      partition.append(bytes, header, (error, commit) => (commit === undefined ? reject(error) : resolve(commit)))
    })
    options.gate.noteAppended(topic, header.recordCount, header.sizeBytes)
    for (const [delta, { index, timestamp, partition: number }] of placed.entries()) {
      fates[index] = { partition: number, offset: baseOffset + delta, epoch: leaderEpoch, timestamp }
    }
  } catch (error) {
    if (!YakError.is(error)) throw error
    for (const { index } of placed) fates[index] = { error }
  }
}
