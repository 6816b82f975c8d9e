import { z } from 'zod'
import { LIMITS } from '../limits.ts'
import {
  brokerReferenceSchema,
  epoch,
  offset,
  partErrorSchema,
  partitionNumber,
  queryBoolean,
  timestamp,
  timestampRead,
  topicId,
  topicName,
} from './fields.ts'

/** JSON under `/v1/`, which the SDK speaks beside the frames. */

const MAX_TOPIC_NAMES = 1_000

/** The query of `GET /v1/metadata`: names parted by commas; without them, all topics. */
export const metadataQuerySchema = z
  .strictObject({
    topics: z
      .string()
      .meta({ description: 'Names parted by commas; all topics unless named.', examples: ['orders,payments'] })
      .transform((names) => names.split(',').filter((name) => name !== ''))
      .pipe(z.array(z.string()).max(MAX_TOPIC_NAMES))
      .optional(),
    create: queryBoolean
      .default(false)
      .meta({ description: 'Create those that do not exist, where the broker allows it.' }),
  })
  .meta({ id: 'MetadataQuery' })

/** What `metadataQuerySchema` gives, defaults filled in. */
export type MetadataQuery = z.infer<typeof metadataQuerySchema>

/** A topic's id and how many partitions it has. */
export const topicMetadataSchema = z
  .object({ name: topicName, id: topicId, partitions: z.int().meta({ description: 'How many; numbered from 0.' }) })
  .meta({ id: 'TopicMetadata' })

/** A topic that was asked for and is not there, and why. */
export const topicMetadataErrorSchema = z
  .object({ name: topicName, error: partErrorSchema })
  .meta({ id: 'TopicMetadataError' })

/** The answer of `GET /v1/metadata`: who leads, the brokers, and the topics asked for. */
export const metadataResponseSchema = z
  .object({
    clusterId: z.string(),
    brokerId: z.string().meta({ description: 'Of the broker that answers.' }),
    asOf: timestampRead.meta({ description: 'When this was so, in milliseconds since 1970.' }),
    epoch,
    leader: brokerReferenceSchema.nullable(),
    brokers: z.array(brokerReferenceSchema),
    topics: z.array(z.union([topicMetadataSchema, topicMetadataErrorSchema])),
  })
  .meta({ id: 'MetadataResponse' })

/** What `topicMetadataSchema` gives. */
export type TopicMetadata = z.infer<typeof topicMetadataSchema>
/** What `metadataResponseSchema` gives. */
export type MetadataResponse = z.infer<typeof metadataResponseSchema>

/** `POST /v1/producer-ids`. */
export const producerIdResponseSchema = z
  .object({ producerId: z.int(), producerEpoch: z.int() })
  .meta({ id: 'ProducerIdResponse', description: 'Never given out twice.' })

/** What `producerIdResponseSchema` gives. */
export type ProducerIdResponse = z.infer<typeof producerIdResponseSchema>

/** `POST /v1/offsets`. */
export const offsetsRequestSchema = z
  .strictObject({
    partitions: z
      .array(
        z.strictObject({
          topicId,
          partition: partitionNumber,
          at: z
            .union([z.enum(['earliest', 'latest']), timestamp], 'Give earliest, latest or milliseconds since 1970')
            .meta({
              description: '`earliest`, `latest`, or milliseconds since 1970: the first record at or after them.',
            }),
        }),
      )
      .min(1)
      .max(LIMITS.maxPartitionsPerRequest),
  })
  .meta({
    id: 'OffsetsRequest',
    examples: [{ partitions: [{ topicId: '0195d7b3-2f1a-7abc-8def-0123456789ab', partition: 0, at: 'earliest' }] }],
  })

/** What `offsetsRequestSchema` gives. */
export type OffsetsRequest = z.infer<typeof offsetsRequestSchema>

/** The answer of `POST /v1/offsets`: an offset, or an error, for each partition asked for. */
export const offsetsResponseSchema = z
  .object({
    partitions: z
      .array(
        z.union([
          z.object({
            topicId,
            partition: z.int(),
            offset: offset.meta({ description: 'The high watermark when no record is at or after the time.' }),
            timestamp: timestampRead.optional().meta({ description: "The record's, where a time was asked for." }),
            leaderEpoch: epoch,
            logStartOffset: offset,
            highWatermark: offset,
          }),
          z.object({ topicId, partition: z.int(), error: partErrorSchema }),
        ]),
      )
      .meta({ description: 'In the order of the request.' }),
  })
  .meta({ id: 'OffsetsResponse' })

/** What `offsetsResponseSchema` gives. */
export type OffsetsResponse = z.infer<typeof offsetsResponseSchema>
