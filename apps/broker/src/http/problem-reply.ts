import { PROBLEM_CONTENT_TYPE, problemOf, YakError } from '@yak/protocol'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { notTaken } from './plugins/body-parsers.ts'
import type { RefusalLog } from './refusal-log.ts'

/** Seconds a refused client is asked to wait. */
const retryAfterSeconds = 1

const retryAfterStatuses: ReadonlySet<number> = new Set([429, 503, 507])

/** Sends an error as RFC 9457 problem+json, and logs those that are the broker's fault. */
export function sendProblem(
  cause: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  refusals: RefusalLog,
): FastifyReply {
  const error = yakErrorOf(cause, request)
  const problem = problemOf(error, request.id)
  if (error.code === 'INTERNAL')
    request.log.error({ err: error.cause ?? error, requestId: request.id }, 'request failed')
  else if (problem.status >= 500) refusals.note(error, request.id)
  reply.code(problem.status).header('content-type', PROBLEM_CONTENT_TYPE).header('x-request-id', request.id)
  const leader = leaderUrlOf(error)
  if (leader !== undefined) reply.header('location', `${leader}${pathOf(request.url)}`)
  if (error.retriable && retryAfterStatuses.has(problem.status)) reply.header('retry-after', retryAfterSeconds)
  return reply.send(JSON.stringify(problem))
}

/** Where a request that needs the leader is sent: `curl -L` and browsers go there by themselves. */
function leaderUrlOf({ code, details }: YakError): string | undefined {
  if (code !== 'NOT_LEADER') return undefined
  const { leader } = details as { readonly leader?: { readonly url?: unknown } }
  return typeof leader?.url === 'string' && leader.url !== '' ? leader.url : undefined
}

/** With the query. HTTP lets a client name the whole URL, as to a proxy. */
function pathOf(url: string): string {
  return url.replace(/^[a-z]+:\/\/[^/?]*/i, '')
}

/** Fastify's own errors by what they mean here; anything unknown is a bug of ours. */
function yakErrorOf(cause: unknown, request: FastifyRequest): YakError {
  if (YakError.is(cause)) return cause
  const { code, message } = cause as Partial<FastifyError>
  switch (code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return notTaken(request)
    case 'FST_ERR_BAD_URL':
      return new YakError('INVALID_REQUEST', 'The path is not a valid URL. Encode it, each % as %25.')
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new YakError('INVALID_REQUEST', 'A part of the path is too long. Use a shorter name.')
    default:
      // Whatever else Fastify finds wrong with a request.
      if (code?.startsWith('FST_') === true && isClientFault(cause as FastifyError)) {
        return new YakError('INVALID_REQUEST', `${message} Correct the request and send it again.`)
      }
      return new YakError('INTERNAL', 'The broker hit a bug. Its log has the details under this request id.', {
        cause: cause ?? message,
      })
  }
}

function isClientFault({ statusCode = 500 }: FastifyError): boolean {
  return statusCode >= 400 && statusCode < 500
}
