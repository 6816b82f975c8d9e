import { z } from 'zod'
import { LIMITS } from '../limits.ts'

/**
 * Fields that several schemas share. Where a rule has an error code of its own (topic names, partitions, offsets), the
 * schema is wider than the rule, so that the answer can be that code and not a general INVALID_REQUEST.
 */

/**
 * A body parsed with parseJsonExact has JSON.rawJSON objects for numbers such as `1.0`; as a field they are that number.
 */
export function plainNumber(value: unknown): unknown {
  return isRawNumber(value) ? Number(value.rawJSON) : value
}

export function isRawNumber(value: unknown): value is { readonly rawJSON: string } {
  if (typeof value !== 'object' || value === null) return false
  const { isRawJSON } = JSON as unknown as { isRawJSON?(value: unknown): boolean }
  return isRawJSON?.(value) === true
}

/** JSON can name half of a surrogate pair, UTF-8 cannot hold it: as bytes it would be another character. */
export const halfSurrogate = 'it has half of a surrogate pair, which UTF-8 cannot hold. Send whole characters'

/** The key of a record. */
export const recordKey = z.string().refine((key) => key.isWellFormed(), halfSurrogate)

/** A whole number in a JSON body; `advice` where the bounds are not what to give. */
export const wholeNumber = (min: number, max: number, advice?: string) =>
  z.preprocess(plainNumber, z.int().min(min, advice).max(max, advice))

/** A whole number in a query string, where everything is text. */
export const queryNumber = (min: number, max: number, advice?: string) =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value),
    z.int().min(min, advice).max(max, advice),
  )

/** `true` or `false` in a query string. */
export const queryBoolean = z.preprocess(
  (value) => (value === 'true' ? true : value === 'false' ? false : value),
  z.boolean(),
)

const INT32_MAX = 2_147_483_647
const INT32_MIN = -2_147_483_648

const partitionAdvice = `give a number from 0 to ${LIMITS.maxPartitionsPerTopic - 1}`

export const partitionNumber = wholeNumber(INT32_MIN, INT32_MAX, partitionAdvice).meta({
  description: 'From 0 on.',
  examples: [0],
})

export const queryPartition = queryNumber(INT32_MIN, INT32_MAX, partitionAdvice).meta({
  description: 'From 0 on.',
  examples: [0],
})

export const topicName = z.string().meta({
  description: 'Letters, digits, ".", "_" and "-"; at most 249 characters.',
  examples: ['server_metrics'],
})

export const topicId = z.uuid().meta({
  description: 'A topic created again under an old name has another id.',
  examples: ['0195d7b3-2f1a-7abc-8def-0123456789ab'],
})

export const timestamp = wholeNumber(0, LIMITS.maxOffset).meta({
  description: 'Milliseconds since 1970, UTC.',
  examples: [1_767_225_600_000],
})

/** In answers: never refused for its range, since an older or newer broker may know better. */
export const offset = z.int().meta({ examples: [42] })
export const epoch = z.int().meta({ description: 'The leader epoch.', examples: [3] })
export const timestampRead = z.int().meta({ description: 'Milliseconds since 1970, UTC; -1: none.' })

export const brokerId = z.string().meta({ examples: ['1'] })

/** A broker's id, and the URL where clients reach it. */
export const brokerReferenceSchema = z
  .object({ id: brokerId, url: z.string().meta({ examples: ['http://127.0.0.1:5001'] }) })
  .meta({ id: 'BrokerReference', description: 'A broker and where clients reach it.' })

/** A broker's id, and the URL where clients reach it. */
export type BrokerReference = z.infer<typeof brokerReferenceSchema>

/** Why one of several parts of a request failed; the others have their own fate. */
export const partErrorSchema = z
  .object({
    code: z.string().meta({ description: 'A row of the error table.', examples: ['RECORD_TOO_LARGE'] }),
    detail: z.string().meta({ description: 'What happened, and what to do.' }),
    retriable: z.boolean(),
    outcome: z.enum(['not-written', 'unknown']).meta({ description: 'What became of the write.' }),
  })
  .meta({ id: 'PartError', description: 'Why one part of a request failed.' })

/** What `partErrorSchema` gives: why one part of a request failed. */
export type PartError = z.infer<typeof partErrorSchema>
