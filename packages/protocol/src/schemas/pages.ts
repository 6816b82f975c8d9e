import { z } from 'zod'
import { LIMITS } from '../limits.ts'
import {
  epoch,
  isRawNumber,
  offset,
  partitionNumber,
  plainNumber,
  recordKey,
  timestampRead,
  topicName,
} from './fields.ts'
import { offsetPositionSchema } from './offset-position.ts'
import { recordHeadersSchema, valueEncodingSchema } from './record.ts'

/** `/api/*`: what the producer and consumer pages speak. `GET /api/leader` is LeaderResponse, `/api/send` a Receipt. */

const uploadId = z.string().min(1).max(64)
const subscriptionId = z.string().min(1).max(64)
const rowNumber = z.int().meta({ description: 'From 1 on; the header of a CSV is no row.' })
const keyField = z
  .string()
  .min(1)
  .meta({
    description: 'The column, or the field of each row, whose text is the key.',
    examples: ['host'],
  })

/** `GET /api/topics`. */
export const pageTopicsResponseSchema = z
  .object({ topics: z.array(z.object({ name: topicName, partitions: z.int() })) })
  .meta({ id: 'PageTopicsResponse' })

/** `POST /api/send`. */
export const sendRequestSchema = z
  .strictObject({
    topic: topicName,
    key: recordKey.nullable().optional(),
    value: z.unknown().meta({ description: 'Any JSON.' }),
  })
  .meta({ id: 'SendRequest', examples: [{ topic: 'server_metrics', key: 'web-1', value: { cpu: 0.7 } }] })

/** `POST /api/upload`: multipart with the field `file`. */
export const uploadResponseSchema = z
  .object({
    uploadId,
    columns: z.array(z.string()),
    rowCount: z.int().meta({ description: 'Rows that can be sent.' }),
    badRowCount: z.int().meta({ description: 'Rows that cannot.' }),
    preview: z.array(z.record(z.string(), z.string())).meta({ description: 'The first rows that can be sent.' }),
    errors: z
      .array(z.object({ row: rowNumber, code: z.string(), detail: z.string() }))
      .meta({ description: 'The first rows that cannot be sent, and why; `/api/send_batch` tells of the others.' }),
    warnings: z.array(z.string()).meta({
      description: 'What may not be as it was meant, such as a first line that looks like data and not like a header.',
    }),
  })
  .meta({ id: 'UploadResponse' })

/** `POST /api/send_batch` with the rows of an earlier upload. */
export const sendUploadRequestSchema = z
  .strictObject({ topic: topicName, uploadId, keyField: keyField.optional() })
  .meta({
    id: 'SendUploadRequest',
    examples: [{ topic: 'server_metrics', uploadId: 'u-4f2c', keyField: 'host' }],
  })

type JsonRow = Readonly<Record<string, unknown>>

/** As it was parsed: a schema of a record leaves out a field `__proto__`. */
const row = z
  .unknown()
  .refine((value) => typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawNumber(value), {
    error: 'give an object of fields',
  })
  .transform((value) => value as JsonRow)
  .meta({ type: 'object' })

/** `POST /api/send_batch` with the rows themselves. */
export const sendRowsRequestSchema = z
  .strictObject({
    topic: topicName,
    rows: z.array(row).min(1).max(LIMITS.maxJsonRecordsPerRequest),
    keyField: keyField.optional(),
  })
  .meta({
    id: 'SendRowsRequest',
    examples: [{ topic: 'server_metrics', rows: [{ host: 'web-1', cpu: 0.7 }], keyField: 'host' }],
  })

/** `POST /api/send_batch`: the rows of an upload, or rows. */
export const sendBatchRequestSchema = z.union(
  [sendUploadRequestSchema, sendRowsRequestSchema],
  'Give an object with topic and uploadId, or with topic and rows',
)

/** What `sendBatchRequestSchema` gives. */
export type SendBatchRequest = z.infer<typeof sendBatchRequestSchema>

/** The answer of `POST /api/send_batch`: what became of the rows, counted by outcome. */
export const sendBatchResponseSchema = z
  .object({
    sent: z.int().meta({ description: 'Rows that are committed.' }),
    failed: z.int().meta({ description: 'Rows that are definitely not written.' }),
    unknown: z.int().meta({ description: 'Rows that may or may not be written.' }),
    errors: z
      .array(
        z.object({
          row: rowNumber,
          code: z.string(),
          detail: z.string(),
          outcome: z.enum(['not-written', 'unknown']),
        }),
      )
      .meta({ description: 'Which rows failed and why; a long list is cut, `failed` counts them all.' }),
  })
  .meta({ id: 'SendBatchResponse' })

/** What `sendBatchResponseSchema` gives. */
export type SendBatchResponse = z.infer<typeof sendBatchResponseSchema>

/** `POST /api/subscribe`. */
export const subscribeRequestSchema = z
  .strictObject({
    topic: topicName,
    partition: partitionNumber,
    offset: z.preprocess(plainNumber, offsetPositionSchema).prefault('earliest'),
  })
  .meta({ id: 'SubscribeRequest', examples: [{ topic: 'server_metrics', partition: 0, offset: 'latest' }] })

/** What `subscribeRequestSchema` gives, defaults filled in. */
export type SubscribeRequest = z.infer<typeof subscribeRequestSchema>

/** The answer of `POST /api/subscribe`: the id to ask `/api/messages/:id` with. */
export const subscribeResponseSchema = z.object({ id: subscriptionId }).meta({ id: 'SubscribeResponse' })

/** `GET /api/subscriptions`. */
export const subscriptionsResponseSchema = z
  .object({
    subscriptions: z.array(
      z.object({
        id: subscriptionId,
        topic: topicName,
        partition: z.int(),
        nextOffset: offset.meta({ description: 'The first offset not yet answered with.' }),
      }),
    ),
  })
  .meta({ id: 'SubscriptionsResponse' })

/** The path of `/api/messages/:id` and `/api/unsubscribe/:id`. */
export const subscriptionParametersSchema = z.strictObject({ id: subscriptionId })

/** `GET /api/messages/:id`: those since the last call. */
export const messagesResponseSchema = z
  .object({
    skipped: z
      .int()
      .optional()
      .meta({ description: 'Messages that retention took before they were asked for; left out when none were.' }),
    messages: z.array(
      z.object({
        offset,
        topic: topicName,
        partition: z.int(),
        key: z.string().nullable(),
        keyEncoding: z.literal('base64').optional(),
        value: z.unknown(),
        encoding: valueEncodingSchema.optional(),
        timestamp: timestampRead,
        headers: recordHeadersSchema,
        epoch,
      }),
    ),
  })
  .meta({ id: 'MessagesResponse' })

/** What `messagesResponseSchema` gives: the answer of `GET /api/messages/:id`. */
export type MessagesResponse = z.infer<typeof messagesResponseSchema>

/** `DELETE /api/unsubscribe/:id`. */
export const unsubscribeResponseSchema = z.object({ id: subscriptionId }).meta({ id: 'UnsubscribeResponse' })
