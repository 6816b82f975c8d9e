import { ERRORS, type ErrorCode, type ErrorDefinition } from './errors.ts'

const brand: unique symbol = Symbol.for('yak.error') as never

/** What an error carries besides its code and its sentence. */
export interface YakErrorOptions {
  /** Facts for programs: offsets, limits, names. Serialised into the problem+json answer. */
  readonly details?: Readonly<Record<string, unknown>>
  /** What it came from, as in every Error. */
  readonly cause?: unknown
  /** `false`: here waiting does not help, though for most with this code it does. */
  readonly retriable?: false
}

/**
 * The one error class of YAK. Tell errors apart by `code`, never by text; across copies of this package by
 * `YakError.is`, never by `instanceof`. The message says what happened, the value, and what to do.
 */
export class YakError extends Error {
  override readonly name: string = 'YakError'
  /** The row of the error table; by this errors are told apart. */
  readonly code: ErrorCode
  /** Facts for programs: offsets, limits, names. Empty when there are none. */
  readonly details: Readonly<Record<string, unknown>>
  /** The same request may succeed later without being changed. */
  readonly retriable: boolean
  readonly [brand] = true

  constructor(code: ErrorCode, message: string, options: YakErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = options.details ?? {}
    this.retriable = options.retriable ?? ERRORS[code].retriable
  }

  /** The row of the error table. */
  get definition(): ErrorDefinition {
    return ERRORS[this.code]
  }

  /** What became of a write that failed with this error. */
  get outcome(): 'not-written' | 'unknown' {
    return this.definition.outcome
  }

  /** Whether it is a YakError of any copy of this package; with `code`, one of that code. */
  static is(error: unknown, code?: ErrorCode): error is YakError {
    return (
      typeof error === 'object' &&
      error !== null &&
      (error as { [brand]?: boolean })[brand] === true &&
      (code === undefined || (error as YakError).code === code)
    )
  }
}
