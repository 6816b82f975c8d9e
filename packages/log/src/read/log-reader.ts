import { RecordCursor, verifyRecordBatchChecksum, YakError } from '@yak/protocol'
import { damagedLog } from '../log-damage.ts'
import { type LogState, outOfFilesToRead, storageError } from '../log-state.ts'
import { MAX_STORED_BATCH_BYTES, readBatchHead } from '../segment/batch-head.ts'
import { BatchWalker } from '../segment/batch-walker.ts'
import type { Segment } from '../segment/segment.ts'
import type { TimestampOffset } from '../segment/time-index.ts'
import { isNotFound, isOutOfFiles, type StorageFile } from '../storage.ts'
import type { LogRead } from './log-tail.ts'

/** From where a read begins, and how much it gives. */
export interface LogReadOptions {
  /** The first offset wanted. */
  readonly offset: number
  /** Bytes to give at most; one batch is given even when it is larger. */
  readonly maxBytes: number
  /** Nothing at or beyond it is given. Default: what is readable. */
  readonly endOffset?: number
  /**
   * Give appends that are not synced yet too, as far as they are in memory: for a follower, whose sync may run beside the
   * leader's. Such an append can no longer be taken back: a disk that is full at its write then fails the log. Default false.
   */
  readonly unsynced?: boolean
}

const HEAD_BYTES = 61
const REMEMBERED_POSITIONS = 32
const EMPTY = new Uint8Array(0)

/** Where a reader stopped, so that it goes on there without asking the index. */
interface RememberedPosition {
  readonly segment: Segment
  readonly position: number
}

/**
 * Reads whole batches as they lie on disk. Nothing of a batch is decoded beyond its head; what comes from a file, and not
 * from memory, is checked against its checksum.
 *
 * A read runs beside appends, roll, retention and truncation. It is safe because the list of segments is replaced and not
 * changed, a file in use stays open, and bytes below the readable end change by truncation only, which raises
 * `generation`: a read that sees it rise during its I/O starts again.
 */
export class LogReader {
  readonly #state: LogState
  readonly #onFailure: (failure: YakError) => void
  readonly #positions = new Map<number, RememberedPosition>()
  #positionsGeneration = 0

  constructor(options: { state: LogState; onFailure: (failure: YakError) => void }) {
    this.#state = options.state
    this.#onFailure = options.onFailure
  }

  async read({ offset, maxBytes, endOffset, unsynced }: LogReadOptions): Promise<LogRead> {
    const state = this.#state
    for (;;) {
      state.assertServing()
      this.#assertInRange(offset)
      const wantedEnd = endOffset ?? Number.MAX_SAFE_INTEGER
      const end = Math.min(wantedEnd, state.readableEndOffset)
      const endInMemory = unsynced === true ? Math.min(wantedEnd, state.logEndOffset) : end
      const fromTail = offset < endInMemory ? state.tail.read(offset, maxBytes, endInMemory) : undefined
      if (fromTail !== undefined) {
        if (unsynced === true) state.exposedEndOffset = Math.max(state.exposedEndOffset, fromTail.nextOffset)
        return fromTail
      }
      if (offset >= end) return { bytes: EMPTY, startOffset: offset, nextOffset: offset }
      const generation = state.generation
      const segment = state.segmentOf(offset)
      const read = await this.#guard(segment, generation, () => this.#readFile(segment, offset, maxBytes, end))
      if (generation === state.generation && read !== undefined) return read
    }
  }

  /** The first record at or after `timestamp`, below `endOffset`; undefined when there is none. */
  async offsetForTimestamp(timestamp: number, endOffset?: number): Promise<TimestampOffset | undefined> {
    const state = this.#state
    for (;;) {
      state.assertServing()
      const end = Math.min(endOffset ?? Number.MAX_SAFE_INTEGER, state.readableEndOffset)
      const generation = state.generation
      const found = await this.#findTimestamp(timestamp, end, generation)
      if (generation === state.generation && found !== 'again') return found
    }
  }

  async #findTimestamp(
    timestamp: number,
    endOffset: number,
    generation: number,
  ): Promise<TimestampOffset | undefined | 'again'> {
    for (const segment of this.#state.segments) {
      if (segment.baseOffset >= endOffset) return undefined
      if (segment.largest.timestamp < timestamp) continue
      const found = await this.#guard(segment, generation, async () => ({
        record: await this.#state.disk.lookUps.run(() => this.#findInSegment(segment, timestamp, endOffset)),
      }))
      if (found === undefined) return 'again'
      if (found.record !== undefined) return found.record
    }
    return undefined
  }

  async #findInSegment(segment: Segment, timestamp: number, endOffset: number): Promise<TimestampOffset | undefined> {
    const { disk, logStartOffset } = this.#state
    const entry = await segment.timeIndex.entryAtOrBefore(timestamp)
    const fromOffset = Math.max(entry?.offset ?? segment.baseOffset, logStartOffset)
    const position = await segment.offsetIndex.positionAtOrBefore(fromOffset)
    return await disk.files.use(segment.path, async (file) => {
      const walker = new BatchWalker({ file, position, endPosition: segment.writtenBytes })
      while (await walker.fill()) {
        for (let batch = walker.next(); batch !== undefined; batch = walker.next()) {
          const { head } = batch
          if (head.baseOffset >= endOffset) return undefined
          if (head.maxTimestamp < timestamp || head.lastOffset < logStartOffset) continue
          const cursor = new RecordCursor(await walker.bytes())
          while (cursor.next()) {
            if (cursor.offset >= endOffset) return undefined
            if (cursor.timestamp >= timestamp && cursor.offset >= logStartOffset) {
              return { offset: cursor.offset, timestamp: cursor.timestamp }
            }
          }
        }
      }
      if (walker.problem !== undefined)
        throw damagedLog(this.#state.name, segment.path, walker.position, walker.problem)
      return undefined
    })
  }

  async #readFile(segment: Segment, offset: number, maxBytes: number, endOffset: number): Promise<LogRead> {
    const remembered = this.#remembered(segment, offset)
    const { generation } = this.#state
    const position = remembered ?? (await segment.offsetIndex.positionAtOrBefore(offset))
    // An index entry may lie up to its interval before the batch that is wanted.
    const slackBytes = remembered === undefined ? this.#state.config.indexIntervalBytes : 0
    const { files } = this.#state.disk
    return await files.use(segment.path, async (file) => {
      const wantedBytes = Math.max(maxBytes, HEAD_BYTES) + slackBytes
      const window = await readWindow(file, position, Math.min(wantedBytes, segment.writtenBytes - position))
      return await this.#cutToBatches(segment, file, window, { offset, maxBytes, endOffset, generation })
    })
  }

  /** From bytes that begin with a batch at or before `offset`, the whole batches that are wanted. */
  async #cutToBatches(
    segment: Segment,
    file: StorageFile,
    first: ReadWindow,
    { offset, maxBytes, endOffset, generation }: Required<Omit<LogReadOptions, 'unsynced'>> & { generation: number },
  ): Promise<LogRead> {
    let window = first
    let start = 0
    let head = this.#headIn(segment, window, start)
    while (head.lastOffset < offset) {
      start += head.sizeBytes
      if (start + HEAD_BYTES > window.bytes.length) {
        const position = window.position + start
        const leftBytes = segment.writtenBytes - position
        window = await readWindow(file, position, Math.min(Math.max(maxBytes, HEAD_BYTES), leftBytes))
        start = 0
      }
      head = this.#headIn(segment, window, start)
    }
    if (head.baseOffset > offset) {
      const problem = `holds offset ${head.baseOffset} where ${offset} is to be`
      throw damagedLog(this.#state.name, segment.path, window.position + start, problem)
    }
    if (head.lastOffset >= endOffset) return { bytes: EMPTY, startOffset: offset, nextOffset: offset }
    if (start + head.sizeBytes > window.bytes.length) {
      window = await readWindow(file, window.position + start, head.sizeBytes)
      start = 0
    }
    this.#assertChecksum(segment, window, start)
    const startOffset = head.baseOffset
    let end = start + head.sizeBytes
    let nextOffset = head.lastOffset + 1
    while (end + HEAD_BYTES <= window.bytes.length && nextOffset < endOffset) {
      const next = this.#headIn(segment, window, end)
      const fits = end + next.sizeBytes <= window.bytes.length && end + next.sizeBytes - start <= maxBytes
      if (!fits || next.lastOffset >= endOffset) break
      if (next.baseOffset !== nextOffset) {
        const problem = `holds offset ${next.baseOffset} where ${nextOffset} comes next`
        throw damagedLog(this.#state.name, segment.path, window.position + end, problem)
      }
      this.#assertChecksum(segment, window, end)
      end += next.sizeBytes
      nextOffset = next.lastOffset + 1
    }
    // What was cut meanwhile is no place to go on from.
    if (generation === this.#state.generation) this.#remember(nextOffset, { segment, position: window.position + end })
    return { bytes: window.bytes.subarray(start, end), startOffset, nextOffset }
  }

  #headIn(segment: Segment, window: ReadWindow, start: number): NonNullable<ReturnType<typeof readBatchHead>> {
    const { bytes, position } = window
    const head = start + HEAD_BYTES <= bytes.length ? readBatchHead(bytes, start) : undefined
    if (head !== undefined) return head
    const problem = `does not hold the head of a batch (none is larger than ${MAX_STORED_BATCH_BYTES} bytes)`
    throw damagedLog(this.#state.name, segment.path, position + start, problem)
  }

  /**
   * Recovery looks at nothing below the recovery point, so this is where decay of a cold file is found: before a reader or
   * another replica gets it.
   */
  #assertChecksum(segment: Segment, { bytes, position }: ReadWindow, start: number): void {
    if (verifyRecordBatchChecksum(bytes, start)) return
    throw damagedLog(this.#state.name, segment.path, position + start, 'does not match its checksum')
  }

  /**
   * Runs a read of one segment. What looks like damage while a truncation or removal ran beside it is none: undefined says
   * to look again.
   */
  async #guard<Result>(segment: Segment, generation: number, read: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await read()
    } catch (error) {
      const state = this.#state
      state.assertServing()
      if (generation !== state.generation || !state.segments.includes(segment)) return undefined
      const failure = readFailure(state.name, segment.path, error)
      // A lack of descriptors or memory passes; a disk that does not give the bytes back does not.
      if (failure.code === 'LOG_DAMAGED' || (error as { code?: unknown }).code === 'EIO') this.#onFailure(failure)
      throw failure
    }
  }

  #assertInRange(offset: number): void {
    const { name, logStartOffset, logEndOffset } = this.#state
    if (offset >= logStartOffset && offset <= logEndOffset) return
    const message =
      offset < logStartOffset
        ? `Offset ${offset} is below the log start offset ${logStartOffset} of ${name}. Seek to ${logStartOffset} or later.`
        : `Offset ${offset} is beyond the end ${logEndOffset} of ${name}. Seek to ${logEndOffset} or earlier.`
    throw new YakError('OFFSET_OUT_OF_RANGE', message, { details: { offset, logStartOffset, logEndOffset } })
  }

  #remembered(segment: Segment, offset: number): number | undefined {
    if (this.#positionsGeneration !== this.#state.generation) {
      this.#positions.clear()
      this.#positionsGeneration = this.#state.generation
    }
    const remembered = this.#positions.get(offset)
    return remembered?.segment === segment ? remembered.position : undefined
  }

  #remember(nextOffset: number, remembered: RememberedPosition): void {
    this.#positions.delete(nextOffset)
    this.#positions.set(nextOffset, remembered)
    if (this.#positions.size <= REMEMBERED_POSITIONS) return
    const oldest = this.#positions.keys().next()
    if (oldest.done !== true) this.#positions.delete(oldest.value)
  }
}

function readFailure(name: string, path: string, error: unknown): YakError {
  if (YakError.is(error, 'LOG_DAMAGED')) return error
  if (YakError.is(error)) return damagedLog(name, path, -1, error.message, error)
  if (isOutOfFiles(error)) return outOfFilesToRead(name, error)
  if (isNotFound(error)) return damagedLog(name, path, 0, 'is missing', error)
  return storageError(name, error)
}

interface ReadWindow {
  readonly bytes: Buffer
  readonly position: number
}

async function readWindow(file: StorageFile, position: number, sizeBytes: number): Promise<ReadWindow> {
  const bytes = Buffer.allocUnsafeSlow(Math.max(sizeBytes, 0))
  const count = await file.read(bytes, position)
  return { bytes: bytes.subarray(0, count), position }
}
