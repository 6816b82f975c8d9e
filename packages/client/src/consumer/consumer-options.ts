import { LIMITS, type OffsetPosition, offsetPositionOf } from '@yak/protocol'
import { CODECS, type Codec } from '../codec.ts'
import {
  assertKnownFields,
  assertPartition,
  assertSignal,
  assertTopicName,
  boundedNumber,
  oneOf,
  trueOrFalse,
} from '../option-checks.ts'

/**
 * Where to begin. A number is an offset. A time is a Date, an ISO text with its zone, or `{ timestamp }` in milliseconds since 1970:
 * the first record at or after it, in each partition.
 */
export type StartPosition =
  | 'earliest'
  | 'latest'
  | number
  | Date
  | (string & {})
  | { readonly offset: number }
  | { readonly timestamp: number | Date }

/** One partition, and where to begin in it. */
export interface PartitionToConsume {
  /** By its name. */
  readonly topic: string
  /** From 0 on. */
  readonly partition: number
  /** Default: the consumer's. */
  readonly from?: StartPosition
}

/** What is consumed, from where, and how much is fetched ahead. */
export interface ConsumerOptions {
  /** Names, or patterns that names are held against; topics that match are noticed when they appear. */
  readonly topics?: readonly (string | RegExp)[]
  /** Single partitions, besides `topics` or instead. */
  readonly partitions?: readonly PartitionToConsume[]
  /** Default earliest. Partitions that are created later are read from their first record. */
  readonly from?: StartPosition
  /** How values are decoded. Default json. */
  readonly codec?: Codec
  /** Wait for more at the end of the partitions. Default true; false: end where each ended when the iteration began. */
  readonly follow?: boolean
  /** When the next offset is no longer, or not yet, in the log. Default error: the iteration throws OFFSET_OUT_OF_RANGE. */
  readonly onOffsetOutOfRange?: 'error' | 'earliest' | 'latest'
  /** When a topic does not exist. Default wait, with the event `topic-missing`; without `follow` error: UNKNOWN_TOPIC. */
  readonly missingTopic?: 'wait' | 'error'
  /** How long a broker may hold a fetch that finds nothing, in milliseconds. Default 5,000. */
  readonly maxWaitMs?: number
  /** Bytes of one fetch over all partitions; each gets a share. Default 4,194,304; no more than `maxPrefetchBytes`. */
  readonly maxFetchBytes?: number
  /** Bytes fetched and not handed out yet; a further fetch waits until one more fits. Default twice `maxFetchBytes`. */
  readonly maxPrefetchBytes?: number
  /** How often new topics and partitions are looked for, in milliseconds. Default 5,000. */
  readonly metadataRefreshMs?: number
  /** Ends the iteration: it throws the signal's reason. */
  readonly signal?: AbortSignal
}

export interface ResolvedConsumerOptions {
  readonly topics: readonly string[]
  readonly patterns: readonly RegExp[]
  readonly partitions: readonly { readonly topic: string; readonly partition: number; readonly from: OffsetPosition }[]
  readonly from: OffsetPosition
  readonly codec: Codec
  readonly follow: boolean
  readonly onOffsetOutOfRange: 'error' | 'earliest' | 'latest'
  readonly missingTopic: 'wait' | 'error'
  readonly maxWaitMs: number
  readonly maxFetchBytes: number
  readonly maxPrefetchBytes: number
  readonly metadataRefreshMs: number
  readonly signal: AbortSignal | undefined
}

export function resolveConsumerOptions(options: ConsumerOptions): ResolvedConsumerOptions {
  assertKnownFields('consumer()', options, [
    'topics',
    'partitions',
    'from',
    'codec',
    'follow',
    'onOffsetOutOfRange',
    'missingTopic',
    'maxWaitMs',
    'maxFetchBytes',
    'maxPrefetchBytes',
    'metadataRefreshMs',
    'signal',
  ])
  const { topics = [], partitions = [] } = options
  if (!Array.isArray(topics) || !Array.isArray(partitions) || topics.length + partitions.length === 0) {
    throw new TypeError("A consumer has `topics: ['name']`, or `partitions: [{ topic, partition }]`, or both.")
  }
  const names = topics.filter((topic) => !(topic instanceof RegExp))
  for (const name of names) assertTopicName(name)
  const from = resolveStartPosition(options.from ?? 'earliest')
  assertSignal(options.signal)
  const follow = trueOrFalse('follow', options.follow, true)
  const maxFetchBytes = boundedNumber(
    'maxFetchBytes',
    options.maxFetchBytes,
    LIMITS.defaultFetchBytes,
    1,
    LIMITS.maxFetchBytes,
  )
  const maxPrefetchBytes = boundedNumber('maxPrefetchBytes', options.maxPrefetchBytes, maxFetchBytes * 2, 1, 2 ** 40)
  return {
    topics: [...new Set(names)],
    patterns: topics.filter((topic) => topic instanceof RegExp),
    partitions: partitions.map((each) => resolvePartition(each, from)),
    from,
    codec: oneOf('codec', options.codec, 'json', CODECS),
    follow,
    onOffsetOutOfRange: oneOf('onOffsetOutOfRange', options.onOffsetOutOfRange, 'error', [
      'error',
      'earliest',
      'latest',
    ]),
    missingTopic: oneOf('missingTopic', options.missingTopic, follow ? 'wait' : 'error', ['wait', 'error']),
    maxWaitMs: boundedNumber('maxWaitMs', options.maxWaitMs, 5_000, 0, LIMITS.maxFetchWaitMs),
    maxFetchBytes: Math.min(maxFetchBytes, maxPrefetchBytes),
    maxPrefetchBytes,
    metadataRefreshMs: boundedNumber('metadataRefreshMs', options.metadataRefreshMs, 5_000, 10, 2 ** 31 - 1),
    signal: options.signal,
  }
}

function resolvePartition(
  each: PartitionToConsume,
  from: OffsetPosition,
): ResolvedConsumerOptions['partitions'][number] {
  const { topic, partition } = each
  assertTopicName(topic)
  assertPartition(partition)
  return { topic, partition, from: each.from === undefined ? from : resolveStartPosition(each.from) }
}

/** @throws TypeError for what is no position. */
export function resolveStartPosition(from: StartPosition): OffsetPosition {
  if (from instanceof Date) return { timestampMs: wholeNumber('A Date', from.getTime(), 'milliseconds since 1970') }
  if (typeof from === 'object' && from !== null) {
    if ('offset' in from) return wholeNumber('`offset`', from.offset, 'records')
    if (!('timestamp' in from)) throw noPosition('an object without either')
    const { timestamp } = from
    const ms = timestamp instanceof Date ? timestamp.getTime() : timestamp
    return { timestampMs: wholeNumber('`timestamp`', ms, 'milliseconds since 1970') }
  }
  const position = offsetPositionOf(from)
  const place = typeof position === 'object' ? position.timestampMs : position
  if (position === undefined || (typeof place === 'number' && place < 0)) {
    throw noPosition(typeof from === 'string' ? JSON.stringify(from) : String(from))
  }
  return position
}

/** JSON has no way to write another number, and would send null in its place. */
function wholeNumber(what: string, value: unknown, unit: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number
  const shown = typeof value === 'number' ? String(value) : typeof value
  throw new TypeError(`${what} is a whole number of ${unit} from 0 to 2^53 - 1, not ${shown}.`)
}

function noPosition(shown: string): TypeError {
  return new TypeError(
    `A position is 'earliest', 'latest', an offset from 0 on, a Date, an ISO time with its zone ` +
      `('2026-01-31T12:00:00Z'), { offset } or { timestamp }, not ${shown}.`,
  )
}
