import { YakError } from '@yak/protocol'
import {
  createTopicRequestSchema,
  type DeleteRecordsResponse,
  deleteRecordsQuerySchema,
  deleteRecordsResponseSchema,
  deleteTopicResponseSchema,
  type HistogramResponse,
  histogramQuerySchema,
  histogramResponseSchema,
  type PartitionStateJson,
  type TopicDescription,
  topicDescriptionSchema,
  topicParametersSchema,
  topicsResponseSchema,
} from '@yak/protocol/schemas'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { BrokerServices } from '../../broker-services.ts'
import { topicHistogram } from '../../records/topic-histogram.ts'
import type { Partition } from '../../replication/partition.ts'
import { topicConfigOf } from '../../topics/log-config.ts'
import type { Topic } from '../../topics/topic.ts'
import { leaderResponse, problemResponses } from './problem-responses.ts'

/** Create, describe and delete topics. */
export function addTopicRoutes(plainApp: FastifyInstance, services: BrokerServices): void {
  const app = plainApp.withTypeProvider<ZodTypeProvider>()
  const tags = ['topics']

  app.get(
    '/topics',
    { schema: { tags, summary: 'All topics', response: { 200: topicsResponseSchema, ...problemResponses } } },
    async () => ({ topics: services.topics.list().map((topic) => describeTopic(topic, services)) }),
  )

  app.post(
    '/topics',
    {
      config: { leader: true },
      schema: {
        tags,
        summary: 'Create a topic',
        body: createTopicRequestSchema,
        response: { 201: topicDescriptionSchema, ...problemResponses },
      },
    },
    async ({ body }, reply) => {
      const topic = await services.topics.create(body.name, body.partitions, body.config)
      reply.code(201).header('location', `/topics/${topic.name}`)
      return describeTopic(topic, services)
    },
  )

  app.get(
    '/topics/:topic',
    {
      schema: {
        tags,
        summary: 'One topic',
        params: topicParametersSchema,
        response: { 200: topicDescriptionSchema, ...leaderResponse, ...problemResponses },
      },
    },
    async ({ params }) => {
      const topic = services.topics.find(params.topic)
      if (topic !== undefined) return describeTopic(topic, services)
      // A follower may not have heard of it yet: only the leader can say that it is not there.
      services.assertLeading()
      return describeTopic(services.topics.get(params.topic), services)
    },
  )

  app.get(
    '/topics/:topic/histogram',
    {
      config: { leader: true },
      schema: {
        tags,
        summary: 'How many records a topic has in each stretch of time',
        description:
          'Counted by the time index and never by reading the log: at most one look-up for each bucket of a partition.',
        params: topicParametersSchema,
        querystring: histogramQuerySchema,
        response: { 200: histogramResponseSchema, ...problemResponses },
      },
    },
    async ({ params, query }): Promise<HistogramResponse> =>
      await topicHistogram(services.topics.get(params.topic), query.partitions?.split(',').map(Number), query.buckets),
  )

  app.delete(
    '/topics/:topic',
    {
      config: { leader: true },
      schema: {
        tags,
        summary: 'Delete a topic and its records',
        params: topicParametersSchema,
        response: { 200: deleteTopicResponseSchema, ...problemResponses },
      },
    },
    async ({ params }) => {
      const { name, id } = await services.topics.delete(params.topic)
      return { name, id }
    },
  )

  app.delete(
    '/topics/:topic/records',
    {
      config: { leader: true },
      schema: {
        tags,
        summary: 'Delete the records of a topic, and keep the topic',
        description:
          'What is committed goes, of one partition or of all; offsets go on where they are. It is as durable as the topic itself: no ' +
          'later leader shows what was deleted.',
        params: topicParametersSchema,
        querystring: deleteRecordsQuerySchema,
        response: { 200: deleteRecordsResponseSchema, ...problemResponses },
      },
    },
    async ({ params, query }): Promise<DeleteRecordsResponse> => {
      const topic = await services.topics.deleteRecords(params.topic, query.partition)
      const { name, id } = topic
      const indexes = query.partition === undefined ? [...Array(topic.partitionCount).keys()] : [query.partition]
      return {
        name,
        id,
        partitions: indexes.map((partition) => ({
          partition,
          logStartOffset: topic.partition(partition).logStartOffset,
        })),
      }
    },
  )
}

export function describeTopic(topic: Topic, services: BrokerServices): TopicDescription {
  const { leader, epoch, isr } = services.cluster
  const replicas = services.cluster.references().map(({ id }) => id)
  const standing = { leader, epoch, isr, replicas }
  return {
    name: topic.name,
    id: topic.id,
    config: { ...topicConfigOf(topic.record.config, services.config) },
    partitions: topic.partitionStates().map((state, partition) => partitionJson(state, partition, standing)),
  }
}

type Standing = Pick<PartitionStateJson, 'leader' | 'epoch' | 'isr' | 'replicas'>

/** A partition that is not served has no leader, and its offsets are not known. */
function partitionJson(state: Partition | YakError, partition: number, standing: Standing): PartitionStateJson {
  if (YakError.is(state) || state.failure !== undefined) {
    const unknown = { logStartOffset: -1, highWatermark: -1, logEndOffset: -1 }
    return { partition, ...standing, leader: null, isr: [], ...unknown }
  }
  const { logStartOffset, highWatermark, logEndOffset, sizeBytes } = state
  return { partition, ...standing, logStartOffset, highWatermark, logEndOffset, sizeBytes }
}
