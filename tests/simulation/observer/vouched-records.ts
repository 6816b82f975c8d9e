import type { Batch, KeptRecords } from './kept-records.ts'

/** A log as a broker found it when it started. */
export interface FoundLog {
  readonly key: string
  readonly logStartOffset: number
  readonly endOffset: number
  readonly isFaulty: boolean
}

/** What became of the end of a log between two lives of its broker. */
export interface LostEnd {
  readonly key: string
  readonly endOffset: number
  /** An acknowledged batch is among them. */
  readonly acknowledged: Batch | undefined
  readonly wasPowerCut: boolean
}

/**
 * Up to where each broker's logs said they had what they hold, and whether it is still there when the broker starts again: a log that
 * vouched for a record has it after any crash. Only a relaxed one may lack it, after a power cut, and only until it was given it again.
 *
 * So what the history may be excused for is not "after a power cut" but batch by batch: those that a disk had, lost in a power cut and lacks.
 */
export class VouchedRecords {
  readonly #kept: KeptRecords
  /** By broker and partition. */
  readonly #ends = new Map<string, number>()
  readonly #lost = new Map<string, Set<string>>()
  readonly #unpowered = new Set<string>()
  readonly #harmed = new Set<string>()

  constructor(kept: KeptRecords) {
    this.#kept = kept
  }

  /** Everything below is where an acknowledgement wants it: on the disk, or written, by the settings of the topic. */
  vouched(broker: string, key: string, endOffset: number): void {
    const place = `${broker}/${key}`
    this.#ends.set(place, Math.max(this.#ends.get(place) ?? 0, endOffset))
  }

  cut(broker: string, key: string, endOffset: number): void {
    const place = `${broker}/${key}`
    this.#ends.set(place, Math.min(this.#ends.get(place) ?? 0, endOffset))
  }

  powerCut(broker: string): void {
    this.#unpowered.add(broker)
  }

  /** Replaced, or damaged on purpose: what is missing at its next start is another matter. */
  diskHarmed(broker: string): void {
    this.#harmed.add(broker)
  }

  /** A broker starts: answers the logs that lack what they vouched for. */
  booted(broker: string, logs: readonly FoundLog[]): LostEnd[] {
    const wasPowerCut = this.#unpowered.delete(broker)
    const isHarmed = this.#harmed.delete(broker)
    const found: LostEnd[] = []
    this.#forgetOthers(broker, logs)
    for (const { key, endOffset, isFaulty } of logs) {
      const place = `${broker}/${key}`
      const vouchedEnd = this.#ends.get(place) ?? 0
      this.#ends.set(place, endOffset)
      const gone = this.#kept.endsAt(broker, key, endOffset).filter(({ baseOffset }) => baseOffset < vouchedEnd)
      if (gone.length === 0 || isFaulty || isHarmed) continue
      const acknowledged = gone.find((batch) => this.#kept.isAcknowledged(key, batch))
      found.push({ key, endOffset, acknowledged, wasPowerCut })
      this.#lack(place, gone)
    }
    return found
  }

  /** Logs that are not there: of deleted topics, or another disk's. */
  #forgetOthers(broker: string, logs: readonly FoundLog[]): void {
    const present = new Set(logs.map(({ key }) => `${broker}/${key}`))
    for (const place of this.#ends.keys()) {
      if (!place.startsWith(`${broker}/`) || present.has(place)) continue
      this.#ends.delete(place)
      this.#lost.delete(place)
      this.#kept.endsAt(broker, place.slice(broker.length + 1), 0)
    }
  }

  /** It has this one, again perhaps. */
  has(broker: string, key: string, batch: Batch): void {
    this.#lost.get(`${broker}/${key}`)?.delete(nameOf(batch))
  }

  /** It follows one that lost them. */
  follows(broker: string, key: string, cut: readonly Batch[]): void {
    this.#lack(`${broker}/${key}`, cut)
  }

  /** The first of them that no broker lacks for the sake of a power cut. */
  firstUnexcused(key: string, batches: readonly Batch[]): Batch | undefined {
    const lacking = [...this.#lost].filter(([place]) => place.endsWith(`/${key}`)).map(([, lost]) => lost)
    return batches.find((batch) => !lacking.some((lost) => lost.has(nameOf(batch))))
  }

  #lack(place: string, batches: readonly Batch[]): void {
    const lost = this.#lost.get(place) ?? new Set<string>()
    this.#lost.set(place, lost)
    for (const batch of batches) lost.add(nameOf(batch))
  }
}

function nameOf({ baseOffset, epoch }: Batch): string {
  return `${baseOffset}/${epoch}`
}
