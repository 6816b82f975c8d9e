import { LIMITS } from '@yak/protocol'
import { z } from 'zod'

/** Every setting of a broker, resolved. Resolved once, never changed. */
export interface BrokerConfig {
  /** Name of this broker in its cluster. Default `1`. */
  readonly id: string
  /** TCP port; 0 takes a free one. Default 5001. */
  readonly port: number
  /** Address to listen on. Default `127.0.0.1`. */
  readonly host: string
  /** Base URL under which clients reach this broker; empty: made of host and port. Default empty. */
  readonly advertise: string
  /** Folder that holds everything the broker must not lose. Default `yak-data`. */
  readonly dataDir: string

  /** All brokers of the cluster, this one included: `ID=URL,ID=URL,…`. Empty: this broker is alone. Default empty. */
  readonly peers: string
  /** Where the lease is kept: `redis://…`, `rediss://…`, `redis+sentinel://…` or `sqlite:FILE`. Empty: alone. Default empty. */
  readonly coordinator: string
  /** Name of the cluster's record in the coordinator. Default `yak`. */
  readonly group: string
  /** `leader` tries to lead first at a cold start; after that it means nothing. Default `follower`. */
  readonly role: 'leader' | 'follower'
  /** Milliseconds of the lease: the longest that a dead leader is waited for. Default 5,000. */
  readonly leaseMs: number
  /** Replicas that must have a record before it is acknowledged; 0: two with three brokers or more, else one. Default 0. */
  readonly minInsync: number
  /** `ID@EPOCH`: lead once without a quorum, giving up what only absent brokers have. Default empty: never. */
  readonly unsafeRecover: string
  /** `ID@DISK`: form a new cluster without brokers that do not answer. Nothing on a disk that has one. Default empty: never. */
  readonly init: string

  /** Partitions of a topic that does not name its own. Default 3. */
  readonly defaultPartitions: number
  /** Whether a first message creates its topic. Default true. */
  readonly autoCreateTopics: boolean
  /** When an acknowledged record is on disk: `always` before the answer, `interval` soon after (relaxed). Default `always`. */
  readonly flush: 'always' | 'interval'
  /** Milliseconds between syncs of topics with `flush: interval`. Default 1,000. */
  readonly flushIntervalMs: number
  /** Bytes at which a segment file is closed and a new one begun. Default 128 MiB. */
  readonly segmentBytes: number
  /** Milliseconds after which a segment is closed even when it is small. Default 7 days. */
  readonly segmentMs: number
  /** Bytes one partition keeps; −1: no limit. Default −1. */
  readonly retentionBytes: number
  /** Milliseconds a record is kept at least; −1: for ever. Default 7 days. */
  readonly retentionMs: number
  /** Milliseconds between two looks for segments that retention lets go. Default 30,000. */
  readonly retentionCheckMs: number

  /** Bytes of requests and answers held at once, before the broker answers OVERLOADED. Default 64 MiB. */
  readonly maxInFlightBytes: number
  /** Bytes of one request body. Default 16 MiB. */
  readonly maxRequestBytes: number
  /** Bytes of one record: key, value and headers. Default 1 MiB. */
  readonly maxRecordBytes: number
  /** Bytes of one record batch. Default 4 MiB. */
  readonly maxBatchBytes: number
  /** Connections open at once. Default 10,000. */
  readonly maxConnections: number
  /** Requests under way at once on one connection. Default 128. */
  readonly maxRequestsPerConnection: number
  /** Milliseconds within which the headers of a request must be there. Default 10,000. */
  readonly headersTimeoutMs: number
  /** Milliseconds within which a whole request must be there, and the next bytes of an upload. Default 60,000. */
  readonly requestTimeoutMs: number
  /** Milliseconds without a request after which a connection is closed. Default 120,000. */
  readonly idleTimeoutMs: number
  /** Milliseconds a produce in JSON waits for its commit, before it is told that the outcome is unknown. Default 30,000. */
  readonly ackTimeoutMs: number

  /** Free bytes of the disk below which produce is refused. Default 256 MiB. */
  readonly minFreeDiskBytes: number
  /** Milliseconds between two looks at the free space. Default 2,000. */
  readonly diskCheckMs: number
  /** Milliseconds a stop may take before connections are cut. Default 10,000. */
  readonly shutdownTimeoutMs: number
  /** Lets whoever reaches it pause, kill, cut off and slow this broker, by POST /v1/chaos. For development. Default false. */
  readonly chaos: boolean
  /** What is logged. Default `info`. */
  readonly logLevel: LogLevel
}

/** Of pino's levels, those a broker can be told. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

/** What `startBroker` takes: any setting; the others have their default. */
export type BrokerSettings = { readonly [Name in keyof BrokerConfig]?: BrokerConfig[Name] | undefined }

/** What is known of one setting: how to check it, and what to tell of it. */
export interface Setting<Value> {
  readonly schema: z.ZodType<Value>
  readonly description: string
  /** Of the number, for the help; empty where there is none. */
  readonly unit: string
  /** What may stand there, as the end of the sentence "give …". */
  readonly allowed: string
}

const numberText = /^-?\d{1,16}$/

function wholeNumber(
  description: string,
  range: { readonly default: number; readonly min: number; readonly max: number; readonly unit?: string },
): Setting<number> {
  const { min, max, unit = '' } = range
  return {
    schema: z
      .preprocess(
        (value) => (typeof value === 'string' && numberText.test(value.trim()) ? Number(value) : value),
        z.int().min(min).max(max),
      )
      .default(range.default),
    description,
    unit,
    allowed: `a whole number from ${min} to ${max}`,
  }
}

/** As `wholeNumber`, and −1 means that there is no limit. */
function numberOrUnlimited(
  description: string,
  range: { readonly default: number; readonly min: number; readonly max: number; readonly unit?: string },
): Setting<number> {
  const { min, max } = range
  return {
    ...wholeNumber(description, range),
    schema: z
      .preprocess(
        (value) => (typeof value === 'string' && numberText.test(value.trim()) ? Number(value) : value),
        z.union([z.literal(-1), z.int().min(min).max(max)]),
      )
      .default(range.default),
    allowed: `-1 for no limit, or a whole number from ${min} to ${max}`,
  }
}

function trueOrFalse(description: string, fallback: boolean): Setting<boolean> {
  return {
    schema: z
      .preprocess((value) => (value === 'true' ? true : value === 'false' ? false : value), z.boolean())
      .default(fallback),
    description,
    unit: '',
    allowed: 'true or false',
  }
}

function oneOf<const Name extends string>(
  description: string,
  names: readonly Name[],
  fallback: NoInfer<Name>,
): Setting<Name> {
  return {
    schema: z.enum(names).default(fallback as never) as z.ZodType<Name>,
    description,
    unit: '',
    allowed: names.join(', '),
  }
}

function text(
  description: string,
  rule: { readonly pattern: RegExp; readonly allowed: string; readonly default: string },
): Setting<string> {
  return {
    schema: z.string().regex(rule.pattern).default(rule.default),
    description,
    unit: '',
    allowed: rule.allowed,
  }
}

const day = 86_400_000
const year = 365 * day
const kibibyte = 1024
const mebibyte = 1024 * kibibyte
const gibibyte = 1024 * mebibyte
const tebibyte = 1024 * gibibyte
const pebibyte = 1024 * tebibyte

/** Every setting, in the order of the help. */
export const settings: { readonly [Name in keyof BrokerConfig]: Setting<BrokerConfig[Name]> } = {
  id: text('name of this broker in its cluster', {
    pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    allowed: '1 to 64 letters, digits, dots, dashes or underscores, beginning with a letter or digit',
    default: '1',
  }),
  port: wholeNumber('TCP port; 0 takes a free one', { default: 5001, min: 0, max: 65_535 }),
  host: text('address to listen on', {
    pattern: /^[0-9A-Za-z.:_-]{1,255}$/,
    allowed: 'an address or host name, such as 127.0.0.1 or 0.0.0.0',
    default: '127.0.0.1',
  }),
  advertise: text('base URL under which clients reach this broker; made of host and port unless given', {
    pattern: /^$|^https?:\/\/[^\s/?#]+$/,
    allowed: 'a URL without a path, such as http://broker-1.example:5001',
    default: '',
  }),
  dataDir: text('folder that holds everything the broker must not lose', {
    pattern: /^[^\0]+$/,
    allowed: 'a path',
    default: 'yak-data',
  }),
  peers: text('all brokers of the cluster, this one included; empty: it is alone', {
    pattern: /^$|^[^\s,=]+=[^\s,]+(,[^\s,=]+=[^\s,]+)*$/,
    allowed: 'ID=URL for each broker, with commas between, such as 1=http://10.0.0.1:5001,2=http://10.0.0.2:5001',
    default: '',
  }),
  coordinator: text('where the lease is kept', {
    pattern: /^$|^(redis|rediss|redis\+sentinel|rediss\+sentinel):\/\/\S+$|^sqlite:[^\0]+$/,
    allowed: 'redis://HOST:PORT, rediss://…, redis+sentinel://… or, for brokers on one machine, sqlite:FILE',
    default: '',
  }),
  group: text('name of the cluster in the coordinator', {
    pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    allowed: '1 to 64 letters, digits, dots, dashes or underscores, beginning with a letter or digit',
    default: 'yak',
  }),
  role: oneOf('whether it tries to lead first at a cold start', ['leader', 'follower'], 'follower'),
  leaseMs: wholeNumber('the longest that a dead leader is waited for', {
    default: 5_000,
    min: 500,
    max: 300_000,
    unit: 'ms',
  }),
  minInsync: wholeNumber('replicas that must have a record; 0: two with three brokers or more, else one', {
    default: 0,
    min: 0,
    max: LIMITS.maxBrokers,
  }),
  defaultPartitions: wholeNumber('partitions of a topic that does not name its own', {
    default: LIMITS.defaultPartitions,
    min: 1,
    max: LIMITS.maxPartitionsPerTopic,
  }),
  autoCreateTopics: trueOrFalse('whether a first message creates its topic', true),
  flush: oneOf(
    'default of topics: sync before the answer (always), or soon after (interval)',
    ['always', 'interval'],
    'always',
  ),
  flushIntervalMs: wholeNumber('time between syncs of topics with flush interval', {
    default: 1_000,
    min: 1,
    max: 60_000,
    unit: 'ms',
  }),
  segmentBytes: wholeNumber('size at which a segment file is closed', {
    default: 128 * mebibyte,
    min: mebibyte,
    max: gibibyte,
    unit: 'bytes',
  }),
  segmentMs: wholeNumber('age at which a segment file is closed', {
    default: 7 * day,
    min: 1_000,
    max: 100 * year,
    unit: 'ms',
  }),
  retentionBytes: numberOrUnlimited('size a partition keeps', {
    default: -1,
    min: mebibyte,
    max: pebibyte,
    unit: 'bytes',
  }),
  retentionMs: numberOrUnlimited('time a record is kept', {
    default: 7 * day,
    min: 1_000,
    max: 100 * year,
    unit: 'ms',
  }),
  retentionCheckMs: wholeNumber('time between two looks for segments to let go', {
    default: 30_000,
    min: 100,
    max: day,
    unit: 'ms',
  }),
  maxInFlightBytes: wholeNumber('requests and answers held at once before OVERLOADED', {
    default: LIMITS.maxInFlightBytes,
    min: mebibyte,
    max: 4 * gibibyte,
    unit: 'bytes',
  }),
  maxRequestBytes: wholeNumber('size of one request body', {
    default: LIMITS.maxRequestBytes,
    min: 64 * kibibyte,
    max: 256 * mebibyte,
    unit: 'bytes',
  }),
  maxRecordBytes: wholeNumber('size of one record: key, value and headers', {
    default: LIMITS.maxRecordBytes,
    min: kibibyte,
    max: 64 * mebibyte,
    unit: 'bytes',
  }),
  maxBatchBytes: wholeNumber('size of one record batch', {
    default: LIMITS.maxBatchBytes,
    min: 2 * kibibyte,
    max: 64 * mebibyte,
    unit: 'bytes',
  }),
  maxConnections: wholeNumber('connections open at once', { default: 10_000, min: 1, max: 1_000_000 }),
  maxRequestsPerConnection: wholeNumber('requests under way at once on one connection', {
    default: 128,
    min: 1,
    max: 10_000,
  }),
  headersTimeoutMs: wholeNumber('time for the headers of a request to arrive', {
    default: 10_000,
    min: 100,
    max: 600_000,
    unit: 'ms',
  }),
  requestTimeoutMs: wholeNumber('time for a whole request to arrive, and between two pieces of a CSV upload', {
    default: 60_000,
    min: 100,
    max: 3_600_000,
    unit: 'ms',
  }),
  idleTimeoutMs: wholeNumber('time without a request after which a connection is closed', {
    default: 120_000,
    min: 1_000,
    max: 3_600_000,
    unit: 'ms',
  }),
  ackTimeoutMs: wholeNumber('time a JSON produce waits for its commit before it is answered as unknown', {
    default: 30_000,
    min: 100,
    max: LIMITS.maxAckTimeoutMs,
    unit: 'ms',
  }),
  minFreeDiskBytes: wholeNumber('free disk space below which produce is refused', {
    default: 256 * mebibyte,
    min: 0,
    max: pebibyte,
    unit: 'bytes',
  }),
  diskCheckMs: wholeNumber('time between two looks at the free disk space', {
    default: 2_000,
    min: 10,
    max: 600_000,
    unit: 'ms',
  }),
  shutdownTimeoutMs: wholeNumber('time a stop may take before connections are cut', {
    default: 10_000,
    min: 0,
    max: 600_000,
    unit: 'ms',
  }),
  unsafeRecover: text('lets this broker lead once without a quorum; see Unsafe recovery', {
    pattern: /^$|^[A-Za-z0-9][A-Za-z0-9._-]{0,63}@\d{1,10}$/,
    allowed: "ID@EPOCH, this broker's id and the epoch its disk has promised, as /health says both",
    default: '',
  }),
  init: text('forms a new cluster without those that do not answer; see Not all brokers are there yet', {
    pattern: /^$|^[A-Za-z0-9][A-Za-z0-9._-]{0,63}@[0-9A-Za-z-]{1,64}$/,
    allowed: "ID@DISK, this broker's id and that of its empty disk, as /health says both",
    default: '',
  }),
  chaos: trueOrFalse('development only: POST /v1/chaos may pause, kill, cut off and slow this broker', false),
  logLevel: oneOf('what is logged', ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'info'),
}
