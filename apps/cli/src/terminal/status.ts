/** What `Status` needs of standard error. */
export interface StatusStream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** Standard error: lines, and on a terminal one line at the bottom that is drawn again and again. */
export class Status {
  readonly #stream: StatusStream
  #redrawable = ''

  constructor(stream: StatusStream) {
    this.#stream = stream
  }

  get isTerminal(): boolean {
    return this.#stream.isTTY === true
  }

  /** Width of a redrawn line: one column is left free, for a terminal wraps when the last is written. */
  get columns(): number {
    return Math.max(20, (this.#stream.columns ?? 80) - 1)
  }

  line(text: string): void {
    if (this.#redrawable === '') this.#stream.write(`${text}\n`)
    else this.#stream.write(`${eraseLine}${text}\n${this.#redrawable}`)
  }

  /** Replaces the line at the bottom; on a terminal only. */
  redraw(text: string): void {
    this.#redrawable = text.slice(0, this.columns)
    this.#stream.write(eraseLine + this.#redrawable)
  }

  /** Takes the redrawn line away. */
  erase(): void {
    if (this.#redrawable === '') return
    this.#redrawable = ''
    this.#stream.write(eraseLine)
  }
}

const eraseLine = '\r\u001b[K'
