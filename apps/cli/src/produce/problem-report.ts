import type { ErrorCode } from '@yak/protocol'
import { countOf, countText } from '../terminal/quantities.ts'
import type { Status } from '../terminal/status.ts'
import { visibleText } from '../terminal/visible-text.ts'

export interface ReportedProblem {
  readonly line: number
  readonly lastLine: number
  readonly code: ErrorCode
  readonly detail: string
}

const shownAtOnce = 20
const keptForJson = 1_000
const rangesKept = 1_000

/**
 * Rows that were not sent: each of the first twenty as it is met, the others at the end as ranges of lines, so that a file
 * with the wrong delimiter does not print itself. Every row is counted, whatever is shown.
 */
export class ProblemReport {
  readonly #status: Status
  readonly #kept: ReportedProblem[] = []
  readonly #ranges: Range[] = []
  #count = 0
  #withoutRange = 0

  constructor(status: Status) {
    this.#status = status
  }

  get count(): number {
    return this.#count
  }

  /** The first thousand, for `--json`. */
  get kept(): readonly ReportedProblem[] {
    return this.#kept
  }

  add(problem: ReportedProblem): void {
    this.#count++
    if (this.#kept.length < keptForJson) this.#kept.push(problem)
    if (this.#count <= shownAtOnce) this.#status.line(problemText(problem))
    else this.#addToRange(problem)
  }

  /** What `add` did not show. */
  finish(): void {
    for (const { line, lastLine, rows, detail } of this.#ranges) {
      this.#status.line(`${linesText(line, lastLine)} (${countOf(rows, 'row')}): ${visibleText(detail)}`)
    }
    if (this.#withoutRange > 0) this.#status.line(`and ${countText(this.#withoutRange)} more rows with problems`)
  }

  #addToRange({ line, lastLine, detail }: ReportedProblem): void {
    const last = this.#ranges.at(-1)
    if (last !== undefined && last.detail === detail && line === last.lastLine + 1) {
      last.lastLine = lastLine
      last.rows++
    } else if (this.#ranges.length < rangesKept) this.#ranges.push({ line, lastLine, rows: 1, detail })
    else this.#withoutRange++
  }
}

interface Range {
  readonly line: number
  lastLine: number
  rows: number
  readonly detail: string
}

function problemText({ line, lastLine, code, detail }: ReportedProblem): string {
  return `${linesText(line, lastLine)}: ${visibleText(detail)} (${code})`
}

function linesText(line: number, lastLine: number): string {
  return line === lastLine ? `line ${line}` : `lines ${line} to ${lastLine}`
}
