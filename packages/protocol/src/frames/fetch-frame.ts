import { utf8SizeBytes } from '#text'
import { ERRORS, type ErrorCode, errorCodeOf } from '../errors.ts'
import { FrameReader } from './frame-reader.ts'
import { clippedDetail, FrameWriter } from './frame-writer.ts'
import { assertEntryCount, readEntryCount } from './produce-frame.ts'

/**
 *     fetch-request  = version:u8(1) flags:u8(0) entryCount:u16 maxWaitMs:u32 minBytes:u32 maxBytes:u32 fetch-entry*
 *     fetch-entry    = topicId:uuid partition:i32 leaderEpoch:i32 fetchOffset:i64 maxBytes:u32
 *
 *     fetch-response = version:u8(1) flags:u8(0) entryCount:u16 fetch-result*
 *     fetch-result   = entry:u16 error:i16 leaderEpoch:i32 highWatermark:i64 logStartOffset:i64
 *                      detailLength:u16 detail:utf8 batchesLength:u32 record-batch*
 */
const HEAD_BYTES = 16
const ENTRY_BYTES = 36
const RESPONSE_HEAD_BYTES = 4
const RESULT_BYTES = 30

export interface FetchEntry {
  /** UUID text. */
  readonly topicId: string
  readonly partition: number
  /** The highest that the client has seen for the partition; -1: none. */
  readonly leaderEpoch: number
  readonly fetchOffset: number
  readonly maxBytes: number
}

export interface FetchRequest {
  readonly maxWaitMs: number
  readonly minBytes: number
  readonly maxBytes: number
  readonly entries: readonly FetchEntry[]
}

export interface FetchResult {
  /** The index of the partition in the request. */
  readonly entry: number
  readonly error: ErrorCode | null
  readonly leaderEpoch: number
  readonly highWatermark: number
  readonly logStartOffset: number
  /** The sentence for a person; empty without an error. */
  readonly detail: string
  /** Whole record batches, one after another; the first may begin below the offset asked for. */
  readonly batches: Uint8Array
}

export interface FetchResponse {
  readonly results: readonly FetchResult[]
}

export function encodeFetchRequest(request: FetchRequest): Uint8Array {
  const { entries } = request
  assertEntryCount(entries.length)
  const frame = new FrameWriter(HEAD_BYTES + ENTRY_BYTES * entries.length)
  frame.versionAndFlags()
  frame.int16(entries.length)
  frame.int32(request.maxWaitMs)
  frame.int32(request.minBytes)
  frame.int32(request.maxBytes)
  for (const { topicId, partition, leaderEpoch, fetchOffset, maxBytes } of entries) {
    frame.uuid(topicId)
    frame.int32(partition)
    frame.int32(leaderEpoch)
    frame.int64(fetchOffset)
    frame.int32(maxBytes)
  }
  return frame.chunks()[0]!
}

/** @throws YakError MALFORMED_FRAME, UNSUPPORTED_VERSION */
export function decodeFetchRequest(bytes: Uint8Array): FetchRequest {
  const frame = new FrameReader(bytes, 'fetch request')
  frame.versionAndFlags()
  const entryCount = readEntryCount(frame)
  const maxWaitMs = frame.uint32()
  const minBytes = frame.uint32()
  const maxBytes = frame.uint32()
  const entries: FetchEntry[] = []
  for (let entry = 0; entry < entryCount; entry++) {
    entries.push({
      topicId: frame.uuid(),
      partition: frame.int32(),
      leaderEpoch: frame.int32(),
      fetchOffset: frame.int64(),
      maxBytes: frame.uint32(),
    })
  }
  frame.end()
  return { maxWaitMs, minBytes, maxBytes, entries }
}

/** The response as chunks to write one after another; the batches are among them, uncopied. */
export function encodeFetchResponse(response: FetchResponse): Uint8Array[] {
  const details = response.results.map(({ detail }) => clippedDetail(detail))
  const detailBytes = details.reduce((sum, detail) => sum + utf8SizeBytes(detail), 0)
  const frame = new FrameWriter(RESPONSE_HEAD_BYTES + RESULT_BYTES * details.length + detailBytes)
  frame.versionAndFlags()
  frame.int16(details.length)
  response.results.forEach(({ entry, error, leaderEpoch, highWatermark, logStartOffset, batches }, index) => {
    frame.int16(entry)
    frame.int16(error === null ? 0 : ERRORS[error].number)
    frame.int32(leaderEpoch)
    frame.int64(highWatermark)
    frame.int64(logStartOffset)
    frame.text(details[index]!)
    frame.int32(batches.length)
    frame.chunk(batches)
  })
  return frame.chunks()
}

/**
 * The batches are views of `bytes` and not checked here.
 *
 * @throws YakError MALFORMED_FRAME, UNSUPPORTED_VERSION
 */
export function decodeFetchResponse(bytes: Uint8Array): FetchResponse {
  const frame = new FrameReader(bytes, 'fetch response')
  frame.versionAndFlags()
  const count = frame.uint16()
  const results: FetchResult[] = []
  for (let result = 0; result < count; result++) {
    const entry = frame.uint16()
    const error = frame.int16()
    results.push({
      entry,
      error: error === 0 ? null : errorCodeOf(error),
      leaderEpoch: frame.int32(),
      highWatermark: frame.int64(),
      logStartOffset: frame.int64(),
      detail: frame.text(frame.uint16()),
      batches: frame.bytes(frame.uint32()),
    })
  }
  frame.end()
  return { results }
}
