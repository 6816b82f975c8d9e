import { type RecordBytes, RecordCursor, recordBatches, recordText, recordTextJson, YakError } from '@yak/protocol'
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
  /** Bytes of record batches to read at most; one batch is always read. What they unpack to is bounded by the answer budget. */
  readonly maxBytes: number
  readonly maxWaitMs: number
}

export interface ConsumedRecords {
  /** Each as JSON. */
  readonly records: readonly string[]
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
      // First whether it is there at all: a log that is gone has no offsets to be within.
      const { highWatermark: visible } = partition.visible()
      assertOffsetInRange(partition, offset)
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
  let readBytes = 0
  let sizeBytes = 0
  try {
    const { bytes, nextOffset } = await partition.read(offset, Math.min(request.maxBytes, answers.maxAnswerBytes))
    readBytes = bytes.length
    const room = { maxRecords: request.limit, maxBytes: answers.maxAnswerBytes }
    const { texts, sizeBytes: textBytes, cutAt } = recordTextsOf(bytes, offset, room, partition.name)
    sizeBytes = textBytes
    topic.counters.bytesOut += readBytes
    metrics.recordsOut.add(texts.length)
    metrics.bytesOut.add(readBytes)
    return {
      records: texts,
      nextOffset: cutAt ?? nextOffset,
      logStartOffset: partition.logStartOffset,
      highWatermark: partition.visibleHighWatermark(),
      sizeBytes,
    }
  } finally {
    answers.doneReading(readBytes, sizeBytes)
  }
}

export interface RecordTexts {
  /** Each record as JSON. */
  readonly texts: string[]
  readonly sizeBytes: number
  /** Where to go on when not all records of the batches are here. */
  readonly cutAt: number | undefined
}

export interface RecordRoom {
  readonly maxRecords: number
  /** Of JSON; the first record is given even when it is larger. */
  readonly maxBytes: number
}

/**
 * As many records from `offset` on as there is room for. A compressed batch is unpacked only when the ones before left room:
 * a few kilobytes on disk may hold gigabytes.
 *
 * Throws LOG_DAMAGED: what was good when it was appended and is not now was damaged on the disk.
 */
export function recordTextsOf(bytes: Uint8Array, offset: number, room: RecordRoom, partition: string): RecordTexts {
  try {
    return decodedTexts(bytes, offset, room)
  } catch (cause) {
    if (!YakError.is(cause)) throw cause
    throw new YakError(
      'LOG_DAMAGED',
      `A batch of ${partition} at or after offset ${offset} is damaged: ${cause.message} Consume from beyond it, and check the disk.`,
      { cause, details: { offset } },
    )
  }
}

function decodedTexts(bytes: Uint8Array, offset: number, { maxRecords, maxBytes }: RecordRoom): RecordTexts {
  const texts: string[] = []
  let sizeBytes = 0
  for (const { position, header } of recordBatches(bytes)) {
    if (sizeBytes >= maxBytes) return { texts, sizeBytes, cutAt: header.baseOffset }
    const cursor = new RecordCursor(bytes, position, { header })
    while (cursor.next()) {
      if (cursor.offset < offset) continue
      const text = recordTextJson(recordText(bytesOf(cursor)))
      const textBytes = Buffer.byteLength(text)
      if (texts.length > 0 && sizeBytes + textBytes > maxBytes) return { texts, sizeBytes, cutAt: cursor.offset }
      texts.push(text)
      sizeBytes += textBytes
      if (texts.length >= maxRecords) return { texts, sizeBytes, cutAt: cursor.offset + 1 }
    }
  }
  return { texts, sizeBytes, cutAt: undefined }
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
  return (
    `{"topic":${JSON.stringify(topic)},"partition":${partition},"records":[${consumed.records.join(',')}],` +
    `"nextOffset":${consumed.nextOffset},"logStartOffset":${consumed.logStartOffset},"highWatermark":${consumed.highWatermark}}`
  )
}
