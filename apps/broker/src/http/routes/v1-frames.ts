import { YakError } from '@yak/protocol'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { BrokerServices } from '../../broker-services.ts'
import { produceFrame } from '../../records/binary-produce.ts'
import { frameContentType } from '../plugins/body-parsers.ts'
import { sendChunks } from '../send-answer.ts'
import { waitEndOf } from '../wait-end.ts'
import { problemResponses } from './problem-responses.ts'

declare module 'fastify' {
  interface FastifySchema {
    /** For the OpenAPI document: the body is a frame of the binary protocol. */
    'x-frame'?: string
  }
}

const frame = { content: { [frameContentType]: { schema: z.string().meta({ format: 'binary' }) } } }

/** The binary produce and fetch that the SDK speaks. */
export function addV1FrameRoutes(app: FastifyInstance, services: BrokerServices): void {
  const { config, metrics } = services
  const limits = { maxBatchBytes: config.maxBatchBytes, maxRecordBytes: config.maxRecordBytes }

  app.post(
    '/v1/produce',
    {
      config: { frame: true, leader: true, writes: true },
      schema: {
        tags: ['v1'],
        summary: 'Append record batches to many partitions',
        description: `A produce-request frame (${frameContentType}) to a produce-response frame; see docs/protocol.md.`,
        'x-frame': 'A produce-request frame.',
        response: { 200: { description: 'A produce-response frame.', ...frame }, ...problemResponses },
      },
    },
    (request, reply) => {
      const startMs = performance.now()
      const onEntryError = (error: YakError) => request.exchange.notePartError(error)
      const options = { topics: services.topics, gate: services.gate, limits, onEntryError }
      const produced = produceFrame(frameOf(request.body), options)
      request.exchange.freeBody()
      produced.then(
        (response) => {
          metrics.produceSeconds.observe((performance.now() - startMs) / 1_000)
          reply
            .header('content-type', frameContentType)
            .send(Buffer.from(response.buffer, response.byteOffset, response.length))
        },
        (error) => reply.send(error),
      )
    },
  )

  app.post(
    '/v1/fetch',
    {
      config: { frame: true, leader: true },
      schema: {
        tags: ['v1'],
        summary: 'Read record batches of many partitions, or wait for them',
        description: `A fetch-request frame (${frameContentType}) to a fetch-response frame; see docs/protocol.md.`,
        'x-frame': 'A fetch-request frame.',
        response: { 200: { description: 'A fetch-response frame.', ...frame }, ...problemResponses },
      },
    },
    (request, reply) => {
      const startMs = performance.now()
      const onEntryError = (error: YakError) => request.exchange.notePartError(error)
      const answered = services.binaryFetch.answer(frameOf(request.body), waitEndOf(request, services), onEntryError)
      request.exchange.freeBody()
      answered.then(
        ({ chunks, sizeBytes }) => {
          metrics.fetchSeconds.observe((performance.now() - startMs) / 1_000)
          request.exchange.onEnd(() => services.answers.release(sizeBytes))
          sendChunks(request, reply, frameContentType, chunks, config.requestTimeoutMs)
        },
        (error) => reply.send(error),
      )
    },
  )
}

function frameOf(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body
  throw new YakError('MALFORMED_FRAME', `There is no body. Send a frame with content-type: ${frameContentType}.`)
}
