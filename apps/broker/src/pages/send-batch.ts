import { LIMITS, YakError } from '@yak/protocol'
import type { SendBatchResponse } from '@yak/protocol/schemas'
import type { Row } from '@yak/rows'
import { type JsonRecord, JsonText, type RecordFate } from '../records/json-produce.ts'

/** Rows sent together and awaited before the next: enough for a batch to each partition, little to hold in memory. */
const rowsPerSend = 2_000
/** Characters of rows sent together. Large rows are few: all at once they would be more than a log takes before its disk has it. */
const maxTextPerSend = 4_194_304

/** A row as a record, or why it cannot be one. */
export type RowToSend = { readonly record: JsonRecord } | { readonly error: YakError }

export interface RowSending {
  readonly rows: AsyncIterable<readonly RowToSend[]> | Iterable<readonly RowToSend[]>
  readonly send: (records: readonly JsonRecord[]) => Promise<RecordFate[]>
  /** The client is gone or the broker stops: the rows not sent yet stay unsent. */
  readonly isOver: () => boolean
  /** Nobody is left to take the report: the rest is not even read. */
  readonly isGone: () => boolean
  /** Of a row that was not sent, or of which nobody knows. */
  readonly onRowError?: (error: YakError) => void
  /** Bytes that the broker holds at most: of rows sent together a part of it. */
  readonly maxInFlightBytes: number
}

/**
 * Sends rows in their order and counts what became of each. A bad row leaves the others alone; what stops the sending as a
 * whole (disk full, broker stopping) leaves the rows after it definitely not written, and they are counted so.
 */
export async function sendRows(sending: RowSending): Promise<SendBatchResponse> {
  const { rows, send, isOver, isGone, onRowError, maxInFlightBytes } = sending
  const report = new SendReport(onRowError)
  const maxText = Math.min(maxTextPerSend, maxInFlightBytes / 4)
  let gathered: RowToSend[] = []
  let textLength = 0
  for await (const batch of rows) {
    if (isGone()) return report.response()
    for (const row of batch) {
      gathered.push(row)
      textLength += textLengthOf(row)
      if (gathered.length < rowsPerSend && textLength < maxText) continue
      await sendGathered(gathered, send, isOver, report)
      gathered = []
      textLength = 0
    }
  }
  await sendGathered(gathered, send, isOver, report)
  return report.response()
}

/** Of a file's row; those of a JSON request are in memory anyway. */
function textLengthOf(row: RowToSend): number {
  return 'record' in row && row.record.value instanceof JsonText ? row.record.value.text.length : 0
}

async function sendGathered(
  rows: readonly RowToSend[],
  send: RowSending['send'],
  isOver: () => boolean,
  report: SendReport,
): Promise<void> {
  if (report.stoppedBy === undefined && isOver()) {
    report.stoppedBy = new YakError('SHUTTING_DOWN', 'The request ended before this row was sent. Send the rest again.')
  }
  let fates: RecordFate[] = []
  if (report.stoppedBy === undefined) {
    try {
      fates = await send(recordsOf(rows))
    } catch (error) {
      if (!YakError.is(error)) throw error
      report.stoppedBy = error
    }
  }
  let next = 0
  for (const row of rows) {
    if ('error' in row) report.count(row.error)
    else if (report.stoppedBy !== undefined) report.count(report.stoppedBy)
    else {
      const fate = fates[next++]!
      report.count('error' in fate ? fate.error : undefined)
    }
  }
}

/** Of those rows that can be one. */
export function recordsOf(rows: readonly RowToSend[]): JsonRecord[] {
  return rows.flatMap((row) => ('record' in row ? [row.record] : []))
}

class SendReport {
  /** Nothing is sent after it. */
  stoppedBy: YakError | undefined
  #row = 0
  #sent = 0
  #failed = 0
  #unknown = 0
  readonly #errors: SendBatchResponse['errors'] = []
  readonly #onRowError: RowSending['onRowError']

  constructor(onRowError: RowSending['onRowError']) {
    this.#onRowError = onRowError
  }

  /** The next row's fate; undefined: it is committed. */
  count(error: YakError | undefined): void {
    this.#row++
    if (error === undefined) {
      this.#sent++
      return
    }
    this.#onRowError?.(error)
    if (error.outcome === 'unknown') this.#unknown++
    else this.#failed++
    if (this.#errors.length === LIMITS.maxRowErrors) return
    this.#errors.push({ row: this.#row, code: error.code, detail: error.message, outcome: error.outcome })
  }

  response(): SendBatchResponse {
    return { sent: this.#sent, failed: this.#failed, unknown: this.#unknown, errors: this.#errors }
  }
}

/** Rows of a file; the line is named, since a row may be many lines. */
export function rowOfFile(row: Row): RowToSend {
  if (row.problem === null) return { record: { key: row.key, value: new JsonText(row.value) } }
  const lines = row.line === row.lastLine ? `Line ${row.line}` : `Lines ${row.line} to ${row.lastLine}`
  return { error: new YakError(row.problem.code, `${lines}: ${row.problem.detail}.`, { details: { line: row.line } }) }
}

/** A row of a JSON request. */
export function rowOfJson(value: Readonly<Record<string, unknown>>, keyField: string | undefined): RowToSend {
  if (keyField === undefined) return { record: { key: null, value } }
  const key = Object.hasOwn(value, keyField) ? value[keyField] : undefined
  if (typeof key === 'string' && !key.isWellFormed()) {
    const text = `The key field ${JSON.stringify(keyField)} has half of a surrogate pair, which UTF-8 cannot hold. Correct the row.`
    return { error: new YakError('INVALID_RECORD', text) }
  }
  if (typeof key === 'string' && key !== '') return { record: { key, value } }
  // Numbers may be JSON.rawJSON: their digits as they were sent.
  const text = JSON.stringify(key)
  if (typeof text === 'string' && /^(?:-?\d|true$|false$)/.test(text)) return { record: { key: text, value } }
  const reason = key === undefined ? 'is not there' : key === '' ? 'is empty' : 'is no text, number or boolean'
  return {
    error: new YakError('KEY_FIELD_NOT_FOUND', `The key field "${keyField}" ${reason}. Correct the row.`),
  }
}
