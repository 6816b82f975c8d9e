import type { ProducerIdentity } from '../../data/produce/producer-identity.ts'
import type { CsvFormat } from './csv-format.ts'
import type { FileIdentity } from './file-identity.ts'
import type { Mapping } from './mapping.ts'
import type { FilePlace } from './read-rows.ts'
import type { RoundLimits } from './round-builder.ts'

/**
 * An import, as it stands in this browser's database. Whoever takes the job from there (JobStore) and has the file can go on
 * with it, and no row is written twice:
 *
 * - Rows travel in rounds, whose limits depend on the file and the job alone. One round is under way at a time.
 * - Before a round leaves, `next` and `pending` are stored: where it begins, its sequences, and what it counts.
 * - `pending` set after a reload: that round may be written. It is built again and sent under the same sequences; the log
 *   knows a producer's last batches of each partition and answers for those it has, and takes the others.
 * - `pending` null, or a later `next` stored: everything before `next` is settled.
 *
 *     ready -> running <-> paused -> done | stopped | cancelled        stopped: `stopReason` says why
 */
export interface ImportJob {
  readonly id: string
  readonly createdAt: number
  readonly updatedAt: number
  readonly topic: string
  readonly topicId: string
  readonly partitionCount: number
  readonly file: FileIdentity
  readonly format: CsvFormat
  readonly mapping: Mapping
  readonly onBad: 'skip' | 'stop'
  readonly limits: RoundLimits
  /** Of the dry pass. */
  readonly rowCount: number
  readonly identity: ProducerIdentity | null
  readonly state: 'ready' | 'running' | 'paused' | 'done' | 'stopped' | 'cancelled'
  readonly stopReason: string | null
  readonly next: RoundStart
  readonly pending: PendingRound | null
  readonly counts: JobCounts
  readonly first: RecordPlace | null
  readonly last: RecordPlace | null
}

export interface RoundStart {
  readonly row: number
  /** A place in the file at or before that row, and the row that begins there. */
  readonly place: FilePlace
  readonly rowAtPlace: number
  /** The next for each partition. */
  readonly sequences: readonly number[]
}

export interface PendingRound {
  readonly endRow: number
  readonly timestamp: number
  /** Records by partition. */
  readonly counts: Readonly<Record<number, number>>
}

export interface JobCounts {
  readonly acked: number
  /** Refused by the broker. */
  readonly failed: number
  /** Not sent, because something was wrong with the row. */
  readonly skipped: number
  /** While it ran. */
  readonly elapsedMs: number
  readonly bytesRead: number
  /** Bad rows whose details are kept. */
  readonly keptBadRows: number
}

export interface RecordPlace {
  readonly partition: number
  readonly offset: number
  readonly row: number
}

export function isFinished({ state }: Pick<ImportJob, 'state'>): boolean {
  return state === 'done' || state === 'stopped' || state === 'cancelled'
}

/** Rows that are not in the topic, and will not be. */
export function hasBadRows({ counts: { failed, skipped } }: Pick<ImportJob, 'counts'>): boolean {
  return failed + skipped > 0
}

/** In words; what is done may lack rows. */
export function stateName(job: Pick<ImportJob, 'state' | 'counts'>): string {
  return job.state === 'done' && hasBadRows(job) ? 'done, not all rows' : job.state
}

/** Why a round that was built again is not the one that was sent; undefined when it is. */
export function pendingFault(
  pending: PendingRound,
  round: { readonly endRow: number; readonly batches: readonly { partition: number; recordCount: number }[] },
): string | undefined {
  const same =
    pending.endRow === round.endRow &&
    Object.keys(pending.counts).length === round.batches.length &&
    round.batches.every(({ partition, recordCount }) => pending.counts[partition] === recordCount)
  if (same) return undefined
  return (
    `Rows up to ${pending.endRow} were under way when the page was left, and read again they are not the same. ` +
    'The file has changed, or another version of the console began this import. Look at the end of the topic before you go on.'
  )
}
