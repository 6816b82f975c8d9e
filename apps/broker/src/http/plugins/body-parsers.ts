import type { IncomingHttpHeaders } from 'node:http'
import { fieldTwice, parseJsonExact, repeatedField, YakError } from '@yak/protocol'
import { parseRequest } from '@yak/protocol/schemas'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { assertBoundedJson, smallJsonBytes } from '../bounded-json.ts'
import { announcedBodyBytes, type BodyLimits, readBody } from '../request-body.ts'
import { Turns } from '../turns.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Why the body is no good, kept until the handler's turn. */
    bodyError: YakError | null
  }
  interface FastifyContextConfig {
    /** The path speaks the binary protocol. */
    frame?: boolean
  }
}

export const frameContentType = 'application/vnd.yak.v1'
const jsonContentType = 'application/json'

/**
 * Reads bodies. A bad one is reported through `bodyError` and not through Fastify's parser, which would answer it with
 * `connection: close` and so drop the answers to requests pipelined behind it.
 */
export function addBodyParsers(app: FastifyInstance, limits: BodyLimits): void {
  const turns = new Turns()
  app.decorateRequest('bodyError', null)
  app.removeAllContentTypeParsers()

  app.addContentTypeParser(frameContentType, (request, _stream, done) => {
    if (isRefusedUnread(request, true)) {
      done(null, undefined)
      return
    }
    readBody(request, request.exchange, limits, (error, body) => {
      request.bodyError = error ?? null
      if (error !== undefined) request.exchange.freeBody()
      inTurn(turns, request, 0, () => done(null, body))
    })
  })

  app.addContentTypeParser(jsonContentType, (request, _stream, done) => {
    if (isRefusedUnread(request, false)) {
      done(null, undefined)
      return
    }
    readBody(request, request.exchange, limits, (error, body) => {
      inTurn(turns, request, body.length, () => {
        let json: unknown
        if (error === undefined) json = jsonOf(request, body)
        else request.bodyError = error
        request.exchange.freeBody()
        done(null, json)
      })
    })
  })

  app.addHook('preValidation', (request, _reply, done) => {
    const { bodyError } = request
    if (bodyError === null) {
      // What has a body had its turn before.
      if (announcedBodyBytes(request) === 0) inTurn(turns, request, 0, () => done())
      else done()
      return
    }
    // What is left of a body that was given up cannot be told from the next request.
    if (bodyError.code === 'BODY_TOO_LARGE' || bodyError.code === 'OVERLOADED') request.connection.closeWhenAnswered()
    done(bodyError)
  })
}

/**
 * To read large JSON takes hundreds of milliseconds: several at once must not add theirs up. What comes behind on the same connection stays
 * behind, whatever its size.
 */
function inTurn(turns: Turns, { connection }: FastifyRequest, jsonBytes: number, start: () => void): void {
  if (jsonBytes <= smallJsonBytes && connection.bodiesWaiting === 0) {
    start()
    return
  }
  connection.bodiesWaiting++
  turns.take(() => {
    connection.bodiesWaiting--
    start()
  })
}

/** Whether the head alone, with a body that is a frame or JSON, is no good; `bodyError` says why. */
function isRefusedUnread(request: FastifyRequest, isFrame: boolean): boolean {
  const { config } = request.routeOptions
  // Nothing bounds the body of an upload here, and its route reads none of these.
  if (config?.upload === true) request.bodyError = notTaken(request)
  else if (isEncoded(request)) request.bodyError = encodedBody(request)
  else if ((config?.frame === true) !== isFrame) request.bodyError = notTaken(request)
  else if (!isFrame) request.bodyError = foreignCharset(request)
  return request.bodyError !== null
}

/** Nothing is unpacked here: what a body may grow to would be anybody's guess. Batches of the binary protocol are compressed inside. */
export function isEncoded({ headers }: FastifyRequest): boolean {
  return isContentEncoded(headers) || !['', 'chunked'].includes(headers['transfer-encoding']?.toLowerCase() ?? '')
}

function isContentEncoded(headers: IncomingHttpHeaders): boolean {
  return !['', 'identity'].includes(headers['content-encoding']?.toLowerCase() ?? '')
}

export function encodedBody({ headers }: FastifyRequest): YakError {
  const [name, kind, known] = isContentEncoded(headers)
    ? (['content-encoding', 'content encoding', 'none is'] as const)
    : (['transfer-encoding', 'transfer encoding', 'only chunked is'] as const)
  return new YakError(
    'UNSUPPORTED_MEDIA_TYPE',
    `The body has the ${kind} ${String(headers[name]).slice(0, 40)}, and ${known} understood here. Send it as it is, without ${name}.`,
  )
}

/** JSON is read as UTF-8: text of another charset would be stored as something else, or be told to be broken UTF-8. */
function foreignCharset({ headers }: FastifyRequest): YakError | null {
  const type = headers['content-type']
  if (type === undefined || type === jsonContentType) return null
  for (const [, quoted, bare] of type.matchAll(/;\s*charset\s*=\s*(?:"([^"]*)"|([^;\s]*))/gi)) {
    const charset = quoted ?? bare ?? ''
    if (/^utf-?8$/i.test(charset)) continue
    return new YakError(
      'UNSUPPORTED_MEDIA_TYPE',
      `The body has the charset ${charset.slice(0, 40)}, and JSON is UTF-8. Encode it as UTF-8, and send content-type: ${jsonContentType}.`,
    )
  }
  return null
}

/** Of a path that has no use for a body. */
const noFields = z.strictObject({})

const utf8Decoder = new TextDecoder('utf-8', { fatal: true })

function jsonOf(request: FastifyRequest, body: Buffer): unknown {
  if (body.length === 0) {
    request.bodyError = new YakError('INVALID_JSON', 'The body is empty. Send JSON, or no content type.')
    return undefined
  }
  try {
    assertBoundedJson(body)
    const text = utf8Decoder.decode(body)
    const json = parseJsonExact(text)
    const repeated = repeatedField(text, json)
    if (repeated !== undefined) throw fieldTwice(repeated, 'body')
    if (request.routeOptions.schema?.body === undefined) parseRequest(noFields, json ?? {}, 'body')
    return json
  } catch (error) {
    request.bodyError = YakError.is(error)
      ? error
      : new YakError('INVALID_JSON', 'The body is not UTF-8, as JSON must be. Encode it as UTF-8.', { cause: error })
    return undefined
  }
}

/** What POST /api/upload is sent must be a form. */
export function notAForm(): YakError {
  return new YakError(
    'UNSUPPORTED_MEDIA_TYPE',
    'An upload is a form. Send content-type: multipart/form-data with the field "file".',
  )
}

/** The content type is none that the path takes. */
export function notTaken({ headers, routeOptions: { config } }: FastifyRequest): YakError {
  if (config?.upload === true) return notAForm()
  const given = headers['content-type'] ?? ''
  const wrong = given === '' ? 'The body has no content type' : `This path does not take ${given.slice(0, 80)}`
  const expected = config?.frame === true ? frameContentType : jsonContentType
  return new YakError('UNSUPPORTED_MEDIA_TYPE', `${wrong}. Send content-type: ${expected}.`)
}
