import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { PROBLEM_CONTENT_TYPE, problemOf, YakError } from '@yak/protocol'
import type { Connection } from './connection.ts'

type ClientError = Error & { readonly code?: string }

/**
 * Answers bytes that the HTTP parser could not make a request of. No Fastify request exists for them, so the answer is
 * written by hand, behind the answers owed to requests before.
 */
export function answerClientError(cause: ClientError, connection: Connection): void {
  if (cause.code === 'ECONNRESET' || !connection.isWritable) {
    connection.destroy()
    return
  }
  if (cause.code === 'ERR_HTTP_REQUEST_TIMEOUT' && connection.isOnOwnTime) {
    // Node looks at the time of a request once, so what comes behind this one on its connection would have none.
    connection.closeWhenAnswered()
    return
  }
  connection.closeWith(lastAnswer(clientError(cause)))
}

/** CONNECT asks for a tunnel, and Node gives the bare socket for it. */
export function answerConnect(connection: Connection): void {
  const text = 'CONNECT is for proxies, and this is a broker. GET /openapi.json lists what it takes.'
  connection.closeWith(lastAnswer(new YakError('METHOD_NOT_ALLOWED', text)))
}

/** A request that would be a WebSocket and is not what RFC 6455 asks for. Nothing else is under way on its connection. */
export function answerBadHandshake(cause: Error, socket: Duplex): void {
  const text = `${cause.message}: the request does not open a WebSocket. Use a client that speaks RFC 6455, version 13.`
  socket.end(lastAnswer(new YakError('INVALID_REQUEST', text, { cause })))
}

function lastAnswer(error: YakError): string {
  const problem = problemOf(error)
  const body = JSON.stringify(problem)
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? 'Error'}`,
    `content-type: ${PROBLEM_CONTENT_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}

function clientError(cause: ClientError): YakError {
  switch (cause.code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new YakError(
        'BODY_INCOMPLETE',
        'The request was not complete in time. Send it faster, or in smaller parts.',
        { cause },
      )
    case 'HPE_INVALID_EOF_STATE':
      return new YakError('BODY_INCOMPLETE', 'The connection ended in the middle of a request. Send it whole.', {
        cause,
      })
    case 'HPE_HEADER_OVERFLOW':
      return new YakError('INVALID_REQUEST', 'The headers are larger than 16 KiB. Send fewer or shorter ones.', {
        cause,
      })
    default:
      return new YakError(
        'INVALID_REQUEST',
        `The bytes are not an HTTP/1.1 request (${cause.code ?? cause.message}). Check what speaks to this port.`,
        { cause },
      )
  }
}
