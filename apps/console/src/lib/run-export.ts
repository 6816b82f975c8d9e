import type { Exporter } from './export-format.ts'
import type { MessageFilter } from './filter/message-filter.ts'
import { ScanCounter } from './filter/scan-counter.ts'
import type { Message } from './json/consume-text.ts'

export interface ExportProgress {
  readonly scanned: number
  readonly written: number
  readonly bytes: number
  readonly remaining: number
}

/** Messages that are read in order, a part at a time. */
export interface MessageSource {
  readonly done: boolean
  /** Messages still ahead, as far as is known. */
  remaining(): number
  /** The next ones, at most `max`. */
  take(max: number, signal: AbortSignal): Promise<readonly Message[]>
}

const batch = 2_000
/** Of messages that are at hand: between two such parts the page can draw, and be told to stop. */
const listedBatch = 500
/** Text is handed to the browser in pieces of this size; it may keep them on disk, and the page does not hold them. */
const pieceLength = 4_194_304

/**
 * Writes messages into a file as they are read: only a piece of it is in this page's memory at any time. Ends early when
 * `signal` does; what was written until then is given back all the same, whole lines of it.
 */
export async function runExport({
  source,
  filter,
  format,
  signal,
  onProgress,
}: {
  source: readonly Message[] | MessageSource
  filter: MessageFilter
  format: Exporter
  signal: AbortSignal
  onProgress: (progress: ExportProgress) => void
}): Promise<{ readonly file: Blob; readonly progress: ExportProgress; readonly cancelled: boolean }> {
  const counter = new ScanCounter(filter)
  const pieces: Blob[] = []
  let text = format.head
  let bytes = 0
  let written = 0
  const flush = (force: boolean) => {
    if (!force && text.length < pieceLength) return
    const piece = new Blob([text])
    bytes += piece.size
    pieces.push(piece)
    text = ''
  }
  const write = (messages: readonly Message[]) => {
    for (const message of messages) {
      text += format.row(message, written++)
      flush(false)
    }
  }
  const progress = (remaining: number): ExportProgress => ({
    scanned: counter.scanned,
    written,
    bytes: bytes + text.length,
    remaining,
  })
  try {
    if ('take' in source) {
      while (!source.done) {
        write(counter.sift(await source.take(batch, signal)))
        onProgress(progress(source.remaining()))
      }
    } else {
      for (let at = 0; at < source.length && !signal.aborted; at += listedBatch) {
        write(counter.sift(source.slice(at, at + listedBatch)))
        onProgress(progress(Math.max(0, source.length - at - listedBatch)))
        await nextTask()
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
  text += format.tail
  flush(true)
  const done = progress(0)
  onProgress(done)
  return { file: new Blob(pieces, { type: format.mimeType }), progress: done, cancelled: signal.aborted }
}

function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve))
}
