import { z } from 'zod'
import { ERRORS, type ErrorCode } from './errors.ts'
import { YakError } from './yak-error.ts'

/** The body of every answer that is not a success: RFC 9457's problem+json with YAK's fields. */
export const problemSchema = z
  .looseObject({
    type: z.string().meta({ description: 'Names the kind of problem: urn:yak:error:<code>.' }),
    title: z.string().meta({ description: 'What the code means.' }),
    status: z.int().meta({ description: 'The HTTP status.' }),
    detail: z.string().meta({ description: 'What happened, with its values, and what to do.' }),
    code: z.string().meta({ description: 'The row of the error table. Tell errors apart by this.' }),
    retriable: z.boolean().meta({ description: 'The same request may succeed later without being changed.' }),
    outcome: z.enum(['not-written', 'unknown']).optional().meta({
      description: 'What became of a write: not-written can never become visible, unknown may.',
    }),
    requestId: z.string().optional().meta({ description: 'Under which the broker logged it.' }),
    details: z.record(z.string(), z.unknown()).optional().meta({ description: 'Facts for programs.' }),
  })
  .meta({
    id: 'Problem',
    description: 'An error, as RFC 9457 problem+json.',
    examples: [
      {
        type: 'urn:yak:error:OFFSET_OUT_OF_RANGE',
        title: 'The offset is below the log start or beyond the log end',
        status: 416,
        detail: 'Offset 120 is below the log start offset 500 of orders-1. Seek to 500 or later.',
        code: 'OFFSET_OUT_OF_RANGE',
        retriable: false,
        outcome: 'not-written',
        requestId: 'req-7f',
        details: { offset: 120, logStartOffset: 500 },
      },
    ],
  })

export type Problem = z.infer<typeof problemSchema>

export const PROBLEM_CONTENT_TYPE = 'application/problem+json'

export function problemOf(error: YakError, requestId?: string): Problem {
  const { status, title, retriable, outcome } = ERRORS[error.code]
  return {
    type: `urn:yak:error:${error.code}`,
    title,
    // An error that only the SDK raises never came from a broker; as an answer it is a bug.
    status: status === 0 ? ERRORS.INTERNAL.status : status,
    detail: error.message,
    code: error.code,
    retriable,
    outcome,
    ...(requestId === undefined ? {} : { requestId }),
    ...(Object.keys(error.details).length === 0 ? {} : { details: error.details }),
  }
}

/**
 * The error that a problem body tells of. Never throws: a body that is no problem becomes INVALID_RESPONSE, and a code of
 * a newer broker becomes INTERNAL with the code among its details.
 */
export function errorOfProblem(json: unknown): YakError {
  const parsed = problemSchema.safeParse(json)
  if (!parsed.success) {
    return new YakError('INVALID_RESPONSE', 'The answer is an error without a problem body. Is this a YAK broker?')
  }
  const { code, detail, requestId, details } = parsed.data
  const facts = { ...details, ...(requestId === undefined ? {} : { requestId }) }
  if (Object.hasOwn(ERRORS, code)) return new YakError(code as ErrorCode, detail, { details: facts })
  return new YakError('INTERNAL', detail, { details: { ...facts, code, status: parsed.data.status } })
}
