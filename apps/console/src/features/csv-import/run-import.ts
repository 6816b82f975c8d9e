import { YakError } from '@yak/protocol'
import type { ProduceTarget } from '../../data/produce/produce-target.ts'
import { askProducerIdentity } from '../../data/produce/producer-identity.ts'
import { type Settled, settleBatches, type Waiting } from '../../data/produce/settle-batches.ts'
import { type BadRow, badRowOf } from './bad-row.ts'
import { type ImportJob, type PendingRound, pendingFault, type RecordPlace, type RoundStart } from './import-job.ts'
import { type ByteSource, type FilePlace, readRows } from './read-rows.ts'
import { type Round, RoundBuilder } from './round-builder.ts'

/** Stores the job, and the bad rows of a round with it. Resolves when that is safe. */
export interface JobKeeper {
  put(job: ImportJob, bad?: { readonly startRow: number; readonly rows: readonly BadRow[] }): Promise<void>
}

export interface RunOptions {
  readonly source: ByteSource
  readonly target: ProduceTarget
  readonly keeper: JobKeeper
  readonly signal: AbortSignal
  /** Asked between two rounds: pending while the import is paused, false when it was cancelled. */
  readonly mayGoOn: () => Promise<boolean> | boolean
  readonly onProgress: (job: ImportJob) => void
  readonly onWaiting: (waiting: Waiting | null) => void
}

/** Beyond it, bad rows are counted only. */
export const maxKeptBadRows = 20_000
const maxSequence = 2_147_483_648

/**
 * Runs a job from where it stands to its end; see ImportJob for why no row is written twice. The next round is built while one
 * is under way, and that is all that is held of the file.
 */
export async function runImport(begun: ImportJob, options: RunOptions): Promise<ImportJob> {
  const { source, target, keeper, signal, onProgress, onWaiting } = options
  const startMs = performance.now()
  const elapsedBefore = begun.counts.elapsedMs
  let job: ImportJob = { ...begun, state: 'running', stopReason: null }
  const change = (next: Partial<ImportJob>) => {
    job = {
      ...job,
      ...next,
      updatedAt: Date.now(),
      counts: { ...(next.counts ?? job.counts), elapsedMs: elapsedBefore + performance.now() - startMs },
    }
    onProgress(job)
  }
  const finish = async (state: ImportJob['state'], stopReason: string | null = null, bad?: Round) => {
    change({ state, stopReason })
    await keeper.put(job, bad === undefined ? undefined : { startRow: bad.startRow, rows: bad.badRows })
    return job
  }

  try {
    if (job.identity === null) {
      const since = Date.now()
      const waiting = ({ code, message }: YakError) => onWaiting({ code, text: message, since, isUnknown: false })
      const identity = await askProducerIdentity(target, signal, waiting)
      onWaiting(null)
      change({ identity })
    }
    const rounds = buildRounds(job, source)
    let building = rounds.next()
    for (;;) {
      if (!(await options.mayGoOn())) return await finish('cancelled')
      signal.throwIfAborted()
      const built = await building
      if (built.done) return await finish('done')
      const { round, start, timestamp, bytesRead } = built.value
      const wasPending = job.pending
      if (wasPending !== null) {
        const fault = pendingFault(wasPending, round)
        if (fault !== undefined) return await finish('stopped', fault)
      }
      if (job.onBad === 'stop' && round.badRows.length > 0) {
        const { line, text } = round.badRows[0]!
        return await finish(
          'stopped',
          `Line ${line} cannot be sent: ${text} Nothing from row ${round.startRow + 1} on was sent.`,
        )
      }
      const sequences = job.next.sequences
      const pending: PendingRound = wasPending ?? {
        endRow: round.endRow,
        timestamp,
        counts: Object.fromEntries(round.batches.map(({ partition, recordCount }) => [partition, recordCount])),
      }
      change({ next: { ...start, sequences }, pending })
      const keptBad = round.badRows.slice(0, Math.max(0, maxKeptBadRows - job.counts.keptBadRows))
      // In the database before a byte leaves: whatever happens from here on, the same round can be sent again.
      await keeper.put(job, { startRow: round.startRow, rows: keptBad })
      const settling =
        round.batches.length === 0
          ? Promise.resolve([])
          : settleBatches(
              target,
              round.batches.map(({ partition, builder }) => ({
                partition,
                bytes: builder.build({ ...job.identity!, baseSequence: sequences[partition]! }),
                mayBeWritten: wasPending !== null,
              })),
              { topic: job.topic, topicId: job.topicId, signal, onWaiting },
            )
      // The next round is built meanwhile; what becomes of this one is looked at below.
      settling.catch(() => {})
      building = rounds.next()
      building.catch(() => {})
      const settled = await settling
      const refused = refusedRows(round, settled, job)
      const uncertain = settled.findIndex((each) => each.kind === 'refused' && each.mayBeWritten)
      if (uncertain !== -1) return await finish('stopped', uncertainReason(round, settled, uncertain))
      const nextSequences = [...sequences]
      let { first, last } = job
      let acked = 0
      for (const [index, each] of settled.entries()) {
        if (each.kind !== 'written') continue
        const { partition, recordCount, rows } = round.batches[index]!
        nextSequences[partition] = (nextSequences[partition]! + recordCount) % maxSequence
        acked += recordCount
        if (each.offset === null) continue
        first = earlier(first, { partition, offset: each.offset, row: rows[0]!.row })
        last = later(last, { partition, offset: each.offset + recordCount - 1, row: rows.at(-1)!.row })
      }
      const hopeless = settled.find((each) => each.kind === 'refused' && !isAboutRows(each.error))
      if (hopeless?.kind === 'refused') {
        change({ pending: null, first, last, counts: { ...job.counts, acked: job.counts.acked + acked } })
        return await finish('stopped', hopelessReason(hopeless.error, round))
      }
      const kept = [...keptBad, ...refused].slice(0, Math.max(0, maxKeptBadRows - job.counts.keptBadRows))
      change({
        next: { row: round.endRow, place: start.place, rowAtPlace: start.rowAtPlace, sequences: nextSequences },
        pending: null,
        first,
        last,
        counts: {
          ...job.counts,
          acked: job.counts.acked + acked,
          failed: job.counts.failed + refused.length,
          skipped: job.counts.skipped + round.badRows.length,
          keptBadRows: job.counts.keptBadRows + kept.length,
          bytesRead,
        },
      })
      if (refused.length > 0) await keeper.put(job, { startRow: round.startRow, rows: kept })
    }
  } catch (error) {
    if (signal.aborted) {
      const isUnknown = job.pending !== null
      return await finish(
        'cancelled',
        isUnknown
          ? `What became of rows ${job.next.row + 1} to ${job.pending!.endRow} is not known: they were under way.`
          : null,
      )
    }
    // Touched, moved or on a stick that was pulled out: with the file chosen again it goes on.
    if ((error as Error).name === 'NotReadableError') {
      return await finish('paused', 'The file could not be read any more: it was changed, moved or removed.')
    }
    return await finish('stopped', YakError.is(error) ? `${error.code}: ${error.message}` : (error as Error).message)
  }
}

interface BuiltRound {
  readonly round: Round
  readonly start: Omit<RoundStart, 'sequences'>
  readonly timestamp: number
  /** Of the file; within a block by the share of its rows. */
  readonly bytesRead: number
}

/** Rounds from where the job stands; each with a place in the file from which it can be built again. */
async function* buildRounds(job: ImportJob, source: ByteSource): AsyncGenerator<BuiltRound> {
  const { next, pending } = job
  let timestamp = pending?.timestamp ?? Date.now()
  const builder = new RoundBuilder(job.mapping, job.partitionCount, job.limits, next.row, timestamp)
  let row = next.rowAtPlace
  let place: FilePlace = next.place
  let rowAtPlace = next.rowAtPlace
  let start = { row: next.row, place, rowAtPlace }
  let isFirstBlock = true
  let read = job.counts.bytesRead
  let isHeader = job.format.hasHeader && next.place.byte === 0
  for await (const block of readRows(source, job.format, next.place)) {
    if (block.place !== null && !isFirstBlock) {
      place = block.place
      rowAtPlace = row
    }
    isFirstBlock = false
    for (const [index, split] of block.rows.entries()) {
      if (isHeader) {
        isHeader = false
        continue
      }
      if (row++ < next.row) continue
      builder.add(split)
      if (!builder.isFull) continue
      const nextTimestamp = Date.now()
      const share = (index + 1) / block.rows.length
      const bytesRead = Math.round(read + (block.bytesRead - read) * share)
      yield { round: builder.finish(nextTimestamp), start, timestamp, bytesRead }
      timestamp = nextTimestamp
      start = { row, place, rowAtPlace }
    }
    read = block.bytesRead
  }
  if (!builder.isEmpty) yield { round: builder.finish(0), start, timestamp, bytesRead: source.size }
}

function refusedRows(round: Round, settled: readonly Settled[], job: ImportJob): readonly BadRow[] {
  const headers = job.mapping.columns.map(({ header }) => header)
  return settled.flatMap((each, index) => {
    if (each.kind === 'written') return []
    const { code, message } = each.error
    return round.batches[index]!.rows.map(({ split, row }) =>
      badRowOf(split, row, { code, reason: code, text: message, column: null, value: null }, headers),
    )
  })
}

/** Refusals of one batch for what is in it; any other would meet every batch that follows. */
const aboutRows: ReadonlySet<string> = new Set([
  'RECORD_TOO_LARGE',
  'BATCH_TOO_LARGE',
  'BODY_TOO_LARGE',
  'INVALID_RECORD',
  'CORRUPT_BATCH',
  'INVALID_BATCH_LENGTH',
  'INVALID_RECORD_COUNT',
])
const isAboutRows = ({ code }: YakError) => aboutRows.has(code)

function hopelessReason({ code, message }: YakError, { startRow, endRow }: Round): string {
  const hint =
    code === 'UNKNOWN_PRODUCER_ID' || code === 'OUT_OF_ORDER_SEQUENCE'
      ? 'The topic remembers nothing of this import any more. Begin a new one for the rows that are left. '
      : ''
  return `${hint}Rows ${startRow + 1} to ${endRow} were refused, some or all: ${message}`
}

function uncertainReason(round: Round, settled: readonly Settled[], index: number): string {
  const each = settled[index]!
  const { partition, recordCount } = round.batches[index]!
  const why = each.kind === 'refused' ? each.error.message : ''
  return (
    `What became of ${recordCount} rows between ${round.startRow + 1} and ${round.endRow} for partition ${partition} is not known: ` +
    `an attempt got no answer, and a later one was refused. ${why}`
  )
}

function earlier(a: RecordPlace | null, b: RecordPlace): RecordPlace {
  return a === null || b.row < a.row ? b : a
}

function later(a: RecordPlace | null, b: RecordPlace): RecordPlace {
  return a === null || b.row > a.row ? b : a
}
