import { type ErrorCode, type ProduceResult, YakError } from '@yak/protocol'

/**
 * What follows from a broker's answer about one batch.
 *
 * - `done`: written; `offset` undefined when it is no longer known where.
 * - `retry`: the same bytes again, after those before them.
 * - `restart`: no retry can succeed under this sequence. Once nothing of the partition is under way, what is definitely not
 *   written goes on from sequence 0 under a higher producer epoch, or a new producer id.
 * - `split`: too large as one; again as two, in the same sequence: should the whole be in a log after all, its parts are
 *   refused there.
 * - `failed`: given up.
 */
export type Judgement =
  | { readonly kind: 'done'; readonly offset: number | undefined }
  | { readonly kind: 'retry'; readonly error: YakError; readonly mayBeWritten: boolean; readonly isQueued: boolean }
  | { readonly kind: 'restart'; readonly error: YakError; readonly how: Restart }
  | { readonly kind: 'split' }
  | { readonly kind: 'failed'; readonly error: YakError }

export type Restart = 'next-epoch' | 'new-producer-id'

export interface BatchFacts {
  readonly recordCount: number
  /** An earlier attempt may have been written. */
  readonly mayBeWritten: boolean
  /** It was split off a larger one, of which `mayBeWritten` may speak. */
  readonly isPart: boolean
  /** A batch before this one in the partition is not settled. */
  readonly hasEarlier: boolean
}

const SPLIT_CODES: ReadonlySet<ErrorCode> = new Set([
  'BODY_TOO_LARGE',
  'BATCH_TOO_LARGE',
  'RECORD_TOO_LARGE',
  'INVALID_RECORD',
])

/**
 * The rule above all others: once an attempt may have been written, only "done" changes that. A later refusal is no proof that
 * the earlier attempt was not, or will not be, written; so the batch is sent again as it was, or its outcome is unknown.
 */
export function judge(result: ProduceResult, batch: BatchFacts): Judgement {
  if (result.error === null) return { kind: 'done', offset: result.baseOffset }
  const error = new YakError(result.error, result.detail === '' ? result.error : result.detail)
  switch (result.error) {
    case 'DUPLICATE_SEQUENCE':
      // A first attempt cannot be a duplicate of itself: the sequence was used for other records.
      if (!batch.mayBeWritten) return { kind: 'restart', error, how: 'new-producer-id' }
      // A part whose whole was written after all; whether that is committed yet, this answer does not say.
      if (batch.isPart) return { kind: 'failed', error: honest(error, true) }
      return { kind: 'done', offset: undefined }
    case 'OUT_OF_ORDER_SEQUENCE':
    case 'UNKNOWN_PRODUCER_ID':
      if (batch.hasEarlier) return { kind: 'retry', error, mayBeWritten: false, isQueued: true }
      return restart(error, batch, 'next-epoch')
    case 'INVALID_PRODUCER_EPOCH':
      return restart(error, batch, 'new-producer-id')
    default:
  }
  if (error.retriable) return { kind: 'retry', error, mayBeWritten: error.outcome === 'unknown', isQueued: false }
  if (SPLIT_CODES.has(result.error) && batch.recordCount > 1) return { kind: 'split' }
  return { kind: 'failed', error: honest(error, batch.mayBeWritten) }
}

function restart(error: YakError, batch: BatchFacts, how: Restart): Judgement {
  if (batch.mayBeWritten) return { kind: 'failed', error: honest(error, true) }
  return { kind: 'restart', error, how }
}

/** The error as it may be told: a refusal says nothing about an earlier attempt that may have been written. */
export function honest(error: YakError, mayBeWritten: boolean): YakError {
  if (!mayBeWritten || error.outcome === 'unknown') return error
  return new YakError(
    'OUTCOME_UNKNOWN',
    `An earlier attempt may have been written, and a later one was refused: ${error.message} Read the partition to find out.`,
    { cause: error },
  )
}
