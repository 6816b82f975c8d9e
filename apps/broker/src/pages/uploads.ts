import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setImmediate } from 'node:timers/promises'
import { LIMITS, parseJson, YakError } from '@yak/protocol'
import { type Row, type RowBatch, readCsvRows, SourceError, TextDecoding } from '@yak/rows'
import { rowOfFile } from './send-batch.ts'

/** A CSV file on the broker's disk, read through once. */
export interface Upload {
  readonly id: string
  readonly path: string
  /** As the browser named it, for messages. */
  readonly name: string
  readonly columns: readonly string[]
  readonly rowCount: number
  readonly badRowCount: number
  /** The first rows, as JSON objects of texts. */
  readonly preview: readonly Readonly<Record<string, string>>[]
  /** The first rows that cannot be sent. */
  readonly errors: readonly { readonly row: number; readonly code: string; readonly detail: string }[]
  /** What may not be as it was meant, though it can be sent. */
  readonly warnings: readonly string[]
}

export interface UploadsOptions {
  /** Emptied at `open`: uploads do not outlive the process. */
  readonly folder: string
  /** Milliseconds, from any beginning. Default: a monotonic clock, for a wall clock that is set would end all of them. */
  readonly clock?: () => number
  /** Throws DISK_FULL. */
  readonly assertRoom: () => void
  /** Default LIMITS.maxUploads. */
  readonly maxUploads?: number
  /** Default LIMITS.uploadExpiryMs. */
  readonly expiryMs?: number
}

interface KeptUpload {
  readonly upload: Upload
  usedAtMs: number
  /** Sends that read it now; it does not expire under them. */
  readers: number
}

/**
 * CSV files given to `/api/upload`: streamed to disk, never held in memory, and kept until nobody has used them for a while.
 * Bounded in number; what is over its time makes room for the next.
 */
export class Uploads {
  readonly #options: UploadsOptions
  readonly #clock: () => number
  readonly #maxUploads: number
  readonly #expiryMs: number
  readonly #kept = new Map<string, KeptUpload>()
  #receiving = 0
  readonly #timer: NodeJS.Timeout

  private constructor(options: UploadsOptions) {
    this.#options = options
    this.#clock = options.clock ?? (() => performance.now())
    this.#maxUploads = options.maxUploads ?? LIMITS.maxUploads
    this.#expiryMs = options.expiryMs ?? LIMITS.uploadExpiryMs
    this.#timer = setInterval(() => void this.removeExpired(), this.#expiryMs / 4)
    this.#timer.unref()
  }

  static async open(options: UploadsOptions): Promise<Uploads> {
    await rm(options.folder, { recursive: true, force: true })
    await mkdir(options.folder, { recursive: true })
    return new Uploads(options)
  }

  get count(): number {
    return this.#kept.size
  }

  /**
   * Stores a file and reads it through. Nothing of it is kept when this throws: DISK_FULL, UPLOAD_LIMIT_REACHED,
   * INVALID_CSV for a file without a readable header, what `stream` fails with, or because `signal` ended the wait for it.
   */
  async receive(name: string, stream: Readable, signal?: AbortSignal): Promise<Upload> {
    await this.removeExpired()
    if (this.#kept.size + this.#receiving >= this.#maxUploads) {
      throw new YakError(
        'UPLOAD_LIMIT_REACHED',
        `The broker keeps ${this.#maxUploads} uploads, and may keep no more. Send one of them, or try again when one has expired.`,
        { details: { maxUploads: this.#maxUploads } },
      )
    }
    this.#options.assertRoom()
    const id = randomUUID()
    const path = join(this.#options.folder, `${id}.csv`)
    this.#receiving++
    try {
      const { assertRoom } = this.#options
      await pipeline(
        stream,
        async function* (chunks: AsyncIterable<Buffer>) {
          for await (const chunk of chunks) {
            assertRoom()
            yield chunk
          }
        },
        createWriteStream(path),
        { signal },
      )
      const upload = { id, path, name, ...(await summaryOf(path, name)) }
      this.#kept.set(id, { upload, usedAtMs: this.#clock(), readers: 0 })
      return upload
    } catch (error) {
      await removeFile(path)
      throw error
    } finally {
      this.#receiving--
    }
  }

  /** The rows of an upload. Throws UPLOAD_NOT_FOUND, INVALID_CSV or KEY_FIELD_NOT_FOUND before the first one. */
  async *rows(id: string, keyField: string | undefined): AsyncGenerator<readonly Row[]> {
    const kept = this.#kept.get(id)
    if (kept === undefined) {
      throw new YakError('UPLOAD_NOT_FOUND', `There is no upload ${id}; it may have expired. Upload the file again.`)
    }
    kept.readers++
    try {
      for await (const { rows } of csvRows(kept.upload.path, kept.upload.name, keyField)) yield rows
    } catch (error) {
      throw csvError(error)
    } finally {
      kept.readers--
      kept.usedAtMs = this.#clock()
    }
  }

  async remove(id: string): Promise<void> {
    const kept = this.#kept.get(id)
    this.#kept.delete(id)
    if (kept !== undefined) await removeFile(kept.upload.path)
  }

  /** By a timer, and before an upload that needs the room. */
  async removeExpired(): Promise<void> {
    const latest = this.#clock() - this.#expiryMs
    for (const [id, { upload, usedAtMs, readers }] of this.#kept) {
      if (readers > 0 || usedAtMs > latest) continue
      this.#kept.delete(id)
      await removeFile(upload.path)
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#kept.clear()
    await removeFile(this.#options.folder)
  }
}

/** A disk that refuses it must not end a broker, or keep one from stopping: the next start empties the folder. */
async function removeFile(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(() => {})
}

async function summaryOf(path: string, name: string): Promise<Omit<Upload, 'id' | 'path' | 'name'>> {
  let columns: readonly string[] = []
  let rowCount = 0
  let badRowCount = 0
  const preview: Record<string, string>[] = []
  let previewLength = 0
  const errors: Upload['errors'][number][] = []
  try {
    const batches = csvRows(path, name, undefined, (header) => {
      if (header.length > LIMITS.maxColumns) {
        throw new SourceError(
          `${name} has ${header.length} columns, and ${LIMITS.maxColumns} are allowed. Send fewer, or several files.`,
        )
      }
      columns = header
    })
    for await (const { rows } of batches) {
      for (const row of rows) {
        const result = rowOfFile(row)
        if ('error' in result) {
          badRowCount++
          const { code, message: detail } = result.error
          const number = rowCount + badRowCount
          if (errors.length < LIMITS.uploadPreviewRows) errors.push({ row: number, code, detail })
          continue
        }
        rowCount++
        previewLength += row.value.length
        const isShown = preview.length < LIMITS.uploadPreviewRows && previewLength <= LIMITS.maxUploadPreviewLength
        if (isShown || preview.length === 0) preview.push(parseJson(row.value) as Upload['preview'][number])
      }
    }
  } catch (error) {
    throw csvError(error)
  }
  if (rowCount + badRowCount === 0) {
    const text = `${name} has a first line, which names the columns, and no row below it. Add the rows and upload it again.`
    throw new YakError('INVALID_CSV', text)
  }
  return { columns, rowCount, badRowCount, preview, errors, warnings: headerWarnings(columns) }
}

/** Whether a file has a header cannot be known; one that looks like data, or like another delimiter's, is worth a word. */
function headerWarnings(columns: readonly string[]): string[] {
  const warnings: string[] = []
  const number = columns.find((column) => /^[+-]?\d[\d.,:eE+TZ-]*$/.test(column.trim()))
  if (number !== undefined) {
    warnings.push(
      `The first line names the columns, and "${number}" looks like data. If the file has no header, put one above its rows.`,
    )
  }
  if (columns.some((column) => column.trim() === '')) {
    warnings.push('A column has no name in the first line. Its values are sent under the name "".')
  }
  const [only] = columns
  if (columns.length === 1 && only !== undefined && /[;\t|]/.test(only)) {
    warnings.push('There is one column only. Fields are separated by commas here: is the delimiter another one?')
  }
  return warnings
}

async function* csvRows(
  path: string,
  name: string,
  keyField: string | undefined,
  onHeader?: (columns: readonly string[]) => void,
): AsyncGenerator<RowBatch> {
  let lastRead = -1
  const batches = readCsvRows(createReadStream(path), {
    name,
    decoding: new TextDecoding(undefined, () => 'save the file as UTF-8 and upload it again'),
    delimiter: ',',
    keyField,
    types: 'text',
    onHeader,
  })
  for await (const batch of batches) {
    // More of the same piece of the file, which there is behind a quote that is never closed: without a turn for others the broker would
    // answer nobody for longer than its lease.
    if (batch.bytesRead === lastRead) await setImmediate()
    lastRead = batch.bytesRead
    yield batch
  }
}

function csvError(error: unknown): unknown {
  return error instanceof SourceError ? new YakError(error.code, error.message, { cause: error }) : error
}
