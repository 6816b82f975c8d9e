/** A log entry comes before its line of text, or at once after it. */
const togetherMs = 250

/** Texts of errors remembered at once; they are gone when their double came. */
const maxTexts = 50

/**
 * The output of one broker: its log, and on standard error each error once more as `yak broker 1: text`, which is meant for whoever
 * keeps the log elsewhere. Here both would come out on one screen, so of such a pair only the entry passes. The two streams
 * are read in any order.
 */
export class BrokerOutput {
  readonly #onLine: (line: string) => void
  /** Logged, and not yet seen on standard error. */
  readonly #logged: string[] = []
  /** Seen on standard error, and not yet in the log. */
  readonly #held = new Map<string, NodeJS.Timeout>()

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine
  }

  logged(line: string): void {
    const text = errorTextOf(line)
    if (text !== undefined) {
      const held = this.#held.get(text)
      clearTimeout(held)
      if (!this.#held.delete(text)) this.#logged.push(text)
      if (this.#logged.length > maxTexts) this.#logged.shift()
    }
    this.#onLine(line)
  }

  saidOnStandardError(line: string): void {
    const text = withoutName(line)
    if (text === line) {
      this.#onLine(line)
      return
    }
    const index = this.#logged.indexOf(text)
    if (index >= 0) this.#logged.splice(index, 1)
    else if (!this.#held.has(text)) this.#held.set(text, setTimeout(() => this.#pass(text), togetherMs).unref())
  }

  /** Nothing more comes: what is still held stands alone. */
  end(): void {
    for (const text of [...this.#held.keys()]) this.#pass(text)
    this.#logged.length = 0
  }

  #pass(text: string): void {
    clearTimeout(this.#held.get(text))
    if (this.#held.delete(text)) this.#onLine(text)
  }
}

/** `yak broker 1: text` → `text`; any other line as it is. */
export function withoutName(line: string): string {
  return /^yak broker(?: \S+)?: (.*)$/.exec(line)?.[1] ?? line
}

/** What an entry of the log says, where it is at least an error. */
function errorTextOf(line: string): string | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const { level, msg } = JSON.parse(line) as { readonly level?: unknown; readonly msg?: unknown }
    return typeof level === 'number' && level >= 50 && typeof msg === 'string' ? msg : undefined
  } catch {
    return undefined
  }
}
