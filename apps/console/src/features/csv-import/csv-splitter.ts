import Papa from 'papaparse'

/** One row as the file has it. */
export interface SplitRow {
  readonly fields: readonly string[]
  /** Where it begins, from 1; line breaks inside quoted fields count. */
  readonly line: number
  /** Why it cannot be taken apart; null when it can. Then `fields` is its text as one field. */
  readonly problem: string | null
}

/** A row that goes on for longer could not be sent; and a quote never closed would gather the rest of the file in memory. */
export const maxRowLength = 4_194_304

const smallestWindow = 128
const largestWindow = 1_048_576

/**
 * Text of a CSV file (RFC 4180) to rows, chunk by chunk; the beginning of a row that a chunk leaves unfinished waits for the next.
 * The rules are those of @yak/rows, which runs in Node: line breaks may be mixed, blank lines hold no row, and a row with broken
 * quoting ends where the line of the offending quote ends, so that one stray quote costs one row and not the rest of the file.
 *
 * Text without a quote is split here. Papa Parse splits the rest, all at once where its quoting is sound; where it is not, row by
 * row in a window that begins small and doubles, so that a file of nothing but broken rows takes time in proportion to its size.
 */
export class CsvSplitter {
  readonly #delimiter: string
  readonly #quote: string
  #lineBreak: '\n' | '\r' | undefined
  /** Text of a row whose end is not there yet. */
  #pending = ''
  #line: number
  #skipping = false
  #windowLength = largestWindow
  #rows: SplitRow[] = []

  constructor(format: { readonly delimiter: string; readonly quote: string }, line = 1) {
    this.#delimiter = format.delimiter
    this.#quote = format.quote
    this.#line = line
  }

  /** Whether the next text begins a row. */
  get isBetweenRows(): boolean {
    return this.#pending === '' && !this.#skipping
  }

  /** Of the next text, when it begins a row. */
  get line(): number {
    return this.#line
  }

  push(text: string, ended: boolean): SplitRow[] {
    this.#rows = []
    this.#pending += text
    if (this.#lineBreak === undefined) this.#findLineBreak(ended)
    if (this.#lineBreak !== undefined) {
      while (this.#take(this.#lineBreak, ended)) {
        // Again behind each window and each broken row.
      }
    }
    return this.#rows
  }

  #findLineBreak(ended: boolean): void {
    const found = this.#pending.indexOf('\n')
    if (found !== -1) {
      this.#lineBreak = '\n'
    } else if (ended || this.#pending.length >= 65_536) {
      this.#lineBreak = this.#pending.includes('\r') ? '\r' : '\n'
    }
  }

  /** Takes whole rows; true when there may be more. */
  #take(lineBreak: '\n' | '\r', ended: boolean): boolean {
    if (this.#skipping && !this.#dropThrough(this.#pending.indexOf(lineBreak), lineBreak)) return false
    if (!this.#pending.includes(this.#quote)) {
      this.#takePlain(lineBreak, ended)
      if (!ended && this.#pending.length > maxRowLength) return this.#dropEndless(lineBreak)
      return false
    }
    if (this.#windowLength >= largestWindow && this.#takeSound(lineBreak, ended)) {
      if (!ended && this.#pending.length > maxRowLength) return this.#dropEndless(lineBreak)
      return false
    }
    return this.#takeCarefully(lineBreak, ended)
  }

  #takePlain(lineBreak: '\n' | '\r', ended: boolean): void {
    const text = this.#pending
    let start = 0
    for (;;) {
      let end = text.indexOf(lineBreak, start)
      if (end === -1) {
        if (!ended || start === text.length) break
        end = text.length
      }
      const line =
        text.charCodeAt(end - 1) === 13 && end > start && lineBreak === '\n'
          ? text.slice(start, end - 1)
          : text.slice(start, end)
      if (line !== '') this.#rows.push({ fields: line.split(this.#delimiter), line: this.#line, problem: null })
      this.#line++
      start = end + 1
      if (start > text.length) break
    }
    this.#pending = text.slice(start)
  }

  /** All rows at once; false, with nothing taken, where the quoting is broken. */
  #takeSound(lineBreak: '\n' | '\r', ended: boolean): boolean {
    const { data, errors, meta } = this.#parse(this.#pending, lineBreak, ended)
    if (errors.length > 0) return false
    if (!ended && this.#isOpenAndBroken(meta.cursor, lineBreak)) return false
    for (const fields of data) this.#push(fields, lineBreak)
    this.#pending = ended ? '' : this.#pending.slice(meta.cursor)
    return true
  }

  /** The unfinished row is long, and broken whatever comes next. */
  #isOpenAndBroken(start: number, lineBreak: '\n' | '\r'): boolean {
    if (this.#pending.length - start < 65_536) return false
    return this.#parse(this.#pending.slice(start), lineBreak, true).errors.some(({ code }) => code === 'InvalidQuotes')
  }

  #push(fields: string[], lineBreak: '\n' | '\r'): void {
    const line = this.#line++
    for (const field of fields) if (field.includes(lineBreak)) this.#line += countOf(lineBreak, field)
    const last = fields.length - 1
    // Of a CRLF behind an unquoted value.
    if (lineBreak === '\n' && fields[last]!.endsWith('\r')) fields[last] = fields[last]!.slice(0, -1)
    if (last === 0 && fields[0] === '') return
    this.#rows.push({ fields, line, problem: null })
  }

  #takeCarefully(lineBreak: '\n' | '\r', ended: boolean): boolean {
    if (this.#windowLength >= largestWindow) this.#windowLength = smallestWindow
    const atEnd = this.#windowLength >= this.#pending.length
    const text = atEnd ? this.#pending : this.#pending.slice(0, this.#windowLength)
    let start = 0
    let brokenField = -1
    const { errors } = this.#parse(text, lineBreak, ended && atEnd, (row) => {
      if (row.errors.length > 0) {
        brokenField = row.errors[0]!.index!
        return false
      }
      // After a final line break Papa Parse gives one more row of nothing.
      if (row.meta.cursor > start) this.#push(row.data[0]!, lineBreak)
      start = row.meta.cursor
      return true
    })
    if (brokenField === -1 && errors.length > 0 && this.#isDecided(text, errors[0]!.index!)) {
      brokenField = errors[0]!.index!
    }
    this.#pending = this.#pending.slice(start)
    if (brokenField !== -1) {
      this.#windowLength = smallestWindow
      return this.#dropBroken(brokenField - start, lineBreak, ended)
    }
    this.#windowLength = Math.min(this.#windowLength * 2, Math.max(largestWindow, start === 0 ? maxRowLength * 2 : 0))
    if (!atEnd) return true
    if (ended || this.#pending.length <= maxRowLength) return false
    return this.#dropEndless(lineBreak)
  }

  #parse(
    text: string,
    lineBreak: '\n' | '\r',
    ended: boolean,
    take?: (row: Papa.ParseResult<string[]>) => boolean,
  ): Papa.ParseResult<string[]> {
    const parser: Papa.Parser = new Papa.Parser({
      delimiter: this.#delimiter,
      quoteChar: this.#quote,
      newline: lineBreak as '\n',
      ...(take === undefined
        ? {}
        : {
            step: (row: Papa.ParseResult<string[]>) => {
              if (!take(row)) parser.abort()
            },
          }),
    })
    return parser.parse(text, 0, !ended) as Papa.ParseResult<string[]>
  }

  /** White space behind a closing quote may still be followed by a delimiter; anything else is broken whatever comes next. */
  #isDecided(text: string, fieldStart: number): boolean {
    const quote = this.#closingQuote(text, fieldStart)
    return quote !== -1 && text.slice(quote + 1).trim() !== ''
  }

  #dropBroken(fieldStart: number, lineBreak: '\n' | '\r', ended: boolean): boolean {
    const quote = this.#closingQuote(this.#pending, fieldStart)
    const problem =
      quote === -1
        ? 'a quote opens a field and never closes it'
        : 'text stands behind the closing quote of a field; a quote inside a quoted field is written twice'
    const end = this.#pending.indexOf(lineBreak, quote === -1 ? fieldStart : quote)
    // Until its line is whole, so that what is told of the row does not depend on where a piece ended.
    if (end === -1 && !ended && this.#pending.length <= maxRowLength) return false
    return this.#refuseThrough(end, lineBreak, problem)
  }

  #dropEndless(lineBreak: '\n' | '\r'): boolean {
    const quote = this.#pending.indexOf(this.#quote)
    const problem =
      quote === -1
        ? `it has more than ${maxRowLength} characters`
        : `a quote opens a field and does not close it within ${maxRowLength} characters`
    return this.#refuseThrough(this.#pending.indexOf(lineBreak, Math.max(0, quote)), lineBreak, problem)
  }

  /** `end`: of the line break that ends what is refused; −1: it is still to come. */
  #refuseThrough(end: number, lineBreak: '\n' | '\r', problem: string): boolean {
    const text = this.#pending.slice(0, Math.min(end === -1 ? this.#pending.length : end, 10_000)).replace(/\r$/, '')
    this.#rows.push({ fields: [text], line: this.#line, problem })
    return this.#dropThrough(end, lineBreak)
  }

  #dropThrough(end: number, lineBreak: '\n' | '\r'): boolean {
    const length = end === -1 ? this.#pending.length : end + 1
    this.#line += countOf(lineBreak, this.#pending.slice(0, length))
    this.#pending = this.#pending.slice(length)
    this.#skipping = end === -1
    return end !== -1
  }

  /** Position of the first quote behind `start` that is not doubled; −1: there is none. */
  #closingQuote(text: string, start: number): number {
    let quote = text.indexOf(this.#quote, start)
    while (quote !== -1 && text[quote + 1] === this.#quote) quote = text.indexOf(this.#quote, quote + 2)
    return quote
  }
}

function countOf(character: string, text: string): number {
  let count = 0
  for (let found = text.indexOf(character); found !== -1; found = text.indexOf(character, found + 1)) count++
  return count
}
