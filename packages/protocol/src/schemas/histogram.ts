import { z } from 'zod'
import { LIMITS } from '../limits.ts'
import { offset, partErrorSchema, queryNumber, timestampRead, topicName } from './fields.ts'

/** The query of `GET /topics/:topic/histogram`. */
export const histogramQuerySchema = z
  .strictObject({
    partitions: z
      .string()
      .regex(/^\d{1,9}(,\d{1,9})*$/, 'Give partitions as 0,2')
      .meta({ description: 'Which partitions; left out: all.', examples: ['0,2'] })
      .optional(),
    buckets: queryNumber(1, LIMITS.maxHistogramBuckets)
      .meta({
        description: `At most so many; buckets times partitions may be ${LIMITS.maxPartitionsPerRequest}.`,
      })
      .prefault(60),
  })
  .meta({ id: 'HistogramQuery' })

/** The answer of `GET /topics/:topic/histogram`: the first offset of each stretch of time, for each partition. */
export const histogramResponseSchema = z
  .object({
    topic: topicName,
    from: timestampRead.meta({ description: 'Where the first bucket begins, milliseconds since 1970; -1: no times.' }),
    bucketMs: z.int().meta({ description: 'The length of a bucket, a round one.' }),
    buckets: z.int().meta({ description: 'How many there are.' }),
    earliest: timestampRead.meta({ description: 'Of the first record that has a time; -1: none.' }),
    newest: timestampRead.meta({ description: 'The largest time in the last batches; -1: none.' }),
    partitions: z.array(
      z.union([
        z.object({
          partition: z.int(),
          logStartOffset: offset,
          highWatermark: offset,
          offsets: z.array(offset).meta({
            description:
              'The first offset of each bucket. A bucket ends where the next begins, the last at the high watermark, so a ' +
              'record out of the order of time counts where its offset stands.',
          }),
        }),
        z.object({ partition: z.int(), error: partErrorSchema }),
      ]),
    ),
  })
  .meta({
    id: 'HistogramResponse',
    examples: [
      {
        topic: 'server_metrics',
        from: 1_767_225_600_000,
        bucketMs: 60_000,
        buckets: 3,
        earliest: 1_767_225_600_000,
        newest: 1_767_225_754_000,
        partitions: [{ partition: 0, logStartOffset: 0, highWatermark: 43, offsets: [0, 20, 31] }],
      },
    ],
  })

/** What `histogramResponseSchema` gives: the answer of `GET /topics/:topic/histogram`. */
export type HistogramResponse = z.infer<typeof histogramResponseSchema>
