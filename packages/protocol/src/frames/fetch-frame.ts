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

/** One partition of a fetch request, and where to read it. */
export interface FetchEntry {
  /** UUID text. */
  readonly topicId: string
  /** From 0 on. */
  readonly partition: number
  /** The highest that the client has seen for the partition; -1: none. */
  readonly leaderEpoch: number
  /** The first offset that is wanted. */
  readonly fetchOffset: number
  /** Bytes of batches wanted of this partition at most. An answer has at least one batch, even a larger one. */
  readonly maxBytes: number
}

/** What a client asks of `POST /v1/fetch`: records of many partitions, and how long to wait for them. */
export interface FetchRequest {
  /** How long the broker may wait for `minBytes` to be there, in milliseconds. */
  readonly maxWaitMs: number
  /** Bytes of batches, over all partitions, below which the broker waits. */
  readonly minBytes: number
  /** Bytes of batches to answer with at most, over all partitions. */
  readonly maxBytes: number
  /** 1 to LIMITS.maxPartitionsPerRequest partitions. */
  readonly entries: readonly FetchEntry[]
}

/** What one partition of a fetch request got. */
export interface FetchResult {
  /** The index of the partition in the request. */
  readonly entry: number
  /** Null: the batches are good to read. */
  readonly error: ErrorCode | null
  /** The epoch that the answering broker knows for the partition; -1 where it knows no such partition. */
  readonly leaderEpoch: number
  /** Every record below this offset is committed; -1: not known. */
  readonly highWatermark: number
  /** Records below this offset are gone; -1: not known. */
  readonly logStartOffset: number
  /** The sentence for a person; empty without an error. */
  readonly detail: string
  /** Whole record batches, one after another; the first may begin below the offset asked for. */
  readonly batches: Uint8Array
}

/** What `POST /v1/fetch` answers. */
export interface FetchResponse {
  /** Each names its partition by `entry`; partitions without news may be left out. */
  readonly results: readonly FetchResult[]
}

/** The bytes of a fetch request. Throws a TypeError for no entries, or more than a request may have. */
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

/**
 * What the bytes of a fetch request say; nothing but the grammar is checked.
 *
 * @throws YakError MALFORMED_FRAME, UNSUPPORTED_VERSION
 */
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
