import type { Message } from '../json/consume-text.ts'
import { type MessageFilter, matchMessage } from './message-filter.ts'

export interface ScanProgress {
  readonly scanned: number
  readonly matched: number
  /** Messages that the filter gave up on. */
  readonly gaveUp: number
  readonly bytes: number
  readonly ms: number
}

/** Keeps what matches and counts the rest. */
export class ScanCounter {
  readonly #filter: MessageFilter
  scanned = 0
  matched = 0
  gaveUp = 0
  bytes = 0

  constructor(filter: MessageFilter) {
    this.#filter = filter
  }

  sift(messages: readonly Message[]): readonly Message[] {
    return messages.filter((message) => {
      this.scanned++
      this.bytes += message.sizeBytes
      const verdict = matchMessage(this.#filter, message)
      if (verdict === 'match') this.matched++
      if (verdict === 'limit') this.gaveUp++
      return verdict === 'match'
    })
  }

  progress(startedAt: number, now: number): ScanProgress {
    const { scanned, matched, gaveUp, bytes } = this
    return { scanned, matched, gaveUp, bytes, ms: now - startedAt }
  }
}
