import { YakError } from '@yak/protocol'

/** The errors that every store has; what only Redis or SQLite can say is in their own folders. */

export function closedError(): YakError {
  return new YakError('COORDINATOR_CLOSED', 'The lease store is closed. Open another one.')
}

/** `advice`: a sentence more, on what to look at should it last. */
export function noAnswerError(
  address: string,
  waited: string,
  { cause, advice }: { readonly cause?: unknown; readonly advice?: string } = {},
): YakError {
  const text = `The coordinator at ${address} was asked and ${waited}. It may have acted: read the record before you rely on it.`
  return new YakError('COORDINATOR_NO_ANSWER', advice === undefined ? text : `${text} ${advice}`, {
    details: { address },
    cause,
  })
}
