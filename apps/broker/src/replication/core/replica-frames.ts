/**
 * The fetch between brokers as bytes: `POST /v1/replica/fetch`.
 *
 *     replica-fetch-request  = version:u8(1) purpose:u8(0 follow, 1 reconcile) envelope requestId:i64 epoch:i32 continues:i64
 *                              maxWaitMs:u32 maxBytes:u32 positionCount:u32 position*
 *     position               = topicId:uuid partition:i32 endOffset:i64 lastEpoch:i32 enteredEpoch:i32 highWatermark:i64
 *
 *     replica-fetch-response = version:u8(1) verdict:u8(0 ok, 1 not-leader, 2 continue) envelope requestId:i64 epoch:i32
 *                              standing:u8(bit 0 serving, bit 1 in sync) isrEpoch:i32 isrVersion:i64
 *                              isrCount:u32 (brokerId:text diskId:text)* cutCount:u32 cut* resultCount:u32 result*
 *     cut                    = topicId:uuid partition:i32 epoch:i32 offset:i64
 *     result                 = topicId:uuid partition:i32 kind:u8 body
 *     body                   = 0 batches     baseOffset:i64 highWatermark:i64 logStartOffset:i64 endOffset:i64 startOffset:i64
 *                                            length:u32 record-batch*
 *                            | 1 diverging   epoch:i32 endOffset:i64
 *                            | 2 begin-anew  startOffset:i64
 *                            | 3 unknown
 *                            | 4 open
 *     envelope               = brokerId:text diskId:text incarnation:text clusterId:text(empty: none) membersHash:text
 *     text                   = length:u8 utf8             the topic id of the topic list is all zero
 */
import { ReplicaFrameReader, ReplicaFrameWriter } from './frame-cursors.ts'
import type { Replica } from './identity.ts'
import type { FetchPosition, FetchRequest, FetchResponse, FetchResult } from './messages.ts'
import type { HistoryCut } from './state.ts'

const version = 1
const purposes = ['follow', 'reconcile'] as const
const verdicts = ['ok', 'not-leader', 'continue'] as const
const kinds = ['batches', 'diverging', 'begin-anew', 'unknown', 'open'] as const
const positionBytes = 44
const smallestResultBytes = 21
const smallestReplicaBytes = 2
const cutBytes = 32

type Envelope = Pick<FetchRequest, 'from' | 'clusterId' | 'membersHash'>

export function encodeReplicaFetchRequest(request: FetchRequest): Uint8Array[] {
  const frame = new ReplicaFrameWriter()
  frame.uint8(version)
  frame.uint8(purposes.indexOf(request.purpose))
  writeEnvelope(frame, request)
  frame.int64(request.requestId)
  frame.int32(request.epoch)
  frame.int64(request.continues)
  frame.int32(request.maxWaitMs)
  frame.int32(request.maxBytes)
  frame.int32(request.positions.length)
  for (const { key, endOffset, lastEpoch, enteredEpoch, highWatermark } of request.positions) {
    frame.key(key)
    frame.int64(endOffset)
    frame.int32(lastEpoch)
    frame.int32(enteredEpoch)
    frame.int64(highWatermark)
  }
  return frame.chunks()
}

/** @throws YakError MALFORMED_FRAME */
export function decodeReplicaFetchRequest(bytes: Uint8Array): FetchRequest {
  const frame = new ReplicaFrameReader(bytes, 'replica fetch request')
  readVersion(frame)
  const purpose = frame.oneOf(purposes)
  const envelope = readEnvelope(frame)
  const requestId = frame.int64()
  const epoch = frame.int32()
  const continues = frame.int64()
  const maxWaitMs = frame.uint32()
  const maxBytes = frame.uint32()
  const positions: FetchPosition[] = []
  for (let left = frame.count(positionBytes); left > 0; left--) {
    positions.push({
      key: frame.key(),
      endOffset: frame.int64(),
      lastEpoch: frame.int32(),
      enteredEpoch: frame.int32(),
      highWatermark: frame.int64(),
    })
  }
  frame.end()
  return { type: 'fetch-request', ...envelope, requestId, purpose, epoch, continues, positions, maxWaitMs, maxBytes }
}

/** The record batches among the chunks are those of the message, uncopied. */
export function encodeReplicaFetchResponse(response: FetchResponse): Uint8Array[] {
  const frame = new ReplicaFrameWriter()
  frame.uint8(version)
  frame.uint8(verdicts.indexOf(response.verdict))
  writeEnvelope(frame, response)
  frame.int64(response.requestId)
  frame.int32(response.epoch)
  frame.uint8((response.isServing ? 1 : 0) | (response.isInSync ? 2 : 0))
  const { isr, isrEpoch, isrVersion } = response.isr
  frame.int32(isrEpoch)
  frame.int64(isrVersion)
  frame.int32(isr.length)
  for (const { brokerId, diskId } of isr) {
    frame.text(brokerId)
    frame.text(diskId)
  }
  frame.int32(response.historyCuts.length)
  for (const { key, epoch, offset } of response.historyCuts) {
    frame.key(key)
    frame.int32(epoch)
    frame.int64(offset)
  }
  frame.int32(response.results.length)
  for (const result of response.results) writeResult(frame, result)
  return frame.chunks()
}

/** The batches are views of `bytes`. @throws YakError MALFORMED_FRAME */
export function decodeReplicaFetchResponse(bytes: Uint8Array): FetchResponse {
  const frame = new ReplicaFrameReader(bytes, 'replica fetch response')
  readVersion(frame)
  const verdict = frame.oneOf(verdicts)
  const envelope = readEnvelope(frame)
  const requestId = frame.int64()
  const epoch = frame.int32()
  const standing = frame.uint8()
  const isrEpoch = frame.int32()
  const isrVersion = frame.int64()
  const isr: Replica[] = []
  for (let left = frame.count(smallestReplicaBytes); left > 0; left--) {
    isr.push({ brokerId: frame.text(), diskId: frame.text() })
  }
  const historyCuts: HistoryCut[] = []
  for (let left = frame.count(cutBytes); left > 0; left--) {
    historyCuts.push({ key: frame.key(), epoch: frame.int32(), offset: frame.int64() })
  }
  const results: FetchResult[] = []
  for (let left = frame.count(smallestResultBytes); left > 0; left--) results.push(readResult(frame))
  frame.end()
  return {
    type: 'fetch-response',
    ...envelope,
    requestId,
    epoch,
    verdict,
    isr: { isr, isrEpoch, isrVersion },
    isServing: (standing & 1) !== 0,
    isInSync: (standing & 2) !== 0,
    historyCuts,
    results,
  }
}

function writeResult(frame: ReplicaFrameWriter, result: FetchResult): void {
  frame.key(result.key)
  frame.uint8(kinds.indexOf(result.type))
  switch (result.type) {
    case 'batches':
      frame.int64(result.baseOffset)
      frame.int64(result.highWatermark)
      frame.int64(result.logStartOffset)
      frame.int64(result.endOffset)
      frame.int64(result.startOffset)
      frame.blob(result.batches)
      return
    case 'diverging':
      frame.int32(result.epoch)
      frame.int64(result.endOffset)
      return
    case 'begin-anew':
      frame.int64(result.startOffset)
      return
    case 'unknown':
    case 'open':
      return
  }
}

function readResult(frame: ReplicaFrameReader): FetchResult {
  const key = frame.key()
  const type = frame.oneOf(kinds)
  switch (type) {
    case 'batches': {
      const baseOffset = frame.int64()
      const highWatermark = frame.int64()
      const logStartOffset = frame.int64()
      const endOffset = frame.int64()
      const startOffset = frame.int64()
      const batches = frame.blob()
      return { key, type, batches, baseOffset, highWatermark, logStartOffset, endOffset, startOffset }
    }
    case 'diverging':
      return { key, type, epoch: frame.int32(), endOffset: frame.int64() }
    case 'begin-anew':
      return { key, type, startOffset: frame.int64() }
    case 'unknown':
    case 'open':
      return { key, type }
  }
}

function writeEnvelope(frame: ReplicaFrameWriter, { from, clusterId, membersHash }: Envelope): void {
  for (const text of [from.brokerId, from.diskId, from.incarnation, clusterId ?? '', membersHash]) frame.text(text)
}

function readEnvelope(frame: ReplicaFrameReader): Envelope {
  const from = { brokerId: frame.text(), diskId: frame.text(), incarnation: frame.text() }
  const clusterId = frame.text()
  return { from, clusterId: clusterId === '' ? null : clusterId, membersHash: frame.text() }
}

function readVersion(frame: ReplicaFrameReader): void {
  const found = frame.uint8()
  if (found !== version) throw frame.malformed(`is of version ${found}, and ${version} is spoken here`)
}
