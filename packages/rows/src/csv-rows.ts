import Papa from 'papaparse'
import { badRow, encodingDetail, goodRow, maxRowLength, type Row, type RowBatch } from './row.ts'
import { SourceError } from './source-error.ts'
import { invalidByteIn, type TextDecoding } from './text-decoding.ts'

/** How a CSV file is read, and which column is the key. */
export interface CsvOptions {
  /** Of the input, for messages. */
  readonly name: string
  /** Of the file's bytes. */
  readonly decoding: TextDecoding
  /** One character. */
  readonly delimiter: string
  /** The column whose value is the record's key. */
  readonly keyField: string | undefined
  /** `text`: every value is a JSON string. `infer`: what is a JSON number, `true`, `false` or `null` stands as written. */
  readonly types: 'text' | 'infer'
  /** Told once, before the first row, what the header names. */
  readonly onHeader?: ((columns: readonly string[]) => void) | undefined
}

/**
 * Rows of a CSV file (RFC 4180) as JSON objects, one chunk at a time, in batches of about `mostRowsAtOnce` at most: a quote that is
 * never closed gathers megabytes, and one chunk then gives a million rows.
 *
 * Papa Parse splits the text of a chunk; the beginning of a row that the chunk leaves unfinished is parsed again with the
 * next one. It is asked for `\n` only: it takes the `\r` behind a closing quote as white space, and behind an unquoted
 * value `dropCarriageReturn` does, so files that mix CRLF and LF read right. Line numbers are counted in the raw text, so a line
 * break inside a quoted field counts.
 *
 * A row with broken quoting ends where the line of the offending quote ends: what follows is read as rows again, so that one
 * stray quote costs one row and not the rest of the file. Blank lines hold no row.
 */
export async function* readCsvRows(chunks: AsyncIterable<Uint8Array>, options: CsvOptions): AsyncGenerator<RowBatch> {
  const reader = new CsvReader(options)
  let bytesRead = 0
  for await (const chunk of chunks) {
    bytesRead += chunk.byteLength
    for (const rows of reader.read(options.decoding.decode(chunk), false)) yield { rows, bytesRead }
  }
  for (const rows of reader.read(options.decoding.end(), true)) yield { rows, bytesRead }
}

class CsvReader {
  readonly #options: CsvOptions
  #lineBreak: '\n' | '\r' | undefined
  #header: Header | undefined
  /** Text of a row whose end is not there yet. */
  #pending = ''
  /** Of the first character of `#pending`. */
  #line = 1
  /** A row went past the limit: text is dropped up to its line break. */
  #skipping = false
  /**
   * Characters given to Papa Parse at once; more only for a row that is longer. It tells of broken quoting only where the
   * row ends for it, perhaps far on; so behind a broken row it gets little, then twice as much each time, and a file of
   * nothing but broken rows takes time in proportion to its size.
   */
  #windowLength = largestWindow
  #rows: Row[] = []

  constructor(options: CsvOptions) {
    this.#options = options
  }

  *read(text: string, ended: boolean): Generator<Row[]> {
    this.#rows = []
    this.#pending += text
    this.#lineBreak ??= lineBreakOf(this.#pending, ended)
    // A file that ends in the middle of its last CRLF.
    if (ended && this.#lineBreak === '\n' && this.#pending.endsWith('\r')) this.#pending += '\n'
    if (this.#lineBreak !== undefined) {
      while (this.#parse(this.#lineBreak, ended)) {
        // Again for each window, and behind each row with broken quoting.
        if (this.#rows.length < mostRowsAtOnce) continue
        yield this.#rows
        this.#rows = []
      }
    }
    if (ended && this.#header === undefined) {
      throw new SourceError(`${this.#options.name} is empty. Its first line must name the columns.`)
    }
    yield this.#rows
  }

  /** Takes the whole rows of `#pending`; true when there may be more in it. */
  #parse(lineBreak: '\n' | '\r', ended: boolean): boolean {
    if (this.#skipping && !this.#skipToNextLine(lineBreak)) return false
    const atEnd = this.#windowLength >= this.#pending.length
    const text = atEnd ? this.#pending : this.#pending.slice(0, this.#windowLength)
    let start = 0
    let brokenField = -1
    let isFull = false
    const { errors } = splitRows(text, this.#options.delimiter, lineBreak, ended && atEnd, (row) => {
      if (row.errors.length > 0) {
        brokenField = row.errors[0]!.index!
        return false
      }
      const end = row.meta.cursor
      // After a final line break Papa Parse gives one more row of nothing.
      if (end > start) this.#takeRow(text, start, end, row.data[0]!, lineBreak)
      start = end
      isFull = this.#rows.length >= mostRowsAtOnce
      return !isFull
    })
    if (!isFull && brokenField === -1 && errors.length > 0 && isDecided(text, errors[0]!.index!))
      brokenField = errors[0]!.index!

    this.#pending = this.#pending.slice(start)
    if (isFull) return true
    if (brokenField !== -1) {
      this.#windowLength = smallestWindow
      return this.#dropBrokenRow(brokenField - start, lineBreak)
    }
    const longer = this.#windowLength * 2
    this.#windowLength = start === 0 ? longer : Math.min(longer, largestWindow)
    if (!atEnd) return true
    if (ended || this.#pending.length <= maxRowLength) return false
    return this.#dropEndlessRow(lineBreak)
  }

  #takeRow(text: string, start: number, end: number, fields: string[], lineBreak: '\n' | '\r'): void {
    const line = this.#line
    const breaks = countOf(lineBreak, text, start, end)
    this.#line += breaks
    const lastLine = text[end - 1] === lineBreak ? line + breaks - 1 : line + breaks

    if (lineBreak === '\n') dropCarriageReturn(fields, text, start, end, this.#options.delimiter)
    if (fields.length === 1 && fields[0] === '' && text[start] !== '"') return

    if (this.#options.decoding.sawInvalid) {
      const invalidByte = invalidByteIn(text.slice(start, end))
      if (invalidByte !== undefined) {
        if (this.#header === undefined)
          throw new SourceError(
            `${this.#options.name} cannot be read: in line ${line}, ${encodingDetail(invalidByte, this.#options.decoding.advice)}.`,
          )
        this.#rows.push(
          badRow(line, lastLine, 'CSV_ROW_INVALID', encodingDetail(invalidByte, this.#options.decoding.advice)),
        )
        return
      }
    }
    if (this.#header === undefined) this.#header = readHeader(fields, this.#options)
    else this.#rows.push(csvRow(line, lastLine, fields, this.#header, this.#options))
  }

  /** `fieldStart` is where Papa Parse saw the quoted field begin, behind its quote. */
  #dropBrokenRow(fieldStart: number, lineBreak: '\n' | '\r'): boolean {
    const quote = closingQuote(this.#pending, fieldStart)
    const detail =
      quote === -1
        ? 'a quote opens a field and never closes it'
        : 'text stands behind the closing quote of a field; a quote inside a quoted field is written twice'
    return this.#refuseThrough(this.#pending.indexOf(lineBreak, quote === -1 ? fieldStart : quote), lineBreak, detail)
  }

  #dropEndlessRow(lineBreak: '\n' | '\r'): boolean {
    let fieldStart = -1
    splitRows(this.#pending, this.#options.delimiter, lineBreak, true, ({ errors }) => {
      fieldStart = errors[0]?.index ?? -1
      return false
    })
    const detail =
      fieldStart === -1
        ? `it has more than ${maxRowLength} characters`
        : `a quote opens a field and does not close it within ${maxRowLength} characters`
    return this.#refuseThrough(this.#pending.indexOf(lineBreak, Math.max(fieldStart, 0)), lineBreak, detail)
  }

  /** `end`: of the line break that ends what is refused; −1: it is still to come. */
  #refuseThrough(end: number, lineBreak: '\n' | '\r', detail: string): boolean {
    const line = this.#line
    if (this.#header === undefined) {
      throw new SourceError(`${this.#options.name} has no readable header: in line ${line}, ${detail}.`)
    }
    const goesOn = this.#dropThrough(end, lineBreak)
    this.#rows.push(badRow(line, goesOn ? this.#line - 1 : this.#line, 'CSV_ROW_INVALID', detail))
    return goesOn
  }

  /** False: all of `#pending`, and what comes up to the next line break. */
  #dropThrough(end: number, lineBreak: '\n' | '\r'): boolean {
    const length = end === -1 ? this.#pending.length : end + 1
    this.#line += countOf(lineBreak, this.#pending, 0, length)
    this.#pending = this.#pending.slice(length)
    this.#skipping = end === -1
    return end !== -1
  }

  #skipToNextLine(lineBreak: '\n' | '\r'): boolean {
    return this.#dropThrough(this.#pending.indexOf(lineBreak), lineBreak)
  }
}

/** About what a chunk of 64 KiB can hold. */
const mostRowsAtOnce = 16_384
const smallestWindow = 128
const largestWindow = 262_144

/** `take` gets one row, or one with errors, and says whether to go on. The last row counts only when the text has `ended`. */
function splitRows(
  text: string,
  delimiter: string,
  lineBreak: string,
  ended: boolean,
  take: (row: Papa.ParseResult<string[]>) => boolean,
): Papa.ParseResult<string[]> {
  const parser: Papa.Parser = new Papa.Parser({
    delimiter,
    newline: lineBreak as '\n',
    step: (row: Papa.ParseResult<string[]>) => {
      if (!take(row)) parser.abort()
    },
  })
  return parser.parse(text, 0, !ended) as Papa.ParseResult<string[]>
}

/** Whether the quoting is broken whatever comes next: white space behind a closing quote may still be followed by a delimiter. */
function isDecided(text: string, fieldStart: number): boolean {
  const quote = closingQuote(text, fieldStart)
  return quote !== -1 && text.slice(quote + 1).trim() !== ''
}

interface Header {
  readonly columns: readonly string[]
  /** `"host":`, with the brace or comma before it. */
  readonly prefixes: readonly string[]
  /** −1: no key. */
  readonly keyColumn: number
}

function readHeader(fields: readonly string[], { name, keyField, onHeader, decoding }: CsvOptions): Header {
  const columns = [...fields]
  if (columns.some((column) => column.includes('\0'))) {
    const advice = decoding.adviceFor(columns[0]!.startsWith('\0') ? 'utf-16be' : 'utf-16le')
    throw new SourceError(`${name} has zero bytes in its header, as UTF-16 without a byte order mark has; ${advice}.`)
  }
  // A header may have as many columns as fit in a row: none is looked for among all others.
  const known = new Set<string>()
  const twice = columns.find((column) => known.size === known.add(column).size)
  if (twice !== undefined) {
    throw new SourceError(`${name} names the column "${shortened(twice)}" twice. Give each column a name of its own.`)
  }
  onHeader?.(columns)
  const keyColumn = keyField === undefined ? -1 : columns.indexOf(keyField)
  if (keyField !== undefined && keyColumn === -1) {
    const hint = columns.length === 1 && /[;\t|,]/.test(columns[0]!) ? ' Is its delimiter another one?' : ''
    throw new SourceError(
      `${name} has no column "${keyField}" for the key. Its columns: ${shortened(columns.join(', '))}.${hint}`,
      'KEY_FIELD_NOT_FOUND',
    )
  }
  return {
    columns,
    prefixes: columns.map((column, index) => `${index === 0 ? '{' : ','}${JSON.stringify(column)}:`),
    keyColumn,
  }
}

/** A header may be as long as a file. */
function shortened(text: string): string {
  return text.length > maxShownLength ? `${text.slice(0, maxShownLength)}…` : text
}

const maxShownLength = 500

function csvRow(line: number, lastLine: number, fields: readonly string[], header: Header, options: CsvOptions): Row {
  if (fields.length !== header.columns.length) {
    return badRow(
      line,
      lastLine,
      'CSV_ROW_INVALID',
      `it has ${fields.length} ${fields.length === 1 ? 'field' : 'fields'}, the header names ${header.columns.length}`,
    )
  }
  const key = header.keyColumn === -1 ? null : fields[header.keyColumn]!
  if (key === '') {
    return badRow(line, lastLine, 'KEY_FIELD_NOT_FOUND', `its key field "${options.keyField}" is empty`)
  }
  let value = ''
  for (let index = 0; index < fields.length; index++) {
    const field = fields[index]!
    value +=
      header.prefixes[index]! + (options.types === 'infer' && jsonScalar.test(field) ? field : JSON.stringify(field))
  }
  return goodRow(line, lastLine, key, `${value}}`)
}

const jsonScalar = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)$/

/** `\r` alone, as old Macs wrote it, only where no `\n` is in sight; undefined: not enough text to tell. */
function lineBreakOf(text: string, ended: boolean): '\n' | '\r' | undefined {
  if (text.includes('\n')) return '\n'
  // The `\n` of a `\r` at the end may still be to come.
  if (!ended && (text.length < 65_536 || text.endsWith('\r'))) return undefined
  return text.includes('\r') ? '\r' : '\n'
}

/**
 * The `\r` of a CRLF behind an unquoted last value. Such a value stands in the text as it is, between a delimiter and the
 * `\n`; a quoted one may end with a `\r` of its own, and keeps it.
 */
function dropCarriageReturn(fields: string[], text: string, start: number, end: number, delimiter: string): void {
  const last = fields.length - 1
  const value = fields[last]!
  if (!value.endsWith('\r')) return
  const valueStart = end - 1 - value.length
  const isUnquoted =
    text.startsWith(`${value}\n`, valueStart) && (valueStart === start || text[valueStart - 1] === delimiter)
  if (isUnquoted) fields[last] = value.slice(0, -1)
}

/** Position of the first quote behind `start` that is not doubled; −1: there is none. */
function closingQuote(text: string, start: number): number {
  let quote = text.indexOf('"', start)
  while (quote !== -1 && text[quote + 1] === '"') quote = text.indexOf('"', quote + 2)
  return quote
}

function countOf(character: string, text: string, start: number, end: number): number {
  let count = 0
  for (
    let found = text.indexOf(character, start);
    found !== -1 && found < end;
    found = text.indexOf(character, found + 1)
  ) {
    count++
  }
  return count
}
