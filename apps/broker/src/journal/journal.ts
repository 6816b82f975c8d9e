import { join } from 'node:path'
import { LIMITS } from '@yak/protocol'
import { type JournalEntry, type JournalLevel, type JournalType, journalLevels } from '@yak/protocol/schemas'
import { type JournalFileLimits, JournalFiles } from './journal-files.ts'

export interface JournalOptions {
  readonly dataDir: string
  readonly brokerId: string
  readonly clock: () => number
  /** The highest leader epoch this broker knows. */
  readonly epoch: () => number
  /** The disk refuses entries (told once, until it takes some again), or takes them again (undefined). */
  readonly onFailure: (error: Error | undefined) => void
  readonly limits?: JournalFileLimits
  /** How long to wait before a disk that refused is tried again. Default 5,000. */
  readonly retryMs?: number
}

/** What happened; the journal adds number, time and epoch. */
export interface JournalEvent {
  readonly type: JournalType
  readonly level: JournalLevel
  readonly text: string
  readonly data?: Readonly<Record<string, unknown>>
}

export interface JournalRead {
  /** With `after`: oldest first, those that follow. Else the newest before `before`. */
  readonly after?: number | undefined
  readonly before?: number | undefined
  readonly limit: number
  readonly level: JournalLevel
}

export interface JournalPage {
  /** Oldest first. */
  readonly entries: readonly JournalEntry[]
  /** Read on after this. */
  readonly after: number
  /** The oldest there is; one after the newest when there is none. */
  readonly first: number
}

const defaultRetryMs = 5_000

/**
 * What happened to this broker, on its disk and, the newest, in memory. A disk that takes no entry stops nothing: they stay
 * in memory, and what is too much is lost.
 *
 * A number is never used twice. After an end that was none, entries may have been told that never reached the disk, so the
 * next run begins beyond as many as could have waited. Where it is not known what is on the disk, the numbers begin at the time in
 * milliseconds, which is beyond any that was counted from 1.
 */
export class Journal {
  readonly #options: JournalOptions
  /** Undefined until they could be opened. */
  #files: JournalFiles | undefined
  readonly #listeners = new Set<(entry: JournalEntry) => void>()
  /** The newest, on disk or not. */
  readonly #recent: JournalEntry[] = []
  #unsaved: JournalEntry[] = []
  #nextSeq: number
  #saving: Promise<void> | undefined
  #failure: Error | undefined
  #retry: NodeJS.Timeout | undefined
  #isClosed = false

  private constructor(options: JournalOptions, files: JournalFiles | undefined, nextSeq: number) {
    this.#options = options
    this.#files = files
    this.#nextSeq = nextSeq
  }

  /** Never throws for its disk: a broker without a journal serves all the same. */
  static async open(options: JournalOptions): Promise<Journal> {
    try {
      const files = await openFiles(options)
      return new Journal(options, files, await nextSeqOf(files))
    } catch (error) {
      const journal = new Journal(options, undefined, Math.max(1, options.clock()))
      journal.#failed(error)
      return journal
    }
  }

  /** Why entries do not reach the disk at the moment. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** Of the newest entry; 0: none yet. */
  get lastSeq(): number {
    return this.#recent.at(-1)?.seq ?? this.#files?.lastSeq ?? 0
  }

  get firstSeq(): number {
    const firstInMemory = this.#recent[0]?.seq ?? this.#nextSeq
    return this.#files === undefined || this.#files.lastSeq === 0 ? firstInMemory : this.#files.firstSeq
  }

  /** Told to listeners at once, and written soon. */
  append({ type, level, text, data = {} }: JournalEvent): void {
    if (this.#isClosed) return
    const { brokerId, clock, epoch } = this.#options
    const entry: JournalEntry = {
      seq: this.#nextSeq++,
      at: clock(),
      brokerId,
      epoch: epoch(),
      type,
      level,
      text: text.slice(0, LIMITS.maxJournalTextLength),
      data: boundedData(data),
    }
    this.#recent.push(entry)
    if (this.#recent.length > LIMITS.maxUnsavedJournalEntries) this.#recent.shift()
    this.#unsaved.push(entry)
    if (this.#unsaved.length > LIMITS.maxUnsavedJournalEntries) this.#unsaved.shift()
    if (this.#retry === undefined) this.#save()
    for (const listener of [...this.#listeners]) listener(entry)
  }

  /** Told each entry as it happens. Returns how to stop listening. */
  onEntry(listener: (entry: JournalEntry) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async read({ after, before, limit, level }: JournalRead): Promise<JournalPage> {
    const isWanted = levelFilter(level)
    const entries: JournalEntry[] = []
    if (after !== undefined) {
      // What was looked at, wanted or not; more may be appended meanwhile.
      let seen = after
      for await (const part of this.#forward(after)) {
        for (const entry of part) {
          if (entries.length === limit) return this.#page(entries, seen)
          seen = entry.seq
          if (isWanted(entry)) entries.push(entry)
        }
      }
      // A folder that was emptied counts from 1 again: a reader from before must not wait for its old number.
      return this.#page(entries, Math.min(seen, this.lastSeq))
    }
    const newest = Math.min(this.lastSeq, (before ?? Number.POSITIVE_INFINITY) - 1)
    search: for await (const part of this.#backward(newest + 1)) {
      for (const entry of part) {
        if (entries.length === limit) break search
        if (isWanted(entry)) entries.push(entry)
      }
    }
    return this.#page(entries.reverse(), newest)
  }

  /** Resolves when what was appended is on disk, or the disk has refused it. */
  async flushed(): Promise<void> {
    await this.#saving
  }

  /** Resolves when everything is on disk, or the disk has refused it. Later entries are dropped. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#listeners.clear()
    clearTimeout(this.#retry)
    await this.flushed()
    await this.#saveAll()
    await this.#files?.close().catch((error) => this.#failed(error))
  }

  #page(entries: readonly JournalEntry[], after: number): JournalPage {
    return { entries, after, first: this.firstSeq }
  }

  async *#forward(after: number): AsyncGenerator<readonly JournalEntry[]> {
    let seq = after
    if (seq < (this.#recent[0]?.seq ?? this.#nextSeq) - 1 && this.#files !== undefined) {
      for await (const entries of this.#files.forward(seq)) {
        yield entries
        seq = entries.at(-1)!.seq
      }
    }
    yield this.#recent.filter((entry) => entry.seq > seq)
  }

  async *#backward(before: number): AsyncGenerator<readonly JournalEntry[]> {
    const recent = this.#recent.filter((entry) => entry.seq < before).reverse()
    const rest = Math.min(before, recent.at(-1)?.seq ?? before)
    yield recent
    if (this.#files !== undefined) yield* this.#files.backward(rest)
  }

  #save(): void {
    this.#saving ??= this.#saveAll().finally(() => {
      this.#saving = undefined
    })
  }

  /** One write for all that came while the last was under way. */
  async #saveAll(): Promise<void> {
    while (this.#unsaved.length > 0) {
      try {
        this.#files ??= await this.#openLate()
      } catch (error) {
        this.#failed(error)
        return
      }
      const entries = this.#unsaved
      this.#unsaved = []
      try {
        await this.#files.append(entries)
        this.#recovered()
      } catch (error) {
        this.#unsaved = [...entries, ...this.#unsaved].slice(-LIMITS.maxUnsavedJournalEntries)
        this.#failed(error)
        return
      }
    }
  }

  /** What happened meanwhile is numbered anew where the clock had been set back, and the disk has their numbers. */
  async #openLate(): Promise<JournalFiles> {
    const files = await openFiles(this.#options)
    const shift = (await nextSeqOf(files)) - (this.#recent[0]?.seq ?? this.#nextSeq)
    if (shift <= 0) return files
    const shifted = (entries: JournalEntry[]) => entries.map((entry) => ({ ...entry, seq: entry.seq + shift }))
    this.#unsaved = shifted(this.#unsaved)
    this.#recent.splice(0, this.#recent.length, ...shifted(this.#recent))
    this.#nextSeq += shift
    return files
  }

  #failed(cause: unknown): void {
    const isNew = this.#failure === undefined
    this.#failure = cause instanceof Error ? cause : new Error(String(cause))
    if (isNew) this.#options.onFailure(this.#failure)
    if (this.#isClosed) return
    this.#retry = setTimeout(() => {
      this.#retry = undefined
      this.#save()
    }, this.#options.retryMs ?? defaultRetryMs)
    this.#retry.unref()
  }

  #recovered(): void {
    if (this.#failure === undefined) return
    this.#failure = undefined
    this.#options.onFailure(undefined)
  }
}

async function openFiles({ dataDir, limits }: JournalOptions): Promise<JournalFiles> {
  return await JournalFiles.open(join(dataDir, 'journal'), limits)
}

/** The first that was surely never used. */
async function nextSeqOf(files: JournalFiles): Promise<number> {
  const last = await files.last()
  const isClean = last === undefined || last.type === 'stopped'
  return files.lastSeq + (isClean ? 0 : LIMITS.maxUnsavedJournalEntries) + 1
}

export function levelFilter(level: JournalLevel): (entry: JournalEntry) => boolean {
  const lowest = journalLevels.indexOf(level)
  return (entry) => journalLevels.indexOf(entry.level) >= lowest
}

function boundedData(data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const sizeBytes = Buffer.byteLength(JSON.stringify(data))
  return sizeBytes <= LIMITS.maxJournalDataBytes ? { ...data } : { leftOut: `${sizeBytes} bytes` }
}
