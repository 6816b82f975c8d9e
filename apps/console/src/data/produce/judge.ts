import { type ProduceResult, YakError } from '@yak/protocol'

export type Judgement =
  | { readonly kind: 'written'; readonly offset: number | null; readonly epoch: number }
  | { readonly kind: 'retry'; readonly error: YakError; readonly mayBeWritten: boolean }
  | { readonly kind: 'refused'; readonly error: YakError; readonly mayBeWritten: boolean }

/**
 * What follows from a broker's answer about the only batch of its partition that is under way. As in the SDK: once an
 * attempt may have been written, only "written" changes that; a later refusal says nothing about the earlier attempt.
 */
export function judge(
  result: Pick<ProduceResult, 'error' | 'baseOffset' | 'leaderEpoch' | 'detail'>,
  { mayBeWritten }: { readonly mayBeWritten: boolean },
): Judgement {
  if (result.error === null) return { kind: 'written', offset: result.baseOffset, epoch: result.leaderEpoch }
  const error = new YakError(result.error, result.detail === '' ? result.error : result.detail)
  // Written by the earlier attempt. A first attempt cannot be a duplicate of itself: then the sequence is another's.
  if (result.error === 'DUPLICATE_SEQUENCE' && mayBeWritten) return { kind: 'written', offset: null, epoch: -1 }
  if (error.retriable) return { kind: 'retry', error, mayBeWritten: error.outcome === 'unknown' }
  return { kind: 'refused', error, mayBeWritten }
}
