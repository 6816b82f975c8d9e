import { z } from 'zod'
import { LIMITS } from '../limits.ts'
import { offset, queryNumber, queryPartition, topicName } from './fields.ts'
import { offsetPositionSchema } from './offset-position.ts'
import { consumedRecordSchema } from './record.ts'

/** The query of `GET /consume`: which partition, from where, and how much. */
export const consumeQuerySchema = z
  .strictObject({
    topic: topicName,
    partition: queryPartition,
    offset: offsetPositionSchema.prefault('earliest'),
    limit: queryNumber(1, LIMITS.maxConsumeRecords)
      .prefault(LIMITS.defaultConsumeRecords)
      .meta({ description: 'Records to answer with at most.' }),
    maxBytes: queryNumber(1, LIMITS.maxFetchBytes)
      .prefault(LIMITS.defaultFetchBytes)
      .meta({ description: 'Bytes of record batches to read at most; one batch is always read.' }),
    maxWaitMs: queryNumber(0, LIMITS.maxFetchWaitMs)
      .prefault(0)
      .meta({ description: 'How long to wait for a record when there is none yet.' }),
  })
  .meta({ id: 'ConsumeQuery' })

/** What `consumeQuerySchema` gives, defaults filled in. */
export type ConsumeQuery = z.infer<typeof consumeQuerySchema>

/** The answer of `GET /consume`: committed records of one partition, and where to go on. */
export const consumeResponseSchema = z
  .object({
    topic: topicName,
    partition: z.int(),
    records: z.array(consumedRecordSchema).meta({ description: 'Committed records, in the order of their offsets.' }),
    nextOffset: offset.meta({ description: 'Where to go on.' }),
    logStartOffset: offset,
    highWatermark: offset.meta({ description: 'Every record below it is committed.' }),
  })
  .meta({
    id: 'ConsumeResponse',
    examples: [
      {
        topic: 'server_metrics',
        partition: 1,
        records: [
          { offset: 42, timestamp: 1_767_225_600_000, key: 'web-1', value: { cpu: 0.7 }, headers: {}, epoch: 3 },
        ],
        nextOffset: 43,
        logStartOffset: 0,
        highWatermark: 43,
      },
    ],
  })

/** What `consumeResponseSchema` gives: the answer of `GET /consume`. */
export type ConsumeResponse = z.infer<typeof consumeResponseSchema>
