import { LIMITS } from '@yak/protocol'

/** The least level that is kept: a line of `debug` comes with each request, and holds its URL. */
export const keptLogLevel = 'info'

/**
 * The newest lines of this process's log, as they were written, for whoever looks from elsewhere. A line is put in and not looked
 * at: what must not be told must not be logged.
 */
export class LogLines {
  readonly #lines: string[] = []
  readonly #sizes: number[] = []
  #sizeBytes = 0
  #total = 0

  /** Lines that came, those that are not kept any more among them. */
  get total(): number {
    return this.#total
  }

  /** As pino calls it: one line with its end. */
  write(line: string): void {
    const text = cut(line.endsWith('\n') ? line.slice(0, -1) : line)
    const sizeBytes = Buffer.byteLength(text)
    this.#lines.push(text)
    this.#sizes.push(sizeBytes)
    this.#sizeBytes += sizeBytes
    this.#total++
    while (this.#lines.length > LIMITS.maxKeptLogLines || this.#sizeBytes > LIMITS.maxKeptLogBytes) {
      this.#lines.shift()
      this.#sizeBytes -= this.#sizes.shift()!
    }
  }

  /** The newest `limit`, oldest first. */
  newest(limit: number): string[] {
    return limit <= 0 ? [] : this.#lines.slice(-limit)
  }
}

function cut(text: string): string {
  return text.length <= LIMITS.maxKeptLogLineLength ? text : `${text.slice(0, LIMITS.maxKeptLogLineLength)}…`
}
