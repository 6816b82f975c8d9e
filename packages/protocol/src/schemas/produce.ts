import { z } from 'zod'
import { LIMITS } from '../limits.ts'
import {
  epoch,
  offset,
  partErrorSchema,
  partitionNumber,
  recordKey,
  timestamp,
  timestampRead,
  topicName,
} from './fields.ts'
import { sentHeadersSchema } from './record.ts'

const recordFields = {
  value: z.unknown().meta({ description: 'Any JSON; kept as it was written.', examples: [{ cpu: 0.7 }] }),
  key: recordKey
    .nullable()
    .optional()
    .meta({
      description: 'Records of one key stay in one partition and in order.',
      examples: ['web-1'],
    }),
  partition: partitionNumber.optional().meta({ description: 'Chosen by the key, or in turn, unless named.' }),
  headers: sentHeadersSchema.optional(),
  timestamp: timestamp.optional().meta({ description: "The broker's clock unless named." }),
}

/** One of several records of `POST /produce`. */
export const produceRecordSchema = z.strictObject(recordFields).meta({ id: 'ProduceRecord' })

/** `POST /produce` with one record. */
export const produceOneRequestSchema = z.strictObject({ topic: topicName, ...recordFields }).meta({
  id: 'ProduceOneRequest',
  examples: [{ topic: 'server_metrics', key: 'web-1', value: { cpu: 0.7 } }],
})

/** `POST /produce` with several records of one topic. */
export const produceManyRequestSchema = z
  .strictObject({
    topic: topicName,
    records: z.array(produceRecordSchema).min(1).max(LIMITS.maxJsonRecordsPerRequest),
  })
  .meta({
    id: 'ProduceManyRequest',
    examples: [{ topic: 'server_metrics', records: [{ key: 'web-1', value: { cpu: 0.7 } }, { value: 'hello' }] }],
  })

/** `POST /produce`: one record, or many. */
export const produceRequestSchema = z.union(
  [produceOneRequestSchema, produceManyRequestSchema],
  'Give an object with topic and value, or with topic and records',
)

/** What `produceOneRequestSchema` gives. */
export type ProduceOneJson = z.infer<typeof produceOneRequestSchema>
/** What `produceManyRequestSchema` gives. */
export type ProduceManyJson = z.infer<typeof produceManyRequestSchema>
/** What `produceRecordSchema` gives. */
export type ProduceRecordJson = z.infer<typeof produceRecordSchema>

/** Where a committed record is. */
export const receiptSchema = z
  .object({ topic: topicName, partition: z.int(), offset, epoch, timestamp: timestampRead })
  .meta({
    id: 'Receipt',
    description: 'Where the record is. It is committed: on the disk of every in-sync replica.',
    examples: [{ topic: 'server_metrics', partition: 1, offset: 42, epoch: 3, timestamp: 1_767_225_600_000 }],
  })

/** What `receiptSchema` gives. */
export type ReceiptJson = z.infer<typeof receiptSchema>

/** What became of one of several records: where it is, or why it failed. */
export const produceResultSchema = z.union([
  z.object({ partition: z.int(), offset, epoch, timestamp: timestampRead }),
  z.object({ error: partErrorSchema }),
])

/** The answer of `POST /produce` to several records: one result for each, in their order. */
export const produceManyResponseSchema = z
  .object({ topic: topicName, results: z.array(produceResultSchema) })
  .meta({ id: 'ProduceManyResponse', description: 'One result for each record, in their order.' })

/** What `produceManyResponseSchema` gives. */
export type ProduceManyResponseJson = z.infer<typeof produceManyResponseSchema>
