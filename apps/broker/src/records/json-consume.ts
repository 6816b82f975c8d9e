import { RecordCursor, recordBatches, YakError } from '@yak/protocol'
import type { RecordHeaders } from '@yak/protocol/schemas'
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

/** One record, taken apart; `value` is JSON text as it was stored, or made of bytes that are not JSON. */
export interface ConsumedRecordText {
  readonly offset: number
  readonly timestamp: number
  readonly key: string | null
  readonly keyEncoding: 'base64' | undefined
  readonly valueText: string
  readonly encoding: 'utf8' | 'base64' | undefined
  readonly headers: RecordHeaders
  readonly epoch: number
}

export interface ConsumedRecords {
  readonly records: readonly ConsumedRecordText[]
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
export function recordsFrom(bytes: Uint8Array, offset: number, limit: number, partition: string): ConsumedRecordText[] {
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

function decodedRecords(bytes: Uint8Array, offset: number, limit: number): ConsumedRecordText[] {
  const records: ConsumedRecordText[] = []
  for (const { position, header } of recordBatches(bytes)) {
    const cursor = new RecordCursor(bytes, position, { header })
    while (records.length < limit && cursor.next()) {
      if (cursor.offset >= offset) records.push(recordText(cursor))
    }
    if (records.length >= limit) break
  }
  return records
}

function recordText(cursor: RecordCursor): ConsumedRecordText {
  const { offset, timestamp } = cursor
  const key = cursor.keyStart < 0 ? null : textOf(cursor.bytes.subarray(cursor.keyStart, cursor.keyEnd))
  const value = cursor.valueStart < 0 ? null : cursor.bytes.subarray(cursor.valueStart, cursor.valueEnd)
  const base = {
    offset,
    timestamp,
    key: key === null ? null : key.text,
    keyEncoding: key?.encoding === 'base64' ? ('base64' as const) : undefined,
    headers: headersOf(cursor),
    epoch: cursor.header.leaderEpoch,
  }
  if (value === null) return { ...base, valueText: 'null', encoding: undefined }
  const { text, encoding } = textOf(value)
  // The text itself goes into the answer, not what parsing made of it: numbers keep every digit they were sent with.
  if (encoding === 'utf8' && isJson(text)) return { ...base, valueText: text, encoding: undefined }
  return { ...base, valueText: JSON.stringify(text), encoding }
}

const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function textOf(bytes: Uint8Array): { readonly text: string; readonly encoding: 'utf8' | 'base64' } {
  try {
    return { text: utf8Decoder.decode(bytes), encoding: 'utf8' }
  } catch {
    return { text: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64'), encoding: 'base64' }
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

type HeaderValue = string | null | { readonly base64: string }

function headersOf(cursor: RecordCursor): RecordHeaders {
  if (cursor.headerCount === 0) return {}
  const headers = new Map<string, HeaderValue | HeaderValue[]>()
  for (const { key, value } of cursor.headers()) {
    const shown = value === null ? null : shownHeader(value)
    const before = headers.get(key)
    if (before === undefined) headers.set(key, shown)
    else headers.set(key, Array.isArray(before) ? [...before, shown] : [before, shown])
  }
  return Object.fromEntries(headers) as RecordHeaders
}

function shownHeader(value: Uint8Array): HeaderValue {
  const { text, encoding } = textOf(value)
  return encoding === 'utf8' ? text : { base64: text }
}

/** The answer of GET /consume, with each value spliced in as the JSON it is. */
export function consumeResponseText(topic: string, partition: number, consumed: ConsumedRecords): string {
  const records = consumed.records.map(consumedRecordJson).join(',')
  return (
    `{"topic":${JSON.stringify(topic)},"partition":${partition},"records":[${records}],` +
    `"nextOffset":${consumed.nextOffset},"logStartOffset":${consumed.logStartOffset},"highWatermark":${consumed.highWatermark}}`
  )
}

/** One record as it stands in an answer. */
export function consumedRecordJson(record: ConsumedRecordText): string {
  const keyEncoding = record.keyEncoding === undefined ? '' : `,"keyEncoding":"${record.keyEncoding}"`
  const encoding = record.encoding === undefined ? '' : `,"encoding":"${record.encoding}"`
  return (
    `{"offset":${record.offset},"timestamp":${record.timestamp},"key":${JSON.stringify(record.key)}${keyEncoding},` +
    `"value":${record.valueText}${encoding},"headers":${JSON.stringify(record.headers)},"epoch":${record.epoch}}`
  )
}
