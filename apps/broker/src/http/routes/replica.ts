import { YakError } from '@yak/protocol'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { decodeReplicaFetchRequest, encodeReplicaFetchResponse } from '../../replication/core/replica-frames.ts'
import {
  decodeOneWayMessage,
  decodePromiseRequest,
  encodeJsonMessage,
} from '../../replication/transport/message-codec.ts'
import {
  addresseeHeader,
  answeredByHeader,
  processHeader,
  replicaFrameType,
  replicaJsonType,
  replicaLimits,
  replicaPaths,
} from '../../replication/transport/replica-http.ts'
import type {
  AnswerListener,
  ReplicaAnswerMessage,
  ReplicaInbox,
  ReplicaRequestMessage,
} from '../../replication/transport/replica-inbox.ts'
import { encodeSharedSettings } from '../../replication/transport/shared-settings.ts'
import type { YoungGarbage } from '../../young-garbage.ts'
import { announcedBodyBytes, bodyTooLarge, readBody } from '../request-body.ts'

export interface ReplicaRouteServices {
  readonly replicaInbox: ReplicaInbox
  readonly garbage: YoungGarbage
}

/**
 * What brokers say to each other. These paths take no share of the memory for clients' requests and are served while the
 * broker opens its logs and while it stops: an overloaded broker is to be followed and voted for all the same. What they
 * may hold is bounded here, by size, by a sum and a time for all of them, and by the few requests of a peer that may wait.
 */
export async function addReplicaRoutes(app: FastifyInstance, services: ReplicaRouteServices): Promise<void> {
  const { replicaInbox } = services
  // A scope of its own: its bodies are read within other bounds, and every answer of it says who gives it.
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    addBodyParser(scope, replicaFrameType, replicaLimits.maxFetchRequestBytes, services)
    addBodyParser(scope, replicaJsonType, replicaLimits.maxJsonBytes, services)
    scope.addHook('onRequest', (request, _reply, done) => {
      done(misdirection(request.headers[addresseeHeader], replicaInbox.brokerId))
    })
    scope.addHook('onSend', (_request, reply, payload, done) => {
      reply.header(answeredByHeader, replicaInbox.brokerId)
      done(null, payload)
    })

    const config = { always: true, peer: true }
    const schema = { hide: true }
    scope.get(replicaPaths.broker, { config, schema }, (_request, reply) => {
      const { processId, ownSettings } = replicaInbox
      reply.header(processHeader, processId).type(replicaJsonType).send(encodeSharedSettings(ownSettings))
    })
    scope.post(replicaPaths.promise, { config, schema }, (request, reply) => {
      ask(request, reply, decodePromiseRequest(takeBody(request, replicaJsonType)), services)
    })
    scope.post(replicaPaths.fetch, { config, schema }, (request, reply) => {
      ask(request, reply, decodeReplicaFetchRequest(takeBody(request, replicaFrameType)), services)
    })
    scope.post(replicaPaths.message, { config, schema }, (request, reply) => {
      const message = decodeOneWayMessage(takeBody(request, replicaJsonType))
      request.exchange.freeBody()
      replicaInbox.tell(message)
      reply.code(204).send()
    })
  })
}

function ask(
  request: FastifyRequest,
  reply: FastifyReply,
  message: ReplicaRequestMessage,
  services: ReplicaRouteServices,
): void {
  const { replicaInbox: inbox, garbage } = services
  const onAnswer: AnswerListener = (answer) => {
    if (answer === null) {
      sendRaw(request, reply, inbox.brokerId, 204, undefined, [])
      return
    }
    const sizeBytes = sendRaw(request, reply, inbox.brokerId, 200, contentTypeOf(answer), chunksOf(answer))
    request.exchange.onEnd(() => garbage.noteAnswer(sizeBytes))
  }
  request.exchange.freeBody()
  const forget = inbox.ask(message, onAnswer)
  request.exchange.onEnd(forget)
}

function contentTypeOf({ type }: ReplicaAnswerMessage): string {
  return type === 'fetch-response' ? replicaFrameType : replicaJsonType
}

function chunksOf(answer: ReplicaAnswerMessage): Uint8Array[] {
  return answer.type === 'fetch-response' ? encodeReplicaFetchResponse(answer) : [encodeJsonMessage(answer)]
}

/**
 * Past Fastify's serialisation, the batches uncopied. Within a step of the core, so it must not throw. A peer that takes no
 * bytes ends its fetch by itself, and with it the connection. Returns how many bytes the body has.
 */
function sendRaw(
  request: FastifyRequest,
  reply: FastifyReply,
  brokerId: string,
  status: number,
  contentType: string | undefined,
  chunks: readonly Uint8Array[],
): number {
  reply.hijack()
  let sizeBytes = 0
  for (const chunk of chunks) sizeBytes += chunk.length
  if (request.exchange.isEnded) return sizeBytes
  const response = reply.raw
  if (contentType === undefined) response.writeHead(status, { [answeredByHeader]: brokerId })
  else
    response.writeHead(status, {
      'content-type': contentType,
      'content-length': sizeBytes,
      [answeredByHeader]: brokerId,
    })
  response.cork()
  for (const chunk of chunks) response.write(chunk)
  response.end()
  response.uncork()
  return sizeBytes
}

function addBodyParser(
  scope: FastifyInstance,
  contentType: string,
  maxRequestBytes: number,
  { garbage }: ReplicaRouteServices,
): void {
  scope.addContentTypeParser(contentType, (request, _stream, done) => {
    const announcedBytes = announcedBodyBytes(request)
    if (announcedBytes !== undefined && announcedBytes > maxRequestBytes) {
      request.bodyError = bodyTooLarge(maxRequestBytes, announcedBytes)
      done(null, undefined)
      return
    }
    readBody(request, request.exchange, { maxRequestBytes, isUnreserved: true, garbage }, (error, body) => {
      request.bodyError = error ?? null
      if (error !== undefined) request.exchange.freeBody()
      done(null, body)
    })
  })
}

/** The messages decoded from it hold none of its bytes. */
function takeBody(request: FastifyRequest, contentType: string): Buffer {
  const { body } = request
  const isExpected = request.headers['content-type']?.startsWith(contentType) === true
  if (!Buffer.isBuffer(body) || !isExpected) {
    throw new YakError('UNSUPPORTED_MEDIA_TYPE', `This path is for other brokers. Send content-type: ${contentType}.`)
  }
  return body
}

/** A request for another broker: the URL that the sender has for that one leads here. */
function misdirection(addressee: string | string[] | undefined, brokerId: string): YakError | undefined {
  if (addressee === undefined || addressee === brokerId) return undefined
  return new YakError('INVALID_REQUEST', `This is broker ${brokerId}, not ${addressee}. Correct --peers.`)
}
