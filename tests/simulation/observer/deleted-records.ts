import { recordBatches } from '@yak/protocol'
import type { DeletedEnd } from '../../../apps/broker/src/replication/partition.ts'

export interface DeletedRecordsOptions {
  readonly nowMs: () => number
  /** A read that knows nothing of what was acknowledged so long ago is stale. */
  readonly staleAfterMs: number
  readonly onViolation: (message: string) => void
}

interface Deletion extends DeletedEnd {
  readonly acknowledgedAtMs: number
}

/** What clients had deleted of topics that stay, and were told so: no leader shows it again, whoever leads. */
export class DeletedRecords {
  readonly #options: DeletedRecordsOptions
  readonly #deletions = new Map<string, Deletion[]>()

  constructor(options: DeletedRecordsOptions) {
    this.#options = options
  }

  /** The client was answered. */
  acknowledged(key: string, deletedEnd: DeletedEnd): void {
    const deletions = this.#deletions.get(key) ?? []
    this.#deletions.set(key, deletions)
    deletions.push({ ...deletedEnd, acknowledgedAtMs: this.#options.nowMs() })
  }

  /** The topic list was cut, by an operator's word: its records are given up, those among them. */
  forget(): void {
    this.#deletions.clear()
  }

  /** A leader answers a read. */
  assertUnread(broker: string, key: string, offset: number, batches: Uint8Array): void {
    const { nowMs, staleAfterMs, onViolation } = this.#options
    const deletions = this.#deletions
      .get(key)
      ?.filter(({ acknowledgedAtMs }) => nowMs() - acknowledgedAtMs > staleAfterMs)
    if (deletions === undefined || deletions.length === 0) return
    for (const { header } of recordBatches(batches)) {
      const { lastOffset, leaderEpoch } = header
      const deletion = deletions.find((one) => lastOffset < one.endOffset && leaderEpoch <= one.leaderEpoch)
      if (deletion === undefined || lastOffset < offset) continue
      const place = `${key} at ${lastOffset} of epoch ${leaderEpoch}`
      onViolation(
        `I4: ${broker} shows ${place}; all below ${deletion.endOffset} was deleted under ${deletion.leaderEpoch}.`,
      )
      return
    }
  }
}
