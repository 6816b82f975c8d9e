import { consumeQuerySchema, consumeResponseSchema } from '@yak/protocol/schemas'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { BrokerServices } from '../../broker-services.ts'
import { consumeRecords, consumeResponseText } from '../../records/json-consume.ts'
import { assertTopicName } from '../../topics/topics.ts'
import { sendJsonText } from '../send-answer.ts'
import { waitEndOf } from '../wait-end.ts'
import { problemResponses } from './problem-responses.ts'

/** GET /consume: committed records of one partition as JSON. */
export function addConsumeRoute(plainApp: FastifyInstance, services: BrokerServices): void {
  const app = plainApp.withTypeProvider<ZodTypeProvider>()
  app.get(
    '/consume',
    {
      config: { leader: true },
      schema: {
        tags: ['records'],
        summary: 'Read committed records of a partition',
        description:
          'A value stands as the JSON that was sent, digit for digit; bytes that are not JSON stand as a string with `encoding`. ' +
          'Fewer than `limit` come where they are large. Go on at `nextOffset`.',
        querystring: consumeQuerySchema,
        response: { 200: consumeResponseSchema, ...problemResponses },
      },
    },
    async (request, reply) => {
      const startMs = performance.now()
      const { topic: name, partition, offset, limit, maxBytes, maxWaitMs } = request.query
      assertTopicName(name)
      const consumed = await consumeRecords(
        services.topics.get(name),
        { partition, position: offset, limit, maxBytes, maxWaitMs },
        waitEndOf(request, services),
        services,
      )
      services.metrics.fetchSeconds.observe((performance.now() - startMs) / 1_000)
      request.exchange.onEnd(() => services.answers.release(consumed.sizeBytes))
      const text = consumeResponseText(name, partition, consumed)
      sendJsonText(request, reply, text, services.config.requestTimeoutMs)
      return reply
    },
  )
}
