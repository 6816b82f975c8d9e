import {
  LIMITS,
  type RecordBatchHeader,
  recordBatches,
  stampRecordBatch,
  verifyRecordBatchChecksum,
  YakError,
} from '@yak/protocol'
import type { LogState } from '../log-state.ts'
import type { BatchHead } from '../segment/batch-head.ts'
import type { Segment } from '../segment/segment.ts'
import { encodeProducerSnapshot } from '../state/producer-snapshot.ts'
import type { AppendQueue } from './append-queue.ts'

/** Where an append stands, decided at once, and when it is durable. */
export interface LogAppend {
  /** Of the batch's first record. */
  readonly baseOffset: number
  /** Of the batch's last record; of the last batch where several were appended. */
  readonly lastOffset: number
  /** A retry of a batch that is in the log: the offsets are the first attempt's, and nothing was appended. */
  readonly duplicate: boolean
  /** Resolves when the batch is as durable as the log's `flush` asks for. Rejects with STORAGE_ERROR or DISK_FULL. */
  readonly synced: Promise<void>
}

/** What an append of a follower names, so that a log that moved on refuses it. */
export interface AppendFence {
  /** The leader's epoch. */
  readonly leaderEpoch: number
  /** Where the batches are to begin: the log's end as the follower knew it. */
  readonly expectedBaseOffset: number
}

type Head = Omit<BatchHead, 'baseOffset' | 'lastOffset' | 'leaderEpoch'>

const DONE: Promise<void> = Promise.resolve()

/**
 * Decides appends, synchronously and without I/O: whether a batch is taken, and at which offset. The order of the calls is
 * the order of the offsets. All checks come before the first change, so an append that throws has changed nothing.
 */
export class LogAppender {
  readonly #state: LogState
  readonly #queue: AppendQueue
  readonly #schedule: () => void
  readonly #assertSettled: () => void
  #fencedEpoch: number
  #stopped = false
  #paused = false

  constructor(options: { state: LogState; queue: AppendQueue; schedule: () => void; assertSettled: () => void }) {
    this.#state = options.state
    this.#queue = options.queue
    this.#schedule = options.schedule
    this.#assertSettled = options.assertSettled
    const { checkpoint, epochs } = options.state
    this.#fencedEpoch = Math.max(checkpoint.values.enteredEpoch, epochs.latestEpoch ?? -1)
  }

  get fencedEpoch(): number {
    return this.#fencedEpoch
  }

  /** The log is being closed: no more appends. */
  stop(): void {
    this.#stopped = true
  }

  /** The end of the log is being cut: no appends until `resume`. */
  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
  }

  /** From now on nothing older than `epoch` changes the log. Never lowered; not on disk. */
  fence(epoch: number): void {
    this.#fencedEpoch = Math.max(this.#fencedEpoch, epoch)
  }

  /** @throws YakError FENCED_LEADER_EPOCH */
  assertEpoch(leaderEpoch: number): void {
    if (leaderEpoch >= this.#fencedEpoch) return
    throw new YakError(
      'FENCED_LEADER_EPOCH',
      `${this.#state.name} takes nothing of leader epoch ${leaderEpoch}: it has promised epoch ${this.#fencedEpoch}. ` +
        'Ask for the present leader.',
      { details: { leaderEpoch, currentEpoch: this.#fencedEpoch } },
    )
  }

  appendAsLeader(batch: Uint8Array, header: RecordBatchHeader, leaderEpoch: number): LogAppend {
    const state = this.#state
    this.#assertOpen()
    this.assertEpoch(leaderEpoch)
    if (batch.length !== header.sizeBytes) {
      throw new TypeError(
        `The batch has ${batch.length} bytes and its header says ${header.sizeBytes}: pass exactly one`,
      )
    }
    if (batch.length > state.config.maxBatchBytes)
      throw batchTooLarge(state.name, batch.length, state.config.maxBatchBytes)
    const duplicate = state.producers.check(header)
    if (duplicate !== undefined) {
      return {
        baseOffset: duplicate.baseOffset,
        lastOffset: duplicate.lastOffset,
        duplicate: true,
        synced: this.#queue.groupOf(duplicate.lastOffset)?.durable ?? DONE,
      }
    }
    const baseOffset = state.logEndOffset
    const lastOffset = baseOffset + header.lastOffsetDelta
    // The end behind it must be an offset too.
    if (lastOffset >= LIMITS.maxOffset) throw noMoreOffsets(state.name, baseOffset)
    this.#reserve(batch.length)
    this.fence(leaderEpoch)
    const { bytes, synced } = this.#append(batch, header, baseOffset, lastOffset, leaderEpoch)
    stampRecordBatch(bytes, 0, baseOffset, leaderEpoch)
    this.#schedule()
    return { baseOffset, lastOffset, duplicate: false, synced }
  }

  appendAsFollower(batches: Uint8Array, fence: AppendFence): LogAppend {
    this.#assertOpen()
    this.assertEpoch(fence.leaderEpoch)
    const headers = this.#checkFollowerBatches(batches, fence)
    this.#reserve(batches.length)
    this.fence(fence.leaderEpoch)
    let synced = DONE
    for (const { header, position } of headers) {
      const bytes = batches.subarray(position, position + header.sizeBytes)
      synced = this.#append(bytes, header, header.baseOffset, header.lastOffset, header.leaderEpoch).synced
    }
    this.#schedule()
    return {
      baseOffset: fence.expectedBaseOffset,
      lastOffset: headers.at(-1)!.header.lastOffset,
      duplicate: false,
      synced,
    }
  }

  #assertOpen(): void {
    this.#state.assertServing()
    if (this.#stopped) {
      throw new YakError('SHUTTING_DOWN', `${this.#state.name} is closed. Ask for the present leader and send again.`)
    }
    if (this.#paused) {
      throw new YakError('LEADER_NOT_AVAILABLE', `${this.#state.name} is being truncated. Send again in a moment.`)
    }
    this.#assertSettled()
  }

  #append(
    batch: Uint8Array,
    head: Head,
    baseOffset: number,
    lastOffset: number,
    leaderEpoch: number,
  ): { readonly bytes: Buffer; readonly synced: Promise<void> } {
    const state = this.#state
    const segment = this.#segmentFor(head.sizeBytes, lastOffset)
    const group = this.#queue.groupFor(segment, head.sizeBytes)
    const bytes = state.tail.append(head.sizeBytes, baseOffset, lastOffset + 1)
    bytes.set(batch)
    segment.note({ baseOffset, lastOffset, maxTimestamp: head.maxTimestamp, sizeBytes: head.sizeBytes })
    state.epochs.note(leaderEpoch, baseOffset)
    const undo = state.producers.record(
      {
        producerId: head.producerId,
        producerEpoch: head.producerEpoch,
        baseSequence: head.baseSequence,
        lastSequence: head.lastSequence,
        baseOffset,
        lastOffset,
      },
      state.disk.clock.now(),
    )
    if (undo !== undefined) group.producerUndos.push(undo)
    group.add(bytes, lastOffset + 1)
    return { bytes, synced: group.durable }
  }

  #reserve(sizeBytes: number): void {
    const { config, disk, name } = this.#state
    const pendingBytes = this.#queue.pendingBytes
    if (pendingBytes > 0 && pendingBytes + sizeBytes > config.maxPendingBytes) {
      throw new YakError(
        'OVERLOADED',
        `${pendingBytes} bytes of ${name} wait for the disk and ${config.maxPendingBytes} may. Send again in a moment.`,
        { details: { pendingBytes, maxPendingBytes: config.maxPendingBytes } },
      )
    }
    disk.commits.reserve(sizeBytes)
  }

  /** The active segment, or a new one when this batch would make it too large, too old or too wide. */
  #segmentFor(sizeBytes: number, lastOffset: number): Segment {
    const { active, config, disk } = this.#state
    if (active.sizeBytes === 0) return active
    const isFull = active.sizeBytes + sizeBytes > config.segmentBytes
    const isOld = disk.clock.now() - active.createdMs >= config.segmentMs
    if (!isFull && !isOld && active.canHold(lastOffset)) return active
    return this.roll()
  }

  /** Closes the active segment, in memory; files follow with the next commit. */
  roll(): Segment {
    const state = this.#state
    const previous = state.active
    const next = state.newSegment(previous.nextOffset)
    const snapshot = encodeProducerSnapshot(state.producers.entries(), next.baseOffset)
    state.segments = [...state.segments, next]
    state.rolled.push({ segment: previous, snapshot, nextBaseOffset: next.baseOffset })
    return next
  }

  /** Everything a follower can know of batches before it takes them: they are whole, unbroken, and follow its log. */
  #checkFollowerBatches(
    batches: Uint8Array,
    fence: AppendFence,
  ): { readonly header: RecordBatchHeader; readonly position: number }[] {
    const { name, logEndOffset, epochs } = this.#state
    if (fence.expectedBaseOffset !== logEndOffset) {
      throw new YakError(
        'OFFSET_OUT_OF_RANGE',
        `The batches are for offset ${fence.expectedBaseOffset} of ${name}, and it ends at ${logEndOffset}. ` +
          'Fetch again from its end.',
        { details: { expectedBaseOffset: fence.expectedBaseOffset, logEndOffset } },
      )
    }
    const placed = [...recordBatches(batches)]
    if (placed.length === 0) throw new TypeError('No batches to append')
    let offset = fence.expectedBaseOffset
    let epoch = epochs.latestEpoch ?? -1
    for (const { header, position } of placed) {
      const problem =
        header.baseOffset !== offset
          ? `begins at offset ${header.baseOffset}, not ${offset}`
          : header.leaderEpoch < epoch || header.leaderEpoch > fence.leaderEpoch
            ? `has leader epoch ${header.leaderEpoch}, outside ${epoch} to ${fence.leaderEpoch}`
            : verifyRecordBatchChecksum(batches, position)
              ? undefined
              : 'does not match its checksum'
      if (problem !== undefined) {
        throw new YakError('CORRUPT_BATCH', `A batch for ${name} at byte ${position} ${problem}. Fetch it again.`, {
          details: { position, offset: header.baseOffset, leaderEpoch: header.leaderEpoch },
        })
      }
      offset = header.lastOffset + 1
      epoch = header.leaderEpoch
    }
    return placed
  }
}

function noMoreOffsets(name: string, logEndOffset: number): YakError {
  return new YakError(
    'OFFSET_OUT_OF_RANGE',
    `${name} ends at offset ${logEndOffset}, and the batch would reach beyond ${LIMITS.maxOffset}. Go on with another topic.`,
    { details: { logEndOffset, maxOffset: LIMITS.maxOffset } },
  )
}

function batchTooLarge(name: string, sizeBytes: number, maxBatchBytes: number): YakError {
  return new YakError(
    'BATCH_TOO_LARGE',
    `A batch for ${name} has ${sizeBytes} bytes and may have ${maxBatchBytes}. Send smaller batches.`,
    { details: { sizeBytes, maxBatchBytes } },
  )
}
