import { YakError } from '@yak/protocol'
import { type TopicConfig, topicConfigSchema } from '@yak/protocol/schemas'
import { z } from 'zod'

export interface TopicRecord {
  /** UUID; a name that is deleted and created again gets another. */
  readonly id: string
  readonly name: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly partitions: number
  /** What the topic sets for itself; the rest follows the broker's configuration. */
  readonly config: TopicConfig
}

/** What was deleted of a topic that stays. */
export interface DeletedRecords {
  readonly topicId: string
  /** The leader's when it was decided: what was written under a higher one is not meant, whatever offset it has. */
  readonly leaderEpoch: number
  /** Below its `endOffset` all of the partition is gone. */
  readonly partitions: readonly { readonly partition: number; readonly endOffset: number }[]
}

/**
 * The records of the internal log `__metadata`, as JSON in ordinary record batches. The log is the truth of which topics
 * there are; folders follow it.
 */
export type MetadataRecord =
  | { readonly type: 'topic-created'; readonly version: 1; readonly topic: TopicRecord }
  | { readonly type: 'topic-deleted'; readonly version: 1; readonly topicId: string }
  | ({ readonly type: 'records-deleted'; readonly version: 1 } & DeletedRecords)
  | { readonly type: 'producer-id-block'; readonly version: 1; readonly firstId: number; readonly count: number }

const metadataRecordSchema: z.ZodType<MetadataRecord> = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('topic-created'),
    version: z.literal(1),
    topic: z.object({
      id: z.uuid(),
      name: z.string(),
      createdAt: z.int(),
      partitions: z.int().min(1),
      config: topicConfigSchema,
    }),
  }),
  z.object({ type: z.literal('topic-deleted'), version: z.literal(1), topicId: z.uuid() }),
  z.object({
    type: z.literal('records-deleted'),
    version: z.literal(1),
    topicId: z.uuid(),
    leaderEpoch: z.int().min(0),
    partitions: z.array(z.object({ partition: z.int().min(0), endOffset: z.int().min(0) })),
  }),
  z.object({ type: z.literal('producer-id-block'), version: z.literal(1), firstId: z.int(), count: z.int() }),
])

export function encodeMetadataRecord(record: MetadataRecord): string {
  return JSON.stringify(record)
}

/** Throws LOG_DAMAGED for a record of no known kind: skipping one would change which topics there are. */
export function decodeMetadataRecord(value: Uint8Array, offset: number): MetadataRecord {
  try {
    return metadataRecordSchema.parse(JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.length).toString()))
  } catch (cause) {
    throw new YakError(
      'LOG_DAMAGED',
      `Record ${offset} of __metadata is of no kind this version knows. Start the version that wrote it.`,
      { cause, details: { offset } },
    )
  }
}
