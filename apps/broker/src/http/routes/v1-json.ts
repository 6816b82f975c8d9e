import { YakError } from '@yak/protocol'
import {
  type MetadataResponse,
  metadataQuerySchema,
  metadataResponseSchema,
  type OffsetsRequest,
  type OffsetsResponse,
  offsetsRequestSchema,
  offsetsResponseSchema,
  producerIdResponseSchema,
} from '@yak/protocol/schemas'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { BrokerServices } from '../../broker-services.ts'
import { partErrorOf } from '../../records/part-error.ts'
import type { Topic } from '../../topics/topic.ts'
import { assertTopicName } from '../../topics/topics.ts'
import { problemResponses } from './problem-responses.ts'

/** The JSON paths that the SDK speaks beside the frames. */
export function addV1JsonRoutes(plainApp: FastifyInstance, services: BrokerServices): void {
  const app = plainApp.withTypeProvider<ZodTypeProvider>()

  app.get(
    '/v1/metadata',
    {
      schema: {
        tags: ['v1'],
        summary: 'Who leads, and the ids and partition counts of topics',
        querystring: metadataQuerySchema,
        response: { 200: metadataResponseSchema, ...problemResponses },
      },
    },
    async ({ query }): Promise<MetadataResponse> => {
      const { cluster } = services
      const topics =
        query.topics === undefined
          ? services.topics.list().map(topicMetadata)
          : await Promise.all(query.topics.map((name) => namedTopic(services, name, query.create)))
      return {
        clusterId: services.clusterId,
        brokerId: services.brokerId,
        asOf: services.clock(),
        epoch: cluster.epoch,
        leader: cluster.leader,
        brokers: cluster.references(),
        topics,
      }
    },
  )

  app.post(
    '/v1/producer-ids',
    {
      config: { leader: true },
      schema: {
        tags: ['v1'],
        summary: 'Take a producer id of one’s own',
        response: { 200: producerIdResponseSchema, ...problemResponses },
      },
    },
    async () => ({ producerId: await services.producerIds.take(), producerEpoch: 0 }),
  )

  app.post(
    '/v1/offsets',
    {
      config: { leader: true },
      schema: {
        tags: ['v1'],
        summary: 'Offsets of ends and times in many partitions',
        body: offsetsRequestSchema,
        response: { 200: offsetsResponseSchema, ...problemResponses },
      },
    },
    async ({ body }): Promise<OffsetsResponse> => ({
      partitions: await Promise.all(body.partitions.map((asked) => offsetOf(services, asked))),
    }),
  )
}

function topicMetadata({ name, id, partitionCount }: Topic): MetadataResponse['topics'][number] {
  return { name, id, partitions: partitionCount }
}

async function namedTopic(
  services: BrokerServices,
  name: string,
  create: boolean,
): Promise<MetadataResponse['topics'][number]> {
  try {
    assertTopicName(name)
    const known = services.topics.find(name)
    if (known !== undefined) return topicMetadata(known)
    // A follower may not have heard of it yet: only the leader can say that it is not there.
    services.assertLeading()
    return topicMetadata(create ? await services.topics.getOrCreate(name) : services.topics.get(name))
  } catch (error) {
    // What passes, such as an election, is no word about this topic: the client asks for all of them again.
    if (!YakError.is(error) || (error.retriable && error.code !== 'UNKNOWN_TOPIC')) throw error
    return { name, error: partErrorOf(error) }
  }
}

async function offsetOf(
  services: BrokerServices,
  { topicId, partition: index, at }: OffsetsRequest['partitions'][number],
): Promise<OffsetsResponse['partitions'][number]> {
  try {
    const partition = services.topics.getById(topicId).partition(index)
    const highWatermark = partition.visibleHighWatermark()
    const found = typeof at === 'number' ? await partition.log.offsetForTimestamp(at, highWatermark) : undefined
    const { leaderEpoch, logStartOffset } = partition
    const offset = at === 'earliest' ? logStartOffset : (found?.offset ?? highWatermark)
    const timestamp = found === undefined ? {} : { timestamp: found.timestamp }
    return { topicId, partition: index, offset, ...timestamp, leaderEpoch, logStartOffset, highWatermark }
  } catch (error) {
    if (!YakError.is(error)) throw error
    return { topicId, partition: index, error: partErrorOf(error) }
  }
}
