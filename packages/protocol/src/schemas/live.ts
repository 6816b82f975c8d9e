import { z } from 'zod'
import { LIMITS } from '../limits.ts'
import { chaosActionSchema } from './chaos.ts'
import { type clusterResponseSchema, coordinatorStateSchema } from './cluster.ts'
import { brokerId, brokerReferenceSchema, epoch, offset, timestampRead, topicName } from './fields.ts'
import { type JournalEntry, journalLevelSchema, type MissingBroker } from './journal.ts'
import { offsetPositionAdvice, offsetPositionSchema } from './offset-position.ts'
import type { ConsumedRecord } from './record.ts'
import { shown } from './shown-value.ts'
import type { TopicDescription } from './topics.ts'

/** The live channel, `GET /v1/live`: docs/live-channel.md has its rules. */

const count = z.int().meta({ examples: [1_042] })

/** Only ever go up while `startedAt` is the same. */
const countersSchema = z
  .object({
    recordsIn: count,
    bytesIn: count,
    recordsOut: count,
    bytesOut: count,
    recordsReplicated: count,
    bytesReplicated: count,
    requests: count,
    failedRequests: count,
    refusedRequests: count,
    errors: count.optional().meta({
      description:
        'Requests of clients that failed for a reason of the broker: see docs/operations.md. A broker of an earlier version does not count them.',
    }),
  })
  .meta({ id: 'BrokerCounters' })

const ownPartitionSchema = z
  .object({
    topic: topicName,
    partition: z.int(),
    logStartOffset: offset,
    logEndOffset: offset,
    highWatermark: offset,
    sizeBytes: z.int(),
    error: z.string().nullable().meta({ description: 'The code, when it is not served.' }),
  })
  .meta({ id: 'OwnPartition' })

/** `GET /v1/broker-state`. */
export const brokerStateSchema = z
  .object({
    brokerId,
    clusterId: z.string(),
    url: z.string(),
    version: z.string(),
    asOf: timestampRead,
    startedAt: timestampRead.meta({ description: 'Counters began at 0 then.' }),
    role: z.enum(['leader', 'follower', 'candidate']),
    epoch,
    leader: brokerReferenceSchema.nullable(),
    isr: z.array(brokerId),
    coordinator: coordinatorStateSchema,
    reasons: z.array(z.string()).meta({ description: 'What is not as it should be.' }),
    uptimeMs: z.int(),
    rssBytes: z.int(),
    heapUsedBytes: z.int(),
    eventLoopDelayMs: z.number().meta({ description: '99th percentile of the last second or so.' }),
    freeDiskBytes: z.int().nullable(),
    connections: z.int(),
    liveConnections: z.int(),
    counters: countersSchema,
    journalSeq: z.int().meta({ description: 'Of its newest journal entry; 0: none.' }),
    partitionCount: z.int(),
    partitions: z.array(ownPartitionSchema).meta({
      description: `Its own replicas, at most ${LIMITS.maxBrokerStatePartitions}.`,
    }),
    chaos: z
      .array(chaosActionSchema)
      .optional()
      .meta({ description: 'What `POST /v1/chaos` may do to it; not there without `--chaos true`.' }),
  })
  .meta({
    id: 'BrokerState',
    examples: [
      {
        brokerId: '1',
        clusterId: '5f0c7f7e',
        url: 'http://127.0.0.1:5001',
        version: '0.1.0',
        asOf: 1_767_225_700_000,
        startedAt: 1_767_225_600_000,
        role: 'leader',
        epoch: 8,
        leader: { id: '1', url: 'http://127.0.0.1:5001' },
        isr: ['1', '2', '3'],
        coordinator: { type: 'redis', connected: true },
        reasons: [],
        uptimeMs: 100_000,
        rssBytes: 96_000_000,
        heapUsedBytes: 24_000_000,
        eventLoopDelayMs: 20.4,
        freeDiskBytes: 90_000_000_000,
        connections: 4,
        liveConnections: 1,
        counters: {
          recordsIn: 1_042,
          bytesIn: 104_200,
          recordsOut: 2_084,
          bytesOut: 208_400,
          recordsReplicated: 0,
          bytesReplicated: 0,
          requests: 600,
          failedRequests: 0,
          refusedRequests: 0,
          errors: 0,
        },
        journalSeq: 121,
        partitionCount: 1,
        partitions: [
          {
            topic: 'orders',
            partition: 0,
            logStartOffset: 0,
            logEndOffset: 1_042,
            highWatermark: 1_042,
            sizeBytes: 104_200,
            error: null,
          },
        ],
      },
    ],
  })

/** What `brokerStateSchema` gives: the answer of `GET /v1/broker-state`. */
export type BrokerState = z.infer<typeof brokerStateSchema>

const id = z.string().min(1).max(LIMITS.maxLiveIdLength)
const seq = z.int().min(0).max(LIMITS.maxOffset)
const partitionKey = z.string().regex(/^\d{1,10}$/, 'name partitions by their numbers')

const echo = z.union([z.number(), z.string().max(64)], {
  error: ({ input }) => `give a number or a string, not ${shown(input)}`,
})

const creditSchema = z.strictObject({
  messages: z.int().min(0).default(0),
  bytes: z.int().min(0).default(0),
})

const subscribeClusterSchema = z.strictObject({ type: z.literal('subscribe'), id, channel: z.literal('cluster') })

const subscribeJournalSchema = z.strictObject({
  type: z.literal('subscribe'),
  id,
  channel: z.literal('journal'),
  brokers: z
    .union([z.enum(['self', 'all']), z.array(brokerId).min(1).max(LIMITS.maxBrokers)], {
      error: ({ input }) => `give "self", "all" or a list of broker ids, not ${shown(input)}`,
    })
    .default('self'),
  after: z.record(z.string(), seq).default({}),
  last: z.int().min(0).max(LIMITS.maxJournalAnswerEntries).default(LIMITS.defaultJournalAnswerEntries),
  level: journalLevelSchema.default('info'),
})

const subscribeMessagesSchema = z.strictObject({
  type: z.literal('subscribe'),
  id,
  channel: z.literal('messages'),
  topic: topicName,
  topicId: z.string().optional(),
  partitions: z.array(z.int().min(0)).min(1).max(LIMITS.maxPartitionsPerTopic).optional(),
  from: z
    .union([offsetPositionSchema, z.record(partitionKey, offsetPositionSchema)], {
      error: ({ input }) =>
        `give ${offsetPositionAdvice}, or one of these for each partition such as {"0":42,"1":"latest"}, not ${shown(input)}`,
    })
    .default('latest'),
  mode: z.enum(['all', 'live']).default('all'),
  credit: creditSchema.prefault({}),
})

/** A client's frame that asks for a channel. */
export const subscribeFrameSchema = z.discriminatedUnion('channel', [
  subscribeClusterSchema,
  subscribeJournalSchema,
  subscribeMessagesSchema,
])

/** What a client may send. */
export const liveClientFrameSchema = z.discriminatedUnion('type', [
  subscribeFrameSchema,
  z.strictObject({ type: z.literal('credit'), id, ...creditSchema.shape }),
  z.strictObject({ type: z.literal('unsubscribe'), id }),
  z.strictObject({ type: z.literal('ping'), echo: echo.optional() }),
])

/** What `liveClientFrameSchema` gives, defaults filled in. */
export type LiveClientFrame = z.output<typeof liveClientFrameSchema>
/** As a client writes it: what has a default may be left out. */
export type LiveClientFrameJson = z.input<typeof liveClientFrameSchema>
/** A subscription to any of the channels, defaults filled in. */
export type SubscribeFrame = z.output<typeof subscribeFrameSchema>
/** A subscription to the channel `journal`, defaults filled in. */
export type SubscribeJournal = z.output<typeof subscribeJournalSchema>
/** A subscription to the channel `messages`, defaults filled in. */
export type SubscribeMessages = z.output<typeof subscribeMessagesSchema>

/** One member as the cluster's state tells it. */
export interface LiveBroker {
  /** By which the cluster's settings name it. */
  readonly id: string
  /** Where clients reach it. */
  readonly url: string
  /** The last that is known; null: never heard. */
  readonly state: BrokerState | null
  /** When the broker that tells got it, by its own clock. */
  readonly receivedAt: number | null
  /** Why the last try failed; `state` is then the one before. */
  readonly error: { readonly code: string; readonly detail: string } | null
}

/** A frame of the channel `cluster`: the state of the whole cluster as one broker knows it. */
export interface LiveClusterData {
  /** Of every frame with data. */
  readonly type: 'data'
  /** Of the subscription, as its client chose it. */
  readonly id: string
  /** Of the subscription's frames: from 1 on, one more each time. */
  readonly seq: number
  /** When it was so, in milliseconds since 1970, by the clock of the broker that tells. */
  readonly asOf: number
  /** Id of the broker that tells. */
  readonly saidBy: string
  /** As `GET /cluster` answers. */
  readonly cluster: z.infer<typeof clusterResponseSchema>
  /** Every member with what was last heard of it. */
  readonly brokers: readonly LiveBroker[]
  /** All in the first frame, later those that changed. */
  readonly topics: readonly TopicDescription[]
  /** Names of those that were told before and are gone. */
  readonly removedTopics: readonly string[]
  /** More changes than fit this frame; the rest comes with the next. */
  readonly hasMoreTopics: boolean
}

/** A frame of the channel `journal`. */
export interface LiveJournalData {
  /** Of every frame with data. */
  readonly type: 'data'
  /** Of the subscription, as its client chose it. */
  readonly id: string
  /** Of the subscription's frames: from 1 on, one more each time. */
  readonly seq: number
  /** Those of one broker in the order of their `seq`. */
  readonly entries: readonly JournalEntry[]
  /** Resume with this, on any broker. */
  readonly after: Readonly<Record<string, number>>
  /** Brokers that cannot be read at present. */
  readonly missing: readonly MissingBroker[]
}

/** Records of one partition, and how far it goes. */
export interface LiveMessagesPart {
  /** From 0 on. */
  readonly partition: number
  /** In the order of their offsets. */
  readonly records: readonly ConsumedRecord[]
  /** Resume here, on any broker. */
  readonly nextOffset: number
  /** Records below this offset are gone. */
  readonly logStartOffset: number
  /** Every record below this offset is committed. */
  readonly highWatermark: number
  /** Records before `records` that will not come. */
  readonly skipped?: {
    readonly count: number
    readonly fromOffset: number
    readonly because: 'credit' | 'retention'
  }
}

/** A frame of the channel `messages`. */
export interface LiveMessagesData {
  /** Of every frame with data. */
  readonly type: 'data'
  /** Of the subscription, as its client chose it. */
  readonly id: string
  /** Of the subscription's frames: from 1 on, one more each time. */
  readonly seq: number
  /** Each of one partition. */
  readonly parts: readonly LiveMessagesPart[]
}

/** The first frame of every connection. */
export interface LiveHello {
  /** Of this frame. */
  readonly type: 'hello'
  /** Of the broker at the other end. */
  readonly brokerId: string
  /** Empty until the broker has formed or joined a cluster. */
  readonly clusterId: string
  /** Of the broker's program. */
  readonly version: string
  /** When the broker started, in milliseconds since 1970; counters began at 0 then. */
  readonly startedAt: number
  /** The broker's clock now, in milliseconds since 1970. */
  readonly at: number
  /** How often a heartbeat comes, in milliseconds. */
  readonly heartbeatMs: number
  /** What one connection may have at most; bytes of frames and of credit, counts of the others. */
  readonly limits: {
    readonly maxSubscriptions: number
    readonly maxFrameBytes: number
    readonly maxCreditMessages: number
    readonly maxCreditBytes: number
  }
}

/** The answer to a subscription that stands; data follow. */
export interface LiveSubscribed {
  /** Of this frame. */
  readonly type: 'subscribed'
  /** Of the subscription, as its client chose it. */
  readonly id: string
  /** As it was asked for. */
  readonly channel: 'cluster' | 'journal' | 'messages'
  /** Of `messages`. */
  readonly topic?: string
  /** Of `messages`: another one if the topic was created again. */
  readonly topicId?: string
  /** Of `messages`: the first offset to come, by partition. */
  readonly next?: Readonly<Record<string, number>>
}

/** A subscription that is over, or a frame that could not be understood. */
export interface LiveError {
  /** Of this frame. */
  readonly type: 'error'
  /** The subscription that is over; without it the frame could not be understood. */
  readonly id?: string
  /** A row of the error table. */
  readonly code: string
  /** What happened, and what to do. */
  readonly detail: string
  /** The same subscription may succeed later. */
  readonly retriable: boolean
  /** Facts for programs. */
  readonly details?: Readonly<Record<string, unknown>>
}

/** What a broker may send. */
export type LiveServerFrame =
  | LiveHello
  | LiveSubscribed
  | LiveClusterData
  | LiveJournalData
  | LiveMessagesData
  | LiveError
  | { readonly type: 'unsubscribed'; readonly id: string }
  | { readonly type: 'heartbeat'; readonly at: number }
  | { readonly type: 'pong'; readonly echo: number | string | null; readonly at: number }
