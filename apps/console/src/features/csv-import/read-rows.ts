import type { CsvFormat } from './csv-format.ts'
import { CsvSplitter, type SplitRow } from './csv-splitter.ts'

/** Where bytes come from, in pieces: a File, or a test's bytes. Nothing is ever read whole. */
export interface ByteSource {
  readonly size: number
  readonly read: (start: number, end: number) => Promise<Uint8Array>
}

export function fileSource(file: Blob): ByteSource {
  return {
    size: file.size,
    read: async (start, end) => new Uint8Array(await file.slice(start, end).arrayBuffer()),
  }
}

/** A place between two rows, from which reading can go on. */
export interface FilePlace {
  readonly byte: number
  readonly line: number
}

export const fileStart: FilePlace = { byte: 0, line: 1 }

export interface RowBlock {
  readonly rows: readonly SplitRow[]
  readonly bytesRead: number
  /** Where this block begins; null: within a row. */
  readonly place: FilePlace | null
}

const pieceBytes = 1_048_576
/** Without a line break in it, a piece is given on as it is. */
const longestLineBytes = 8_388_608
const LINE_FEED = 0x0a

/**
 * All rows of a file from `from` on. Pieces are cut behind a line feed, so that each can be decoded by itself and bad bytes
 * spoil their own rows only; in UTF-16, where a byte says nothing alone, the decoder keeps what is unfinished.
 */
export async function* readRows(
  source: ByteSource,
  format: CsvFormat,
  from: FilePlace = fileStart,
): AsyncGenerator<RowBlock> {
  const isWide = format.encoding.startsWith('utf-16')
  const strict = new TextDecoder(format.encoding, { fatal: true, ignoreBOM: true })
  const loose = new TextDecoder(format.encoding, { ignoreBOM: true })
  const splitter = new CsvSplitter(format, from.line)
  let rest = new Uint8Array(0)
  let position = from.byte
  let firstSize = 65_536
  while (position < source.size || rest.length > 0) {
    const end = Math.min(source.size, position + firstSize)
    firstSize = pieceBytes
    const start = position - rest.length
    let bytes = joined(rest, position < end ? await source.read(position, end) : new Uint8Array(0))
    position = end
    const ended = position >= source.size
    rest = new Uint8Array(0)
    if (!ended && !isWide) {
      const cut = bytes.lastIndexOf(LINE_FEED) + 1
      if (cut === 0 && bytes.length < longestLineBytes) {
        rest = bytes
        continue
      }
      if (cut > 0) {
        rest = bytes.slice(cut)
        bytes = bytes.subarray(0, cut)
      }
    }
    let text: string
    let isBroken = false
    if (isWide) {
      text = loose.decode(bytes, { stream: !ended })
      isBroken = text.includes('\ufffd')
    } else {
      try {
        text = strict.decode(bytes)
      } catch {
        text = loose.decode(bytes)
        isBroken = true
      }
    }
    // A byte order mark is no part of the first column's name.
    if (start === 0 && text.startsWith('\ufeff')) text = text.slice(1)
    const place = splitter.isBetweenRows && !(isWide && start > 0) ? { byte: start, line: splitter.line } : null
    const rows = splitter.push(text, ended)
    yield {
      rows: isBroken ? rows.map((row) => withEncodingProblem(row, format)) : rows,
      bytesRead: position - rest.length,
      place,
    }
  }
}

function withEncodingProblem(row: SplitRow, { encoding }: CsvFormat): SplitRow {
  if (row.problem !== null) return row
  const column = row.fields.findIndex((field) => field.includes('\ufffd'))
  if (column === -1) return row
  return {
    ...row,
    problem: `field ${column + 1} has a byte that is not ${encoding.toUpperCase()}; choose the file's encoding`,
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(first.length + second.length)
  bytes.set(first)
  bytes.set(second, first.length)
  return bytes
}
