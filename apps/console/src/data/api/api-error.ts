import type { Problem } from '@yak/protocol'

/** A request that got no answer, or one that is not a success. Tell them apart by `code`, never by text. */
export class ApiError extends Error {
  /** A code of the broker's error table, or BROKERS_UNREACHABLE, INVALID_RESPONSE. */
  readonly code: string
  /** 0: no answer. */
  readonly status: number
  readonly retriable: boolean
  /** What became of a write. A GET has none. */
  readonly outcome: 'not-written' | 'unknown'
  readonly requestId: string | null
  /** Which broker said so: its address. */
  readonly url: string | null
  readonly details: Readonly<Record<string, unknown>>

  constructor(
    problem: Pick<Problem, 'code' | 'detail' | 'retriable' | 'outcome' | 'status'> & Partial<Problem>,
    from: { readonly url: string | null; readonly requestId?: string | null; readonly cause?: unknown },
  ) {
    super(problem.detail, { cause: from.cause })
    this.name = 'ApiError'
    this.code = problem.code
    this.status = problem.status
    this.retriable = problem.retriable
    this.outcome = problem.outcome
    this.requestId = problem.requestId ?? from.requestId ?? null
    this.url = from.url
    this.details = problem.details ?? {}
  }
}

/** What to paste into a report. */
export function errorReport(error: unknown): string {
  if (!(error instanceof ApiError))
    return error instanceof Error ? `${error.name}: ${error.message}\n${error.stack ?? ''}` : String(error)
  return [
    `${error.code} (HTTP ${error.status === 0 ? 'no answer' : error.status})`,
    error.message,
    `broker: ${error.url ?? 'none'}`,
    `request: ${error.requestId ?? 'unknown'}`,
    `outcome: ${error.outcome}`,
    `details: ${JSON.stringify(error.details)}`,
    `at: ${new Date().toISOString()}`,
  ].join('\n')
}
