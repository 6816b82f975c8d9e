import { utf8SizeBytes } from '#text'
import { ERRORS, type ErrorCode, errorCodeOf } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { FrameReader } from './frame-reader.ts'
import { clippedDetail, FrameWriter } from './frame-writer.ts'

/**
 *     produce-request  = version:u8(1) flags:u8(0) entryCount:u16 ackTimeoutMs:u32 produce-entry*
 *     produce-entry    = topicId:uuid(16 bytes) partition:i32 batchLength:u32 record-batch
 *
 *     produce-response = version:u8(1) flags:u8(0) entryCount:u16 produce-result*
 *     produce-result   = error:i16 leaderEpoch:i32 baseOffset:i64 logStartOffset:i64 detailLength:u16 detail:utf8
 *
 * Results stand in the order of the request's entries.
 */
const HEAD_BYTES = 8
const ENTRY_BYTES = 24
const RESPONSE_HEAD_BYTES = 4
const RESULT_BYTES = 24

/** One batch of a produce request, and its partition. */
export interface ProduceEntry {
  /** UUID text. */
  readonly topicId: string
  /** From 0 on. */
  readonly partition: number
  /** One record batch. */
  readonly batch: Uint8Array
}

/** What a client asks of `POST /v1/produce`: a batch for each of many partitions. */
export interface ProduceRequest {
  /** How long the broker may wait for the in-sync replicas, in milliseconds; after it the outcome is unknown. */
  readonly ackTimeoutMs: number
  /** 1 to LIMITS.maxPartitionsPerRequest batches. */
  readonly entries: readonly ProduceEntry[]
}

/** What became of one batch. */
export interface ProduceResult {
  /** Null: every in-sync replica has it. */
  readonly error: ErrorCode | null
  /** The epoch under which it was committed; -1 with an error. */
  readonly leaderEpoch: number
  /** -1 with an error. */
  readonly baseOffset: number
  /** The first offset the partition still has; -1 where it is not known. */
  readonly logStartOffset: number
  /** The sentence for a person; empty without an error. */
  readonly detail: string
}

/** What `POST /v1/produce` answers. */
export interface ProduceResponse {
  /** One for each entry of the request, in its order. */
  readonly results: readonly ProduceResult[]
}

/** The request as chunks to write one after another; the batches are among them, uncopied. */
export function encodeProduceRequest(request: ProduceRequest): Uint8Array[] {
  const { entries } = request
  assertEntryCount(entries.length)
  const frame = new FrameWriter(HEAD_BYTES + ENTRY_BYTES * entries.length)
  frame.versionAndFlags()
  frame.int16(entries.length)
  frame.int32(request.ackTimeoutMs)
  for (const { topicId, partition, batch } of entries) {
    frame.uuid(topicId)
    frame.int32(partition)
    frame.int32(batch.length)
    frame.chunk(batch)
  }
  return frame.chunks()
}

/**
 * The batches are views of `bytes` and not checked here.
 *
 * @throws YakError MALFORMED_FRAME, UNSUPPORTED_VERSION
 */
export function decodeProduceRequest(bytes: Uint8Array): ProduceRequest {
  const frame = new FrameReader(bytes, 'produce request')
  frame.versionAndFlags()
  const entryCount = readEntryCount(frame)
  const ackTimeoutMs = frame.uint32()
  const entries: ProduceEntry[] = []
  for (let entry = 0; entry < entryCount; entry++) {
    const topicId = frame.uuid()
    const partition = frame.int32()
    entries.push({ topicId, partition, batch: frame.bytes(frame.uint32()) })
  }
  frame.end()
  return { ackTimeoutMs, entries }
}

/** The bytes of a produce response. A detail that is too long for the frame is cut. */
export function encodeProduceResponse(response: ProduceResponse): Uint8Array {
  const details = response.results.map(({ detail }) => clippedDetail(detail))
  const detailBytes = details.reduce((sum, detail) => sum + utf8SizeBytes(detail), 0)
  const frame = new FrameWriter(RESPONSE_HEAD_BYTES + RESULT_BYTES * details.length + detailBytes)
  frame.versionAndFlags()
  frame.int16(details.length)
  response.results.forEach(({ error, leaderEpoch, baseOffset, logStartOffset }, index) => {
    frame.int16(error === null ? 0 : ERRORS[error].number)
    frame.int32(leaderEpoch)
    frame.int64(baseOffset)
    frame.int64(logStartOffset)
    frame.text(details[index]!)
  })
  return frame.chunks()[0]!
}

/**
 * What the bytes of a produce response say; the code of a newer broker becomes INTERNAL.
 *
 * @throws YakError MALFORMED_FRAME, UNSUPPORTED_VERSION
 */
export function decodeProduceResponse(bytes: Uint8Array): ProduceResponse {
  const frame = new FrameReader(bytes, 'produce response')
  frame.versionAndFlags()
  const count = frame.uint16()
  const results: ProduceResult[] = []
  for (let result = 0; result < count; result++) {
    const error = frame.int16()
    results.push({
      error: error === 0 ? null : errorCodeOf(error),
      leaderEpoch: frame.int32(),
      baseOffset: frame.int64(),
      logStartOffset: frame.int64(),
      detail: frame.text(frame.uint16()),
    })
  }
  frame.end()
  return { results }
}

export function assertEntryCount(count: number): void {
  if (count < 1 || count > LIMITS.maxPartitionsPerRequest) {
    throw new TypeError(`A request has 1 to ${LIMITS.maxPartitionsPerRequest} entries, not ${count}.`)
  }
}

export function readEntryCount(frame: FrameReader): number {
  const count = frame.uint16()
  if (count < 1 || count > LIMITS.maxPartitionsPerRequest) {
    throw frame.malformed(`has ${count} entries, and 1 to ${LIMITS.maxPartitionsPerRequest} are allowed`)
  }
  return count
}
