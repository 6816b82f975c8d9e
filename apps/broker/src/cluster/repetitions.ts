/** What was not said for so long is over: the next time it is news again. */
const overMs = 60_000

/** Texts remembered at once. The oldest go: at worst one is said again. */
const maxTexts = 200

/**
 * Tells news from what is said again with every attempt: a broker that cannot join tries for as long as it runs, and a log in
 * which one sentence stands ten thousand times says less than one in which it stands once.
 */
export class Repetitions {
  readonly #nowMs: () => number
  /** When each was said last; the one said longest ago first. */
  readonly #saidAtMs = new Map<string, number>()
  /** Of those that were news. */
  #lastRole = ''

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs
  }

  /** False: it was said within the last minute. Epochs are no difference, each attempt has its own. */
  isNews(text: string): boolean {
    const subject = text.replace(/\b(epoch|above) \d+/g, '$1')
    const nowMs = this.#nowMs()
    const saidAtMs = this.#saidAtMs.get(subject)
    this.#saidAtMs.delete(subject)
    this.#saidAtMs.set(subject, nowMs)
    if (this.#saidAtMs.size > maxTexts) this.#saidAtMs.delete(this.#saidAtMs.keys().next().value!)
    return saidAtMs === undefined || nowMs - saidAtMs > overMs
  }

  /**
   * As `isNews`. To lead, and to follow somebody under another epoch, always is; to lead ends what was wrong before. To follow
   * the same one again is, when the last word was that it is lost: else that would be the last that is known.
   */
  isNewRole(role: string, epoch: number, reason: string): boolean {
    if (role === 'leader') this.clear()
    const text = role === 'follower' ? `${role} ${epoch}: ${reason}` : `${role}: ${reason}`
    const isNews = this.isNews(text) || (role === 'follower' && text !== this.#lastRole)
    if (isNews) this.#lastRole = text
    return isNews
  }

  /** Whatever it was, it is over. */
  clear(): void {
    this.#saidAtMs.clear()
  }
}
