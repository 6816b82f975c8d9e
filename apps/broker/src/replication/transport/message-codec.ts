/**
 * The messages between brokers that travel as JSON: the fields of `core/messages.ts` under their own names, nothing
 * else and nothing missing. The fetch is binary, see `core/replica-frames.ts`.
 */
import { LIMITS, YakError } from '@yak/protocol'
import { parseRequest } from '@yak/protocol/schemas'
import { z } from 'zod'
import type {
  Announce,
  HigherPromise,
  Leaving,
  Left,
  PromisedPartition,
  PromiseRequest,
  PromiseResponse,
  Refused,
  TakeOver,
} from '../core/messages.ts'

/** What wants no answer. */
export type OneWayMessage = Announce | HigherPromise | Leaving | Left | TakeOver | Refused
export type JsonMessage = PromiseRequest | PromiseResponse | OneWayMessage

/** Brokers of one cluster, with room: the number of epoch owners. */
const maxMembers = 64
const maxEpoch = 2 ** 31 - 1
/** The topic list is one more than the topics may have. */
const maxPartitions = LIMITS.maxPartitions + 1

const name = z.string().min(1).max(255)
const offset = z.int().min(0).max(Number.MAX_SAFE_INTEGER)
const epoch = z.int().min(0).max(maxEpoch)
const key = /^(?:__metadata|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-\d{1,10}$/
const replica = z.strictObject({ brokerId: name, diskId: name })
const replicas = z.array(replica).max(maxMembers)
const isr = z.strictObject({ isr: replicas, isrEpoch: epoch, isrVersion: offset })

const envelope = {
  from: z.strictObject({ brokerId: name, diskId: name, incarnation: name }),
  clusterId: name.nullable(),
  membersHash: name,
}

const promiseRequest: z.ZodType<PromiseRequest> = z.strictObject({
  type: z.literal('promise-request'),
  ...envelope,
  requestId: offset,
  epoch,
  founders: replicas,
})

const promisedPartition = z.custom<PromisedPartition>(
  isPromisedPartition,
  'must have key (<topic id>-<partition>), enteredEpoch, logStartOffset, endOffset, highWatermark and isFaulty, and no more',
)

const promiseResponse = z.strictObject({
  type: z.literal('promise-response'),
  ...envelope,
  requestId: offset,
  verdict: z.enum(['promised', 'empty', 'higher']),
  promisedEpoch: epoch,
  isr: isr.nullable(),
  partitions: z.array(promisedPartition).max(maxPartitions),
  historyCuts: z.array(z.strictObject({ key: z.string().regex(key), epoch, offset })),
  votesNeeded: z.int().min(1).max(maxMembers),
  isLeaving: z.boolean(),
})

const refused = z.strictObject({
  type: z.literal('refused'),
  ...envelope,
  requestId: offset.nullable(),
  code: z.enum(['members', 'cluster', 'broker-id', 'unknown-broker']),
  reason: z.string().max(10_000),
})

const withEpoch = <const Type extends 'higher-promise' | 'leaving' | 'left' | 'take-over'>(type: Type) =>
  z.strictObject({ type: z.literal(type), ...envelope, epoch })

const oneWayMessage: z.ZodType<OneWayMessage> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('announce'), ...envelope, epoch, isServing: z.boolean(), founders: replicas }),
  withEpoch('higher-promise'),
  withEpoch('leaving'),
  withEpoch('left'),
  withEpoch('take-over'),
  refused,
])

const promiseAnswer: z.ZodType<PromiseResponse | Refused> = z.discriminatedUnion('type', [promiseResponse, refused])

const decoder = new TextDecoder('utf-8', { fatal: true })

export function encodeJsonMessage(message: JsonMessage): Buffer {
  return Buffer.from(JSON.stringify(message))
}

/** @throws YakError INVALID_JSON, INVALID_REQUEST */
export function decodePromiseRequest(bytes: Uint8Array): PromiseRequest {
  return parseRequest(promiseRequest, jsonOf(bytes), 'body')
}

/** @throws YakError INVALID_JSON, INVALID_REQUEST */
export function decodePromiseAnswer(bytes: Uint8Array): PromiseResponse | Refused {
  return parseRequest(promiseAnswer, jsonOf(bytes), 'body')
}

/** @throws YakError INVALID_JSON, INVALID_REQUEST */
export function decodeRefused(bytes: Uint8Array): Refused {
  return parseRequest(refused, jsonOf(bytes), 'body')
}

/** @throws YakError INVALID_JSON, INVALID_REQUEST */
export function decodeOneWayMessage(bytes: Uint8Array): OneWayMessage {
  return parseRequest(oneWayMessage, jsonOf(bytes), 'body')
}

/** By hand: there are 20,000 of them in the answer that an election waits for, and a schema takes 20 us for each. */
function isPromisedPartition(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 6) return false
  const partition = value as Record<keyof PromisedPartition, unknown>
  return (
    typeof partition.key === 'string' &&
    key.test(partition.key) &&
    isWithin(partition.enteredEpoch, maxEpoch) &&
    isWithin(partition.logStartOffset, Number.MAX_SAFE_INTEGER) &&
    isWithin(partition.endOffset, Number.MAX_SAFE_INTEGER) &&
    isWithin(partition.highWatermark, Number.MAX_SAFE_INTEGER) &&
    typeof partition.isFaulty === 'boolean'
  )
}

function isWithin(value: unknown, max: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes))
  } catch (cause) {
    throw new YakError('INVALID_JSON', `The message is not JSON in UTF-8: ${(cause as Error).message}.`, { cause })
  }
}
