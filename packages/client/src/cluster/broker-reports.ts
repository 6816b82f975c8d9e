import { YakError } from '@yak/protocol'

/** A broker that has not answered in this time is not waited for: the next one is asked beside it. */
export const HEDGE_MS = 250

/** What a broker last said, or ended in. */
type Report =
  | { readonly kind: 'answered'; readonly epoch: number; readonly leaderUrl: string | undefined }
  | { readonly kind: 'failed'; readonly error: YakError }

/**
 * The last word of each broker, and since when one owes an answer: what an error about a leader that is not found tells, and
 * in which order brokers are asked.
 */
export class BrokerReports {
  readonly #reports = new Map<string, Report>()
  readonly #silentSinceMs = new Map<string, number>()

  asked(url: string, nowMs: number): void {
    this.#silentSinceMs.set(url, nowMs)
  }

  answered(url: string, epoch: number, leaderUrl: string | undefined): void {
    this.#silentSinceMs.delete(url)
    this.#reports.set(url, { kind: 'answered', epoch, leaderUrl })
  }

  failed(url: string, error: YakError): void {
    this.#silentSinceMs.delete(url)
    this.#reports.set(url, { kind: 'failed', error })
  }

  /** The most promising first: those that answered, those never asked, the doubted leader, those that failed, those that are silent. */
  inOrder(urls: readonly string[], doubtedUrl: string | undefined): string[] {
    const rankOf = (url: string): number => {
      if (this.#silentSinceMs.has(url)) return 4
      const report = this.#reports.get(url)
      if (report?.kind === 'failed') return 3
      if (url === doubtedUrl) return 2
      return report === undefined ? 1 : 0
    }
    return urls.toSorted((a, b) => rankOf(a) - rankOf(b))
  }

  /** Set when waiting would not help: all of them answer, and none as a YAK broker. */
  allWrong(urls: readonly string[]): YakError | undefined {
    const errors = urls.map((url) => this.#errorOf(url))
    return errors.every((error) => error?.code === 'INVALID_RESPONSE') ? errors[0] : undefined
  }

  /** Why there is no leader after `waitedMs`, broker by broker. */
  whyNoLeader(urls: readonly string[], epoch: number, waitedMs: number, nowMs: number): YakError {
    const within = `within ${Math.round(waitedMs)} ms`
    const reports = urls.map((url) => this.#sentence(url, nowMs))
    const said = reports.join(' ')
    const details = { brokers: urls, epoch, waitedMs: Math.round(waitedMs), reports }
    const cause = urls.map((url) => this.#errorOf(url)).find((error) => error !== undefined)
    if (!urls.some((url) => this.#answers(url, nowMs))) {
      return new YakError(
        'BROKERS_UNREACHABLE',
        `No broker answered ${within}. ${said} Check that the brokers run and that \`brokers\` has their addresses.`,
        { details, cause },
      )
    }
    return new YakError(
      'LEADER_NOT_AVAILABLE',
      `No leader was found ${within}. ${said} Look at a broker's /health for the reason, and check that the address a leader ` +
        'advertises can be reached from here.',
      { details, cause },
    )
  }

  /** It has answered, or failed, at least once. */
  has(url: string): boolean {
    return this.#reports.has(url)
  }

  /** Set when what it said last is that it belongs to another cluster. */
  elsewhere(url: string): YakError | undefined {
    const error = this.#errorOf(url)
    return error !== undefined && 'expected' in error.details ? error : undefined
  }

  /** For how long it has owed an answer; 0: it owes none. */
  silentMs(url: string, nowMs: number): number {
    return nowMs - (this.#silentSinceMs.get(url) ?? nowMs)
  }

  /** One that answered once, if only to refuse, and does not owe an answer for longer than it should. */
  #answers(url: string, nowMs: number): boolean {
    const report = this.#reports.get(url)
    if (report === undefined || this.silentMs(url, nowMs) >= HEDGE_MS) return false
    return report.kind === 'answered' || isRefusal(report.error)
  }

  #errorOf(url: string): YakError | undefined {
    const report = this.#reports.get(url)
    return report?.kind === 'failed' ? report.error : undefined
  }

  #sentence(url: string, nowMs: number): string {
    const report = this.#reports.get(url)
    const silentMs = this.silentMs(url, nowMs)
    if (report?.kind === 'failed') {
      const { error } = report
      return isRefusal(error) ? `${url} refuses: ${error.message}` : error.message
    }
    if (silentMs >= HEDGE_MS) return `${url} has not answered for ${Math.round(silentMs)} ms.`
    if (report === undefined) return `${url} has not answered yet.`
    if (report.leaderUrl === undefined) return `${url} knows of no leader under epoch ${report.epoch}.`
    return report.leaderUrl === url
      ? `${url} says that it leads under epoch ${report.epoch}.`
      : `${url} names ${report.leaderUrl} under epoch ${report.epoch}.`
  }
}

/** A broker's own word. What did not come to one, or is no broker's, names its address itself. */
function isRefusal({ code }: YakError): boolean {
  return code !== 'BROKERS_UNREACHABLE' && code !== 'INVALID_RESPONSE' && code !== 'INTERNAL'
}
