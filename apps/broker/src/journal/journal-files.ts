import { type FileHandle, mkdir, open, readdir, readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { LIMITS } from '@yak/protocol'
import type { JournalEntry } from '@yak/protocol/schemas'

/** One file of the journal: `00000000000000000121.ndjson` begins with entry 121. */
interface JournalFile {
  readonly path: string
  readonly firstSeq: number
  lastSeq: number
  count: number
  sizeBytes: number
}

const namePattern = /^(\d{20})\.ndjson$/
const nameDigits = 20
const newline = 0x0a

export interface JournalFileLimits {
  readonly maxEntries: number
  readonly maxBytes: number
  readonly maxFileBytes: number
}

const defaultLimits: JournalFileLimits = {
  maxEntries: LIMITS.maxJournalEntries,
  maxBytes: LIMITS.maxJournalBytes,
  maxFileBytes: LIMITS.maxJournalFileBytes,
}

/**
 * Files of one JSON object a line, oldest first; the oldest are removed when there are too many entries or bytes. Only the
 * last is written to. A last line that a crash cut short does not count, and is written over; any other line that is no
 * entry is passed over.
 */
export class JournalFiles {
  readonly #folder: string
  readonly #limits: JournalFileLimits
  readonly #files: JournalFile[]
  #handle: FileHandle | undefined

  private constructor(folder: string, files: JournalFile[], limits: JournalFileLimits) {
    this.#folder = folder
    this.#files = files
    this.#limits = limits
  }

  /** Throws the system's error when the folder cannot be read or made. */
  static async open(folder: string, limits: JournalFileLimits = defaultLimits): Promise<JournalFiles> {
    await mkdir(folder, { recursive: true })
    const names = (await readdir(folder)).filter((name) => namePattern.test(name)).sort()
    const files: JournalFile[] = []
    for (const [index, name] of names.entries()) {
      const path = join(folder, name)
      const bytes = await readFile(path)
      const end = bytes.lastIndexOf(newline) + 1
      const firstSeq = seqOfName(name)
      const next = names[index + 1]
      // Only the last file is taken apart: a start must not wait for megabytes of JSON.
      const lastSeq =
        next === undefined ? (entriesOf(bytes.subarray(0, end)).at(-1)?.seq ?? firstSeq - 1) : seqOfName(next) - 1
      files.push({ path, firstSeq, lastSeq, count: lineCount(bytes), sizeBytes: end })
    }
    return new JournalFiles(folder, files, limits)
  }

  /** Of the newest entry on disk; 0 when there is none. */
  get lastSeq(): number {
    return this.#files.at(-1)?.lastSeq ?? 0
  }

  /** Of the oldest entry on disk; one after the newest when there is none. */
  get firstSeq(): number {
    return this.#files[0]?.firstSeq ?? 1
  }

  /** The newest entry on disk. */
  async last(): Promise<JournalEntry | undefined> {
    for await (const entries of this.backward(Number.POSITIVE_INFINITY)) return entries[0]
    return undefined
  }

  /** Appends and syncs. When it throws, nothing of these entries counts as written, and they may be given again. */
  async append(entries: readonly JournalEntry[]): Promise<void> {
    const last = entries.at(-1)
    if (last === undefined) return
    const file = await this.#fileFor(entries[0]!.seq)
    const bytes = Buffer.from(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
    this.#handle ??= await open(file.path, 'r+')
    try {
      // At the end of what is good: half a line left by a write that failed is written over.
      await writeAll(this.#handle, bytes, file.sizeBytes)
      await this.#handle.truncate(file.sizeBytes + bytes.length)
      await this.#handle.datasync()
    } catch (error) {
      await this.#closeHandle()
      throw error
    }
    file.sizeBytes += bytes.length
    file.count += entries.length
    file.lastSeq = last.seq
    await this.#removeOldest()
  }

  /** Entries after `seq`, oldest first, a file's worth at a time. */
  async *forward(seq: number): AsyncGenerator<readonly JournalEntry[]> {
    for (const file of [...this.#files]) {
      if (file.lastSeq <= seq) continue
      const entries = (await read(file)).filter((entry) => entry.seq > seq)
      if (entries.length > 0) yield entries
    }
  }

  /** Entries before `seq`, newest first. */
  async *backward(seq: number): AsyncGenerator<readonly JournalEntry[]> {
    for (const file of [...this.#files].reverse()) {
      if (file.firstSeq >= seq) continue
      const entries = (await read(file)).filter((entry) => entry.seq < seq).reverse()
      if (entries.length > 0) yield entries
    }
  }

  async close(): Promise<void> {
    await this.#closeHandle()
  }

  async #fileFor(seq: number): Promise<JournalFile> {
    const last = this.#files.at(-1)
    if (last !== undefined && last.sizeBytes < this.#limits.maxFileBytes) return last
    await this.#closeHandle()
    const path = join(this.#folder, `${String(seq).padStart(nameDigits, '0')}.ndjson`)
    this.#handle = await open(path, 'w+')
    const file: JournalFile = { path, firstSeq: seq, lastSeq: seq - 1, count: 0, sizeBytes: 0 }
    this.#files.push(file)
    return file
  }

  async #removeOldest(): Promise<void> {
    const { maxEntries, maxBytes } = this.#limits
    while (this.#files.length > 1) {
      const count = this.#files.reduce((sum, file) => sum + file.count, 0)
      const sizeBytes = this.#files.reduce((sum, file) => sum + file.sizeBytes, 0)
      if (count <= maxEntries && sizeBytes <= maxBytes) return
      const oldest = this.#files.shift()!
      await unlink(oldest.path).catch(ignoreMissing)
    }
  }

  async #closeHandle(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    await handle?.close()
  }
}

async function read(file: JournalFile): Promise<JournalEntry[]> {
  const { sizeBytes } = file
  try {
    const bytes = await readFile(file.path)
    return entriesOf(bytes.subarray(0, sizeBytes))
  } catch (error) {
    // Removed as the oldest since the list was made.
    ignoreMissing(error)
    return []
  }
}

function seqOfName(name: string): number {
  return Number(namePattern.exec(name)![1])
}

function lineCount(bytes: Buffer): number {
  let count = 0
  for (let index = bytes.indexOf(newline); index >= 0; index = bytes.indexOf(newline, index + 1)) count++
  return count
}

async function writeAll(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position + written)
    written += bytesWritten
  }
}

function ignoreMissing(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
}

function entriesOf(bytes: Buffer): JournalEntry[] {
  const entries: JournalEntry[] = []
  for (const line of bytes.toString('utf8').split('\n')) {
    const entry = line === '' ? undefined : entryOf(line)
    // In order, so that a line damaged into another number cannot send a reader back.
    if (entry !== undefined && entry.seq > (entries.at(-1)?.seq ?? 0)) entries.push(entry)
  }
  return entries
}

function entryOf(line: string): JournalEntry | undefined {
  try {
    const entry = JSON.parse(line) as JournalEntry
    return Number.isSafeInteger(entry?.seq) && typeof entry.at === 'number' && typeof entry.text === 'string'
      ? entry
      : undefined
  } catch {
    return undefined
  }
}
