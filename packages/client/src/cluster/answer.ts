import { type ErrorCode, errorOfProblem, YakError } from '@yak/protocol'
import { TransportError, type TransportResponse } from '../transport/transport.ts'

/** A broker's Retry-After is followed up to this. */
const MAX_RETRY_AFTER_MS = 5_000

/** Codes that say "another broker, or the same one in a moment". */
const LEADERSHIP_CODES: ReadonlySet<ErrorCode> = new Set([
  'NOT_LEADER',
  'LEADER_NOT_AVAILABLE',
  'SHUTTING_DOWN',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
])

const decoder = new TextDecoder()

export function isAboutLeadership(code: ErrorCode): boolean {
  return LEADERSHIP_CODES.has(code)
}

/**
 * How long a refusing broker asks to be left alone, in milliseconds; 0: it does not. One that leads no more is left anyway, and
 * what it asks for is not the next leader's wish.
 */
export function retryAfterMsOf(response: TransportResponse, error: YakError): number {
  return isAboutLeadership(error.code) ? 0 : Math.min(response.retryAfterSeconds * 1_000, MAX_RETRY_AFTER_MS)
}

/** The JSON of an answer that says it succeeded. */
export function jsonOfAnswer(response: TransportResponse, url: string): unknown {
  if (/\bjson\b/.test(response.contentType)) {
    try {
      return JSON.parse(decoder.decode(response.body))
    } catch {
      // Said below: what calls itself JSON and is not.
    }
  }
  throw notYak(response, url)
}

/** The error that an answer other than a success tells of. */
export function errorOfAnswer(response: TransportResponse, url: string): YakError {
  if (/\bjson\b/.test(response.contentType)) {
    try {
      const error = errorOfProblem(JSON.parse(decoder.decode(response.body)))
      if (error.code !== 'INVALID_RESPONSE') return error
    } catch {
      // No JSON at all: said below.
    }
  }
  return notYak(response, url)
}

/** The error that a request without an answer ends in, when nothing better comes of trying again. */
export function errorOfTransport(error: TransportError): YakError {
  if (error.failure === 'protocol') {
    return new YakError('INVALID_RESPONSE', `${error.message} Is it a YAK broker? Check its address.`, { cause: error })
  }
  return new YakError('BROKERS_UNREACHABLE', error.message, { cause: error })
}

export function asYakError(error: unknown): YakError {
  if (YakError.is(error)) return error
  if (error instanceof TransportError) return errorOfTransport(error)
  return new YakError('INTERNAL', `A bug in the client: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
  })
}

export function notYak(response: TransportResponse, url: string): YakError {
  const kind = response.contentType === '' ? 'no content type' : response.contentType
  return new YakError(
    'INVALID_RESPONSE',
    `${url} answers ${response.status} with ${kind}, as no YAK broker does. Check its address.`,
    { details: { url, status: response.status, contentType: response.contentType } },
  )
}
