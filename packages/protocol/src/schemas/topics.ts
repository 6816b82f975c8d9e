import { z } from 'zod'
import { LIMITS } from '../limits.ts'
import {
  brokerId,
  brokerReferenceSchema,
  epoch,
  offset,
  queryPartition,
  topicId,
  topicName,
  wholeNumber,
} from './fields.ts'

const unlimitedOr = (min: number) => {
  const advice = `Give -1 for no limit, or ${min} or more`
  // Below -1 the range has refused it already, with the same advice.
  return wholeNumber(-1, LIMITS.maxOffset, advice).refine((value) => value <= -1 || value >= min, { error: advice })
}

/** What a topic can set for itself; what it does not set follows the broker's configuration. */
const settings = {
  retentionMs: unlimitedOr(1).meta({ description: 'How long a record is kept at least; -1: for ever.' }),
  retentionBytes: unlimitedOr(1).meta({ description: 'What each partition keeps; -1: no limit.' }),
  segmentBytes: wholeNumber(1_024, 2_147_483_647).meta({ description: 'A segment is closed at this size.' }),
  segmentMs: wholeNumber(1, LIMITS.maxOffset).meta({ description: 'A segment is closed at this age.' }),
  flush: z.enum(['always', 'interval']).meta({
    description:
      '`always`: an acknowledged record is synced to disk. `interval`: relaxed; a power loss may take the last ones.',
  }),
  flushIntervalMs: wholeNumber(1, 60_000).meta({ description: 'How often a topic with flush `interval` is synced.' }),
  minInsyncReplicas: wholeNumber(1, LIMITS.maxBrokers).meta({
    description:
      'Replicas that must have a record before it is acknowledged; at least as many as the cluster asks for.',
  }),
}

/** The settings that a topic can have of its own; those left out follow the broker. */
export const topicConfigSchema = z
  .strictObject({
    retentionMs: settings.retentionMs.optional(),
    retentionBytes: settings.retentionBytes.optional(),
    segmentBytes: settings.segmentBytes.optional(),
    segmentMs: settings.segmentMs.optional(),
    flush: settings.flush.optional(),
    flushIntervalMs: settings.flushIntervalMs.optional(),
    minInsyncReplicas: settings.minInsyncReplicas.optional(),
  })
  .meta({ id: 'TopicConfig', description: 'Settings of a topic; what is left out follows the broker.' })

/** What `topicConfigSchema` gives: the settings that a topic has of its own. */
export type TopicConfig = z.infer<typeof topicConfigSchema>

/** `POST /topics`. The number of partitions has an error code of its own, so the schema leaves its range open. */
export const createTopicRequestSchema = z
  .strictObject({
    name: topicName,
    partitions: wholeNumber(-2_147_483_648, 2_147_483_647, `give a number from 1 to ${LIMITS.maxPartitionsPerTopic}`)
      .optional()
      .meta({ description: `1 to ${LIMITS.maxPartitionsPerTopic}.`, examples: [3] }),
    config: topicConfigSchema.optional(),
  })
  .meta({ id: 'CreateTopicRequest', examples: [{ name: 'orders', partitions: 6 }] })

/** What `createTopicRequestSchema` gives. */
export type CreateTopicRequest = z.infer<typeof createTopicRequestSchema>

/** One partition of a topic: who leads, who has it, and how far it goes. */
export const partitionStateSchema = z
  .object({
    partition: z.int(),
    leader: brokerReferenceSchema.nullable(),
    epoch,
    isr: z.array(brokerId).meta({ description: 'The in-sync replicas.' }),
    replicas: z.array(brokerId),
    logStartOffset: offset,
    highWatermark: offset.meta({ description: 'Every record below it is committed.' }),
    logEndOffset: offset.meta({ description: "The leader's next offset." }),
    sizeBytes: z.int().optional().meta({ description: "The leader's log on disk." }),
  })
  .meta({ id: 'PartitionState' })

/** The answer of `GET /topics/:topic`: settings in effect and the state of each partition. */
export const topicDescriptionSchema = z
  .object({
    name: topicName,
    id: topicId,
    config: z.record(z.string(), z.unknown()).meta({ description: 'The settings in effect.' }),
    partitions: z.array(partitionStateSchema),
  })
  .meta({ id: 'TopicDescription' })

/** What `partitionStateSchema` gives. */
export type PartitionStateJson = z.infer<typeof partitionStateSchema>
/** What `topicDescriptionSchema` gives: the answer of `GET /topics/:topic`. */
export type TopicDescription = z.infer<typeof topicDescriptionSchema>

/** The answer of `GET /topics`: all topics, each as `GET /topics/:topic` describes it. */
export const topicsResponseSchema = z.object({ topics: z.array(topicDescriptionSchema) }).meta({ id: 'TopicsResponse' })

/** The answer of `DELETE /topics/:topic`: which topic is gone. */
export const deleteTopicResponseSchema = z.object({ name: topicName, id: topicId }).meta({ id: 'DeleteTopicResponse' })

/** The query of `DELETE /topics/:topic/records`. */
export const deleteRecordsQuerySchema = z.strictObject({
  partition: queryPartition.optional(),
})

/** The answer of `DELETE /topics/:topic/records`: where each partition begins now. */
export const deleteRecordsResponseSchema = z
  .object({
    name: topicName,
    id: topicId,
    partitions: z.array(z.object({ partition: z.int(), logStartOffset: offset })),
  })
  .meta({ id: 'DeleteRecordsResponse' })

/** What `deleteRecordsResponseSchema` gives. */
export type DeleteRecordsResponse = z.infer<typeof deleteRecordsResponseSchema>

/** The path of `/topics/:topic`. */
export const topicParametersSchema = z.strictObject({ topic: topicName })
