import { bytesText, clockText, countText } from './quantities.ts'
import type { Status } from './status.ts'

export interface ProgressFigures {
  /** Rows acknowledged. */
  readonly rows: number
  /** Bytes of the input read. */
  readonly bytesRead: number
}

const redrawIntervalMs = 100
const plainIntervalMs = 5_000

/**
 * How far a long run has come. On a terminal one line, drawn again at most ten times a second; elsewhere a plain line every
 * five seconds, so that a log stays readable.
 */
export class Progress {
  readonly #status: Status
  readonly #totalBytes: number | undefined
  readonly #figures: () => ProgressFigures
  readonly #startedAt = performance.now()
  readonly #timer: NodeJS.Timeout
  readonly #rate = new RecentRate()

  constructor(status: Status, totalBytes: number | undefined, figures: () => ProgressFigures) {
    this.#status = status
    this.#totalBytes = totalBytes
    this.#figures = figures
    this.#timer = setInterval(() => this.#show(), status.isTerminal ? redrawIntervalMs : plainIntervalMs)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#status.erase()
  }

  #show(): void {
    const figures = this.#figures()
    const seconds = (performance.now() - this.#startedAt) / 1_000
    const rowsPerSecond = this.#rate.at(seconds, figures.rows)
    const state = { ...figures, totalBytes: this.#totalBytes, seconds, rowsPerSecond }
    if (this.#status.isTerminal) this.#status.redraw(progressLine(state, this.#status.columns))
    else this.#status.line(progressText(state))
  }
}

export interface ProgressState extends ProgressFigures {
  readonly totalBytes: number | undefined
  readonly seconds: number
  readonly rowsPerSecond: number
}

/** `41,020 rows  2.2 MB of 3.7 MB  60%  20,510 rows/s  0:01 left` */
function progressText({ rows, bytesRead, totalBytes, seconds, rowsPerSecond }: ProgressState): string {
  const count = `${countText(rows)} rows`
  const rate = `${countText(rowsPerSecond)} rows/s`
  if (totalBytes === undefined) return [count, bytesText(bytesRead), rate, clockText(seconds)].join('  ')
  const share = shareOf(bytesRead, totalBytes)
  const parts = [count, `${bytesText(bytesRead)} of ${bytesText(totalBytes)}`, `${Math.floor(share * 100)}%`, rate]
  // What was read is no progress yet while nothing is acknowledged.
  if (share > 0 && rows > 0) parts.push(`${clockText((seconds / share) * (1 - share))} left`)
  return parts.join('  ')
}

/** The same behind a bar, which takes what room is left in the line. */
export function progressLine(state: ProgressState, columns: number): string {
  const text = progressText(state)
  const barWidth = Math.min(40, columns - text.length - 4)
  if (state.totalBytes === undefined || barWidth < 10) return text
  const filled = Math.floor(shareOf(state.bytesRead, state.totalBytes) * barWidth)
  return `[${'#'.repeat(filled).padEnd(barWidth, '.')}]  ${text}`
}

function shareOf(bytes: number, totalBytes: number): number {
  return totalBytes === 0 ? 1 : Math.min(1, bytes / totalBytes)
}

/** Rows a second over the last few looks, so that the figure follows what happens now and does not jump. */
class RecentRate {
  readonly #looks: { readonly seconds: number; readonly rows: number }[] = [{ seconds: 0, rows: 0 }]

  at(seconds: number, rows: number): number {
    this.#looks.push({ seconds, rows })
    if (this.#looks.length > 30) this.#looks.shift()
    const first = this.#looks[0]!
    return seconds > first.seconds ? (rows - first.rows) / (seconds - first.seconds) : 0
  }
}
