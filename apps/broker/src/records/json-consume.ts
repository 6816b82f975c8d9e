import {
  type RecordBytes,
  RecordCursor,
  type RecordText,
  recordBatches,
  recordText,
  recordTextJson,
  YakError,
} from '@yak/protocol'
import type { AnswerBudget } from '../answer-budget.ts'
import type { BrokerMetrics } from '../metrics/broker-metrics.ts'
import type { Partition } from '../replication/partition.ts'
import type { Topic } from '../topics/topic.ts'
import type { WaitingFetches } from './binary-fetch.ts'
import { type WaitEnd, waitForRecords } from './fetch-wait.ts'
import { assertOffsetInRange, offsetOfPosition, type ReadPosition } from './read-position.ts'

export interface JsonConsumeOptions {
  readonly answers: AnswerBudget
  readonly metrics: BrokerMetrics
  readonly waits: WaitingFetches
  /** Throws NOT_LEADER or LEADER_NOT_AVAILABLE. */
  readonly assertLeading: () => void
}

export interface ConsumeRequest {
  readonly partition: number
  readonly position: ReadPosition
  /** Records at most. */
  readonly limit: number
  /** Bytes of record batches to read at most; one batch is always read. */
  readonly maxBytes: number
  readonly maxWaitMs: number
}

export interface ConsumedRecords {
  readonly records: readonly RecordText[]
  readonly nextOffset: number
  readonly logStartOffset: number
  readonly highWatermark: number
  /** Counts against the answer budget until released. */
  readonly sizeBytes: number
}

/** Committed records of one partition. With `maxWaitMs` it waits for the first, when there is none yet. */
export async function consumeRecords(
  topic: Topic,
  request: ConsumeRequest,
  end: WaitEnd,
  options: JsonConsumeOptions,
): Promise<ConsumedRecords> {
  const partition = topic.partition(request.partition)
  const offset = await offsetOfPosition(partition, request.position)
  const deadline = performance.now() + request.maxWaitMs
  let isOver = false
  const stopListening = end.onEnd(() => {
    isOver = true
  })
  try {
    while (true) {
      assertOffsetInRange(partition, offset)
      const { highWatermark: visible } = partition.visible()
      const { highWatermark } = partition
      if (visible !== null && offset < visible) return await read(topic, partition, offset, request, options)
      const remainingMs = deadline - performance.now()
      if (!isOver && remainingMs > 0) {
        await options.waits.during(() => waitForRecords([{ partition, highWatermark }], 1, remainingMs, end))
      }
      if (isOver || remainingMs <= 0) {
        const { logStartOffset } = partition
        const known = visible ?? partition.visibleHighWatermark()
        return { records: [], nextOffset: offset, logStartOffset, highWatermark: known, sizeBytes: 0 }
      }
      options.assertLeading()
    }
  } finally {
    stopListening()
  }
}

async function read(
  topic: Topic,
  partition: Partition,
  offset: number,
  request: ConsumeRequest,
  { answers, metrics }: JsonConsumeOptions,
): Promise<ConsumedRecords> {
  await answers.startReading()
  let sizeBytes = 0
  try {
    const { bytes, nextOffset } = await partition.read(offset, Math.min(request.maxBytes, answers.maxAnswerBytes))
    sizeBytes = bytes.length
    const records = recordsFrom(bytes, offset, request.limit, partition.name)
    topic.counters.bytesOut += sizeBytes
    metrics.recordsOut.add(records.length)
    metrics.bytesOut.add(sizeBytes)
    const last = records.at(-1)
    return {
      records,
      nextOffset: records.length === request.limit && last !== undefined ? last.offset + 1 : nextOffset,
      logStartOffset: partition.logStartOffset,
      highWatermark: partition.visibleHighWatermark(),
      sizeBytes,
    }
  } finally {
    answers.doneReading(sizeBytes)
  }
}

/** Throws LOG_DAMAGED: what was good when it was appended and is not now was damaged on the disk. */
export function recordsFrom(bytes: Uint8Array, offset: number, limit: number, partition: string): RecordText[] {
  try {
    return decodedRecords(bytes, offset, limit)
  } catch (cause) {
    if (!YakError.is(cause)) throw cause
    throw new YakError(
      'LOG_DAMAGED',
      `A batch of ${partition} at or after offset ${offset} is damaged: ${cause.message} Consume from beyond it, and check the disk.`,
      { cause, details: { offset } },
    )
  }
}

function decodedRecords(bytes: Uint8Array, offset: number, limit: number): RecordText[] {
  const records: RecordText[] = []
  for (const { position, header } of recordBatches(bytes)) {
    const cursor = new RecordCursor(bytes, position, { header })
    while (records.length < limit && cursor.next()) {
      if (cursor.offset >= offset) records.push(recordText(bytesOf(cursor)))
    }
    if (records.length >= limit) break
  }
  return records
}

function bytesOf(cursor: RecordCursor): RecordBytes {
  const { bytes, offset, timestamp, header, keyStart, valueStart } = cursor
  return {
    offset,
    timestamp,
    epoch: header.leaderEpoch,
    key: keyStart < 0 ? null : bytes.subarray(keyStart, cursor.keyEnd),
    value: valueStart < 0 ? null : bytes.subarray(valueStart, cursor.valueEnd),
    headers: cursor.headerCount === 0 ? [] : cursor.headers(),
  }
}

/** The answer of GET /consume, with each value spliced in as the JSON it is. */
export function consumeResponseText(topic: string, partition: number, consumed: ConsumedRecords): string {
  const records = consumed.records.map(recordTextJson).join(',')
  return (
    `{"topic":${JSON.stringify(topic)},"partition":${partition},"records":[${records}],` +
    `"nextOffset":${consumed.nextOffset},"logStartOffset":${consumed.logStartOffset},"highWatermark":${consumed.highWatermark}}`
  )
}
