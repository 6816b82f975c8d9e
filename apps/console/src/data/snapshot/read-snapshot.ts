import * as z from 'zod/mini'
import { snapshotLogLines } from '../brokers-told.ts'
import { openedSnapshot, snapshotData } from './open-snapshot.ts'
import { maxSnapshotLines, type SnapshotFile, snapshotKind, snapshotVersion } from './snapshot-file.ts'

/**
 * Shows a file in place of the cluster. Throws a sentence for a bad one. With its page in memory it needs no broker, not even
 * for its own code.
 */
export async function openSnapshot(file: Blob, name: string): Promise<void> {
  if (file.size > maxSnapshotBytes) {
    throw new Error(`It has ${file.size} bytes, and a snapshot has ${maxSnapshotBytes} at most.`)
  }
  openedSnapshot.set(snapshotData(readSnapshot(await file.text()), name))
}

/** A file above this is none that the console wrote: 5,000 lines of the journal, 500 of each log and ten thousand partitions take a fraction. */
export const maxSnapshotBytes = 67_108_864
const maxTopics = 10_000

const count = z.number()
const text = z.string()
const coordinator = z.looseObject({ type: text, connected: z.boolean() })
const reference = z.looseObject({ id: text, url: text })
const rateColumn = z.array(z.nullable(count))

const counters = z.looseObject({
  recordsIn: count,
  bytesIn: count,
  recordsOut: z.nullable(count),
  bytesOut: count,
  recordsReplicated: z.nullable(count),
  bytesReplicated: count,
  requests: count,
  failedRequests: count,
  refusedRequests: count,
  errors: z.optional(count),
})

const brokerState = z.looseObject({
  brokerId: text,
  clusterId: text,
  url: text,
  version: text,
  asOf: count,
  startedAt: count,
  role: z.enum(['leader', 'follower', 'candidate']),
  epoch: count,
  leader: z.nullable(reference),
  isr: z.array(text),
  coordinator,
  reasons: z.array(text),
  uptimeMs: count,
  rssBytes: count,
  heapUsedBytes: count,
  eventLoopDelayMs: count,
  freeDiskBytes: z.nullable(count),
  connections: count,
  liveConnections: count,
  counters,
  journalSeq: count,
  partitionCount: count,
  partitions: z.array(
    z.looseObject({
      topic: text,
      partition: count,
      logStartOffset: count,
      logEndOffset: count,
      highWatermark: count,
      sizeBytes: count,
      error: z.nullable(text),
    }),
  ),
})

const topic = z.looseObject({
  name: text,
  id: text,
  config: z.looseObject({}),
  partitions: z.array(
    z.looseObject({
      partition: count,
      leader: z.nullable(reference),
      epoch: count,
      isr: z.array(text),
      replicas: z.array(text),
      logStartOffset: count,
      highWatermark: count,
      logEndOffset: count,
    }),
  ),
})

const missing = z.array(z.looseObject({ brokerId: text, detail: text }))
const settingValue = z.union([text, count, z.boolean()])

const configs = z.looseObject({
  brokers: z.array(
    z.looseObject({
      brokerId: text,
      nodeVersion: text,
      platform: text,
      settings: z.array(
        z.looseObject({
          name: text,
          flag: text,
          variable: text,
          description: text,
          unit: text,
          value: settingValue,
          default: settingValue,
          isDefault: z.boolean(),
          source: text,
        }),
      ),
    }),
  ),
  missing,
})

const logs = z.looseObject({
  brokers: z.array(
    z.looseObject({ brokerId: text, total: count, lines: z.array(text).check(z.maxLength(snapshotLogLines)) }),
  ),
  missing,
})

/** What pages read of it; more may stand in a file of a later console. */
const snapshotSchema = z.looseObject({
  takenAt: text.check(z.refine((value) => !Number.isNaN(Date.parse(value)), 'It is no time.')),
  url: text,
  saidBy: text,
  saidByUrl: text,
  asOf: count,
  receivedAt: count,
  via: z.enum(['live', 'polling']),
  cluster: z.looseObject({
    clusterId: text,
    asOf: count,
    epoch: count,
    leader: z.nullable(reference),
    isr: z.array(text),
    coordinator,
    brokers: z.array(
      z.looseObject({
        id: text,
        url: text,
        role: z.nullable(text),
        alive: z.boolean(),
        epoch: z.nullable(count),
      }),
    ),
  }),
  brokers: z.array(
    z.looseObject({
      id: text,
      url: text,
      state: z.nullable(brokerState),
      receivedAt: z.nullable(count),
      error: z.nullable(z.looseObject({ code: text, detail: text })),
    }),
  ),
  topics: z.array(topic).check(z.maxLength(maxTopics)),
  lags: z.record(text, z.record(text, count)),
  heard: z.record(text, count),
  rates: z.looseObject({
    at: z.array(count),
    produced: rateColumn,
    consumed: rateColumn,
    replicated: rateColumn,
    // A file of an earlier console has none.
    errors: z.optional(rateColumn),
  }),
  journal: z.looseObject({
    entries: z
      .array(
        z.looseObject({
          seq: count,
          at: count,
          brokerId: text,
          epoch: count,
          type: text,
          level: z.enum(['info', 'warn', 'error']),
          text,
          data: z.optional(z.looseObject({})),
        }),
      )
      .check(z.maxLength(maxSnapshotLines)),
    missing,
    isWhole: z.boolean(),
  }),
  configs: z.optional(configs),
  logs: z.optional(logs),
})

/** Throws an Error with a sentence for the person who chose the file. */
export function readSnapshot(fileText: string): SnapshotFile {
  let value: unknown
  try {
    value = JSON.parse(fileText)
  } catch (error) {
    const why = error instanceof Error ? ` ${error.message}` : ''
    throw new Error(`It is not JSON, or not all of it.${why}`)
  }
  const { kind, version } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  if (kind !== snapshotKind) {
    throw new Error('It is no snapshot of the YAK console. One is made by "Snapshot" on the timeline.')
  }
  if (version !== snapshotVersion) {
    throw new Error(
      `It is a snapshot of version ${String(version)}, and this console reads version ${snapshotVersion}. Open it in the console that made it.`,
    )
  }
  const checked = snapshotSchema.safeParse(value)
  if (checked.success) return value as SnapshotFile
  const [issue] = checked.error.issues
  const where = issue === undefined || issue.path.length === 0 ? 'The file' : issue.path.join('.')
  throw new Error(`It is damaged: ${where} is not as it should be. ${issue?.message ?? ''}`.trim())
}
