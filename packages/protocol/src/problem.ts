import { ERRORS, type ErrorCode } from './errors.ts'
import { YakError } from './yak-error.ts'

/** The body of every answer that is not a success: RFC 9457's problem+json with YAK's fields. */
export interface Problem {
  /** Names the kind of problem: `urn:yak:error:<code>`. */
  readonly type: string
  /** What the code means. */
  readonly title: string
  /** The HTTP status. */
  readonly status: number
  /** What happened, with its values, and what to do. */
  readonly detail: string
  /** The row of the error table. Tell errors apart by this. */
  readonly code: string
  /** The same request may succeed later without being changed. */
  readonly retriable: boolean
  /** What became of a write: `not-written` can never become visible, `unknown` may. */
  readonly outcome: 'not-written' | 'unknown'
  /** Under which the broker logged it. */
  readonly requestId?: string
  /** Facts for programs. */
  readonly details?: Readonly<Record<string, unknown>>
}

/** The content type of an answer that is a problem (RFC 9457). */
export const PROBLEM_CONTENT_TYPE = 'application/problem+json'

/** The body of the HTTP answer that tells of `error`; an error that only the SDK raises has the status of INTERNAL. */
export function problemOf(error: YakError, requestId?: string): Problem {
  const { status, title, outcome } = ERRORS[error.code]
  return {
    type: `urn:yak:error:${error.code}`,
    title,
    // An error that only the SDK raises never comes from a broker; as an answer it is a bug.
    status: status === 0 ? ERRORS.INTERNAL.status : status,
    detail: error.message,
    code: error.code,
    retriable: error.retriable,
    outcome,
    ...(requestId === undefined ? {} : { requestId }),
    ...(Object.keys(error.details).length === 0 ? {} : { details: error.details }),
  }
}

/**
 * The error that a problem body tells of. Never throws: a body that is no problem becomes INVALID_RESPONSE, and the code
 * of a newer broker becomes INTERNAL with that code among its details.
 */
export function errorOfProblem(json: unknown): YakError {
  if (!isRecord(json) || typeof json.code !== 'string' || typeof json.detail !== 'string') {
    return new YakError('INVALID_RESPONSE', 'The answer is an error without a problem body. Is this a YAK broker?')
  }
  const { code, detail, requestId, details, status } = json
  const facts = { ...(isRecord(details) ? details : {}), ...(typeof requestId === 'string' ? { requestId } : {}) }
  if (Object.hasOwn(ERRORS, code)) {
    const final = json.retriable === false ? { retriable: false as const } : {}
    return new YakError(code as ErrorCode, detail, { details: facts, ...final })
  }
  return new YakError('INTERNAL', detail, { details: { ...facts, code, status } })
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
