import type { ConsumedPage, Message } from '../../lib/json/consume-text.ts'
import { waitsForLeader } from '../../lib/leader-wait.ts'

/** Reads a page of a partition: at most `limit` messages from an offset, a time, or `earliest` on. */
export type ReadPage = (
  partition: number,
  offset: number | string,
  limit: number,
  signal: AbortSignal,
) => Promise<ConsumedPage>

/** The ends of a partition's log as last told. */
export interface PartitionEnds {
  readonly partition: number
  readonly logStartOffset: number
  readonly highWatermark: number
}

/** Of a page: small at first, so that something shows at once; then large, so that few answers are waited for. */
const firstPage = 500
const largestPage = 4_000
const smallestWindow = 20
const largestWindow = 4_000
const retryMs = 400
const parallel = 6

interface Cursor {
  readonly partition: number
  next: number | string
  /** Where this scan ends: the log's end when it began. Learnt with the first page. */
  end: number
  ready: Message[]
  done: boolean
  page: number
}

/**
 * Messages of several partitions in one line, forward from a place up to where the logs ended when it began. The heads of
 * the partitions are merged by time, so within a partition the order is that of the offsets, whatever the clocks said.
 */
export class ForwardScan {
  readonly #read: ReadPage
  readonly #cursors: readonly Cursor[]
  readonly #onWaiting: (waiting: boolean) => void

  constructor(
    read: ReadPage,
    ends: readonly PartitionEnds[],
    from: 'earliest' | number | { readonly time: string },
    onWaiting: (waiting: boolean) => void = () => {},
  ) {
    this.#read = read
    this.#onWaiting = onWaiting
    this.#cursors = ends.map(({ partition, logStartOffset, highWatermark }) => {
      // An offset means each partition's own, or the nearest it has.
      const next = typeof from === 'number' ? Math.max(from, logStartOffset) : from === 'earliest' ? from : from.time
      const empty = highWatermark <= logStartOffset || (typeof next === 'number' && next >= highWatermark)
      return {
        partition,
        next: empty ? highWatermark : next,
        end: highWatermark,
        ready: [],
        done: empty,
        page: firstPage,
      }
    })
  }

  /** Where to go on for live messages: behind all that was given out. */
  next(): ReadonlyMap<number, number> {
    return new Map(
      this.#cursors.map(({ partition, next, end, ready, done }) => [
        partition,
        ready[0]?.offset ?? (done || typeof next === 'string' ? end : next),
      ]),
    )
  }

  /** Messages still ahead, as far as is known. */
  remaining(): number {
    return this.#cursors.reduce(
      (sum, { next, end, ready }) => sum + ready.length + (typeof next === 'number' ? Math.max(0, end - next) : 0),
      0,
    )
  }

  get done(): boolean {
    return this.#cursors.every(({ ready, done }) => done && ready.length === 0)
  }

  /** The next messages, in order, at most `max`; empty when all are read. */
  async take(max: number, signal: AbortSignal): Promise<readonly Message[]> {
    const hungry = this.#cursors.filter(({ ready, done }) => ready.length === 0 && !done)
    await inParallel(hungry, (cursor) => this.#fill(cursor, signal))
    const merged: Message[] = []
    while (merged.length < max) {
      let first: Cursor | undefined
      for (const cursor of this.#cursors) {
        if (cursor.ready.length === 0) {
          // Only what stands behind nothing unread may go.
          if (!cursor.done) return merged
          continue
        }
        if (first === undefined || headBefore(cursor.ready[0]!, first.ready[0]!)) first = cursor
      }
      if (first === undefined) return merged
      merged.push(first.ready.shift()!)
    }
    return merged
  }

  async #fill(cursor: Cursor, signal: AbortSignal): Promise<void> {
    while (cursor.ready.length === 0 && !cursor.done) {
      const page = await patiently(
        () => this.#read(cursor.partition, cursor.next, cursor.page, signal),
        signal,
        this.#onWaiting,
        (earliest) => {
          cursor.next = earliest
        },
      )
      cursor.page = Math.min(cursor.page * 2, largestPage)
      // A scan of what was there when it began: what comes in meanwhile is not run after.
      cursor.end = Math.min(cursor.end, page.highWatermark)
      cursor.ready = page.messages.filter(({ offset }) => offset < cursor.end)
      cursor.next = page.nextOffset
      cursor.done =
        page.nextOffset >= cursor.end || (page.messages.length === 0 && page.nextOffset >= page.highWatermark)
    }
  }
}

function headBefore(a: Message, b: Message): boolean {
  return a.timestamp < b.timestamp || (a.timestamp === b.timestamp && a.partition < b.partition)
}

interface BackwardCursor {
  readonly partition: number
  readonly start: number
  /** All from here on was read. */
  end: number
  /** Read and not yet given out, oldest first. */
  ready: Message[]
}

/** The same from the ends of the logs backward: the newest first, merged by time in the same way. */
export class BackwardScan {
  readonly #read: ReadPage
  readonly #onWaiting: (waiting: boolean) => void
  readonly #cursors: readonly BackwardCursor[]
  #window: number

  /** `count`: about how many are wanted, for the size of the first reads. */
  constructor(
    read: ReadPage,
    ends: readonly PartitionEnds[],
    count: number,
    onWaiting: (waiting: boolean) => void = () => {},
  ) {
    this.#read = read
    this.#onWaiting = onWaiting
    this.#cursors = ends.map(({ partition, logStartOffset, highWatermark }) => ({
      partition,
      start: Math.max(0, logStartOffset),
      end: Math.max(0, highWatermark),
      ready: [],
    }))
    this.#window = Math.max(smallestWindow, Math.min(firstPage, Math.ceil((2 * count) / Math.max(1, ends.length))))
  }

  get done(): boolean {
    return this.#cursors.every(({ start, end, ready }) => end <= start && ready.length === 0)
  }

  remaining(): number {
    return this.#cursors.reduce((sum, { start, end, ready }) => sum + ready.length + Math.max(0, end - start), 0)
  }

  /** The messages before those given out so far, newest first, at most `max`; empty when all are read. */
  async take(max: number, signal: AbortSignal): Promise<readonly Message[]> {
    const hungry = this.#cursors.filter(({ ready, start, end }) => ready.length === 0 && end > start)
    await inParallel(hungry, (cursor) => this.#fill(cursor, signal))
    if (hungry.length > 0) this.#window = Math.min(this.#window * 2, largestWindow)
    const merged: Message[] = []
    while (merged.length < max) {
      let last: BackwardCursor | undefined
      for (const cursor of this.#cursors) {
        const tail = cursor.ready.at(-1)
        if (tail === undefined) {
          if (cursor.end > cursor.start) return merged
          continue
        }
        if (last === undefined || !headBefore(tail, last.ready.at(-1)!)) last = cursor
      }
      if (last === undefined) return merged
      merged.push(last.ready.pop()!)
    }
    return merged
  }

  async #fill(cursor: BackwardCursor, signal: AbortSignal): Promise<void> {
    while (cursor.ready.length === 0 && cursor.end > cursor.start) {
      const from = Math.max(cursor.start, cursor.end - this.#window)
      for (let next = from; next < cursor.end; ) {
        const page = await patiently(
          () => this.#read(cursor.partition, next, Math.max(1, Math.min(cursor.end - next, largestPage)), signal),
          signal,
          this.#onWaiting,
          (earliest) => {
            next = Math.max(next + 1, earliest)
          },
        )
        for (const message of page.messages) if (message.offset < cursor.end) cursor.ready.push(message)
        if (page.nextOffset <= next) break
        next = page.nextOffset
      }
      cursor.end = from
    }
  }
}

/** Reads again while there is no leader; an offset that retention took meanwhile is moved to the earliest there is. */
async function patiently(
  read: () => Promise<ConsumedPage>,
  signal: AbortSignal,
  onWaiting: (waiting: boolean) => void,
  onExpired: (earliest: number) => void,
): Promise<ConsumedPage> {
  for (;;) {
    try {
      const page = await read()
      onWaiting(false)
      return page
    } catch (error) {
      if (signal.aborted) throw error
      const earliest = expiredEarliest(error)
      if (earliest !== null) onExpired(earliest)
      else if (!waitsForLeader(error)) throw error
      else {
        onWaiting(true)
        await pause(retryMs, signal)
      }
    }
  }
}

/** The earliest offset, when an error says that the one asked for has expired. */
export function expiredEarliest(error: unknown): number | null {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'OFFSET_OUT_OF_RANGE') return null
  const { offset, logStartOffset } = ('details' in error ? error.details : {}) as Record<string, unknown>
  return typeof offset === 'number' && typeof logStartOffset === 'number' && offset < logStartOffset
    ? logStartOffset
    : null
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    const stop = () => {
      clearTimeout(timer)
      resolve()
    }
    signal.addEventListener('abort', stop, { once: true })
  })
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let at = 0
  const worker = async () => {
    while (at < items.length) await work(items[at++]!)
  }
  await Promise.all(Array.from({ length: Math.min(parallel, items.length) }, worker))
}
