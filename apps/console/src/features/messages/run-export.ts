import type { MessageFilter } from '../../lib/filter/message-filter.ts'
import type { Message } from '../../lib/json/consume-text.ts'
import type { Exporter } from './export-format.ts'
import { type ForwardScan, ScanCounter } from './range-scan.ts'

export interface ExportProgress {
  readonly scanned: number
  readonly written: number
  readonly bytes: number
  readonly remaining: number
}

const batch = 2_000
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
  source: readonly Message[] | ForwardScan
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
      write(counter.sift(source))
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
