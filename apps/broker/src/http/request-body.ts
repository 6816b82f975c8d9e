import { type ErrorCode, YakError } from '@yak/protocol'
import type { FastifyRequest } from 'fastify'
import type { YoungGarbage } from '../young-garbage.ts'
import type { Exchange } from './exchange.ts'

export interface BodyLimits {
  readonly maxRequestBytes: number
  /** Bytes are counted as they come, for nothing was reserved when the body was announced. Default false. */
  readonly isUnreserved?: boolean
  /** Told of each piece of a body, which is garbage as soon as it is copied. */
  readonly garbage: YoungGarbage
}

/** The announced size of a body; undefined when it comes in chunks; 0 without a body. */
export function announcedBodyBytes(request: FastifyRequest): number | undefined {
  const length = request.headers['content-length']
  if (length !== undefined) return Number(length)
  return request.headers['transfer-encoding'] === undefined ? 0 : undefined
}

/**
 * Reads a whole body into one buffer: exactly as long as announced, or growing up to the limit when it comes in chunks.
 * `done` gets a view of the exchange's buffer, which is used again once the exchange lets go of it.
 */
export function readBody(
  request: FastifyRequest,
  exchange: Exchange,
  limits: BodyLimits,
  done: (error: YakError | undefined, body: Buffer) => void,
): void {
  const stream = request.raw
  const announcedBytes = announcedBodyBytes(request)
  const isUnreserved = announcedBytes === undefined || limits.isUnreserved === true
  let body = announcedBytes === undefined ? Buffer.alloc(0) : exchange.takeBody(announcedBytes)
  let receivedBytes = 0

  const finish = (error: YakError | undefined): void => {
    stream.off('data', onData)
    stream.off('end', onEnd)
    stream.off('error', onCut)
    stream.off('close', onCut)
    // An error listener stays: what is still to come of a refused body may end in one.
    stream.on('error', ignore)
    if (error !== undefined) stream.resume()
    done(error, body.subarray(0, receivedBytes))
  }
  const refusalOf = (chunkBytes: number, endBytes: number): YakError | undefined => {
    if (endBytes > limits.maxRequestBytes) return bodyTooLarge(limits.maxRequestBytes)
    return exchange.tryReserve(chunkBytes) ? undefined : overloaded()
  }
  const onData = (chunk: Buffer): void => {
    const endBytes = receivedBytes + chunk.length
    if (isUnreserved) {
      const refusal = refusalOf(chunk.length, endBytes)
      if (refusal !== undefined) {
        finish(refusal)
        return
      }
      if (endBytes > body.length) body = grown(body, receivedBytes, endBytes)
    }
    body.set(chunk, receivedBytes)
    receivedBytes = endBytes
    limits.garbage.notePiece(chunk.length)
  }
  const onEnd = (): void => finish(undefined)
  const onCut = (): void => {
    finish(
      bodyError(
        'BODY_INCOMPLETE',
        `The body ended after ${receivedBytes} bytes${announcedBytes === undefined ? '' : ` of the ${announcedBytes} announced`}. Send it whole.`,
      ),
    )
  }
  stream.on('data', onData)
  stream.on('end', onEnd)
  stream.on('error', onCut)
  stream.on('close', onCut)
}

export function bodyTooLarge(maxRequestBytes: number, announcedBytes?: number): YakError {
  const size = announcedBytes === undefined ? 'more than' : `${announcedBytes} bytes, and at most`
  return new YakError(
    'BODY_TOO_LARGE',
    `The body has ${size} ${maxRequestBytes}${announcedBytes === undefined ? ' bytes' : ' are allowed'}. Send less in one request.`,
    { details: { maxRequestBytes } },
  )
}

export function overloaded(): YakError {
  return bodyError('OVERLOADED', 'The broker holds as many bytes of requests as it may. Try again in a moment.')
}

function bodyError(code: ErrorCode, message: string): YakError {
  return new YakError(code, message)
}

function grown(body: Buffer, usedBytes: number, neededBytes: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(Math.max(neededBytes, body.length * 2, 4_096))
  body.copy(larger, 0, 0, usedBytes)
  return larger
}

function ignore(): void {}
