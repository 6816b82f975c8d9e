import { LIMITS, YakError } from '@yak/protocol'
import {
  messagesResponseSchema,
  subscribeRequestSchema,
  subscribeResponseSchema,
  subscriptionParametersSchema,
  subscriptionsResponseSchema,
  unsubscribeResponseSchema,
} from '@yak/protocol/schemas'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { BrokerServices } from '../../broker-services.ts'
import type { Subscription } from '../../pages/subscriptions.ts'
import { type ConsumedRecords, consumeRecords } from '../../records/json-consume.ts'
import { assertOffsetInRange, offsetOfPosition } from '../../records/read-position.ts'
import { assertTopicName } from '../../topics/topics.ts'
import { sendJsonText } from '../send-answer.ts'
import { waitEndOf } from '../wait-end.ts'
import { problemResponses } from './problem-responses.ts'

/** Bytes of batches read for one call; a page asks again for the rest. */
const maxBytesPerCall = 1_048_576

const tags = ['pages']

/** What the consumer page speaks: /api/subscribe, /api/subscriptions, /api/messages and /api/unsubscribe. */
export function addConsumerPageRoutes(plainApp: FastifyInstance, services: BrokerServices): void {
  const app = plainApp.withTypeProvider<ZodTypeProvider>()
  const { subscriptions } = services

  app.post(
    '/api/subscribe',
    {
      config: { leader: true },
      schema: {
        tags,
        summary: 'Follow one partition',
        description: `The subscription ends when nobody asks for its messages for ${LIMITS.subscriptionExpiryMs / 60_000} minutes.`,
        body: subscribeRequestSchema,
        response: { 200: subscribeResponseSchema, ...problemResponses },
      },
    },
    async ({ body }) => {
      assertTopicName(body.topic)
      const topic = services.topics.get(body.topic)
      const partition = topic.partition(body.partition)
      const nextOffset = await offsetOfPosition(partition, body.offset)
      assertOffsetInRange(partition, nextOffset)
      const position = { topic: topic.name, topicId: topic.id, partition: body.partition, nextOffset }
      return { id: subscriptions.add(position).id }
    },
  )

  app.get(
    '/api/subscriptions',
    {
      config: { leader: true },
      schema: {
        tags,
        summary: 'All subscriptions',
        response: { 200: subscriptionsResponseSchema, ...problemResponses },
      },
    },
    async () => ({
      subscriptions: subscriptions
        .list()
        .map(({ id, topic, partition, nextOffset }) => ({ id, topic, partition, nextOffset })),
    }),
  )

  app.get(
    '/api/messages/:id',
    {
      config: { leader: true },
      schema: {
        tags,
        summary: 'Messages since the last call',
        description: `At most ${LIMITS.defaultConsumeRecords} at once; ask again until there are none.`,
        params: subscriptionParametersSchema,
        response: { 200: messagesResponseSchema, ...problemResponses },
      },
    },
    async (request, reply) => {
      const text = await subscriptions.take(request.params.id, (subscription) =>
        messagesText(subscription, request, services),
      )
      sendJsonText(request, reply, text, services.config.requestTimeoutMs)
      return reply
    },
  )

  app.delete(
    '/api/unsubscribe/:id',
    {
      config: { leader: true },
      schema: {
        tags,
        summary: 'End a subscription',
        params: subscriptionParametersSchema,
        response: { 200: unsubscribeResponseSchema, ...problemResponses },
      },
    },
    async ({ params }) => {
      subscriptions.remove(params.id)
      return { id: params.id }
    },
  )
}

/** Reads on from the subscription's position and moves it behind what is answered with. */
async function messagesText(
  subscription: Subscription,
  request: FastifyRequest,
  services: BrokerServices,
): Promise<string> {
  const topic = services.topics.get(subscription.topic)
  if (topic.id !== subscription.topicId) {
    throw new YakError(
      'UNKNOWN_TOPIC_ID',
      `${topic.name} was deleted and created again since this subscription began. Subscribe to the new one.`,
    )
  }
  const { logStartOffset } = topic.partition(subscription.partition)
  const skipped = Math.max(0, logStartOffset - subscription.nextOffset)
  const consumed = await consumeRecords(
    topic,
    {
      partition: subscription.partition,
      position: subscription.nextOffset + skipped,
      limit: LIMITS.defaultConsumeRecords,
      maxBytes: maxBytesPerCall,
      maxWaitMs: 0,
    },
    waitEndOf(request, services),
    services,
  )
  request.exchange.onEnd(() => services.answers.release(consumed.sizeBytes))
  // Nobody is there to take them any more: the next call gets them.
  if (!request.exchange.isEnded) subscription.nextOffset = consumed.nextOffset
  return messagesJson(subscription, skipped, consumed)
}

function messagesJson({ topic, partition }: Subscription, skipped: number, { records }: ConsumedRecords): string {
  const place = `"topic":${JSON.stringify(topic)},"partition":${partition}`
  const messages = records.map((record) => `{${place},${record.slice(1)}`)
  return `{${skipped > 0 ? `"skipped":${skipped},` : ''}"messages":[${messages.join(',')}]}`
}
