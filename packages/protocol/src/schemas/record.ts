import { z } from 'zod'
import { LIMITS } from '../limits.ts'
import { epoch, halfSurrogate, offset, timestampRead } from './fields.ts'

/**
 * Records as JSON. A header's value is a string; bytes that are no UTF-8 stand as `{ "base64": "…" }`; a name that occurs
 * more than once has a list. (In a record batch headers are an ordered list of names and bytes.)
 */
const TAKEN = 'Give a string, null, { "base64": "…" }, or a list of those'
const headerValue = z.union([z.string(), z.null(), z.strictObject({ base64: z.base64() })], TAKEN)

/**
 * Nothing that was sent may be changed or dropped without a word: zod leaves a field `__proto__` out of what it parsed, and
 * UTF-8 cannot hold half of a surrogate pair. Behind the first value that is wrong nothing is looked at: zod takes microseconds for each
 * that it finds wrong, and there may be a million of them.
 */
function refuseWhatIsLost(headers: unknown, context: z.core.$RefinementCtx): unknown {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) return headers
  if (Object.hasOwn(headers, '__proto__')) {
    context.addIssue({ code: 'custom', message: 'A header can not be named __proto__' })
    return headers
  }
  for (const [name, values] of Object.entries(headers)) {
    const isList = Array.isArray(values)
    const wrongIndex = (isList ? values : [values]).findIndex((value) => !isHeaderValue(value))
    if (wrongIndex !== -1) return { [name]: isList ? values.slice(0, wrongIndex + 1) : values }
    const texts = [name, ...(isList ? values : [values])].filter((text) => typeof text === 'string')
    if (texts.every((text) => text.isWellFormed())) continue
    context.addIssue({ code: 'custom', path: [name], message: halfSurrogate })
    return headers
  }
  return headers
}

function isHeaderValue(value: unknown): boolean {
  return typeof value === 'string' || value === null || headerValue.safeParse(value).success
}

/** The headers of a record, by name. */
export const recordHeadersSchema = z
  .preprocess(refuseWhatIsLost, z.record(z.string(), z.union([headerValue, z.array(headerValue)], TAKEN)))
  .meta({
    id: 'RecordHeaders',
    description: 'Names and values; a list where a name occurs more than once.',
    examples: [{ 'trace-id': '4bf92f35' }],
  })

/** The headers of a record to send. Of more than a record may have, one too many is left: what is too much is not looked at. */
export const sentHeadersSchema = z.preprocess(withoutExcess, recordHeadersSchema)

function withoutExcess(headers: unknown): unknown {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) return headers
  const names = Object.keys(headers)
  let room = LIMITS.maxHeadersPerRecord + 1
  const kept: [string, unknown][] = []
  for (const name of names) {
    const values = (headers as Readonly<Record<string, unknown>>)[name]
    kept.push([name, Array.isArray(values) ? values.slice(0, room) : values])
    room -= Array.isArray(values) ? values.length : 1
    if (room <= 0) return Object.fromEntries(kept)
  }
  return headers
}

/** What `recordHeadersSchema` gives. */
export type RecordHeaders = z.infer<typeof recordHeadersSchema>

/** How a JSON string stands for a value that is not JSON. */
export const valueEncodingSchema = z.enum(['utf8', 'base64']).meta({
  description: 'How `value` stands for its bytes when they are not JSON: as text, or in base64.',
})

/** A committed record as `GET /consume` and the live channel give it. */
export const consumedRecordSchema = z
  .object({
    offset,
    timestamp: timestampRead,
    key: z.string().nullable(),
    keyEncoding: z.literal('base64').optional().meta({ description: 'Present when the key is not UTF-8.' }),
    value: z.unknown().meta({ description: 'The JSON that was sent; null for a record without a value.' }),
    encoding: valueEncodingSchema.optional(),
    headers: recordHeadersSchema,
    epoch,
  })
  .meta({
    id: 'ConsumedRecord',
    examples: [{ offset: 42, timestamp: 1_767_225_600_000, key: 'web-1', value: { cpu: 0.7 }, headers: {}, epoch: 3 }],
  })

/** What `consumedRecordSchema` gives. */
export type ConsumedRecord = z.infer<typeof consumedRecordSchema>
