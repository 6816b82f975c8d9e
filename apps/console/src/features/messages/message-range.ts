import { Store } from '../../data/store.ts'
import { type MessageFilter, readFilter } from '../../lib/filter/message-filter.ts'
import { ScanCounter, type ScanProgress } from '../../lib/filter/scan-counter.ts'
import type { Message } from '../../lib/json/consume-text.ts'
import { BackwardScan, ForwardScan, type PartitionEnds, type ReadPage } from './range-scan.ts'

export interface RangeSpec {
  readonly topic: string
  readonly from: 'newest' | 'earliest' | number | { readonly time: string }
  /** What is shown at first, and with each "more". */
  readonly count: number
  readonly filter: string
  /** Looked at, matching or not, before it waits for the next "more"; left out: all. */
  readonly maxScanned?: number
}

export interface RangeView {
  /** `stopped`: by a person, before it was through. `paged`: enough for now. */
  readonly state: 'reading' | 'waiting' | 'paged' | 'stopped' | 'done' | 'failed'
  readonly error: unknown
  /** In the order of time, oldest first. */
  readonly messages: readonly Message[]
  readonly progress: ScanProgress
  /** Messages of the range that were not looked at yet. */
  readonly remaining: number
  /** Where each partition ended when this began. */
  readonly ends: readonly PartitionEnds[]
}

/** With a filter a batch is looked through at a time, so that Stop and the counts come in between. */
const filteredBatch = 4_000
/** The list in memory; a person who wants more of a topic exports it. */
export const maxMessages = 20_000

/** A part of a topic, read until enough matches. It lives outside React; `view` is what to show. */
export class MessageRange {
  readonly view: Store<RangeView>
  readonly #scan: ForwardScan | BackwardScan
  readonly #backward: boolean
  readonly #count: number
  readonly #maxScanned: number
  readonly #filter: MessageFilter
  readonly #counter: ScanCounter
  readonly #ends: readonly PartitionEnds[]
  readonly #clock: () => number
  #stop = new AbortController()
  #messages: readonly Message[] = []
  #spentMs = 0
  #reading = false

  constructor(
    read: ReadPage,
    spec: RangeSpec,
    ends: readonly PartitionEnds[],
    clock: () => number = () => performance.now(),
  ) {
    this.#clock = clock
    this.#ends = ends
    this.#count = spec.count
    this.#maxScanned = spec.maxScanned ?? Number.POSITIVE_INFINITY
    this.#backward = spec.from === 'newest'
    this.#filter = readFilter(spec.filter)
    this.#counter = new ScanCounter(this.#filter)
    const onWaiting = (waiting: boolean) => {
      const state = this.view.get().state
      if (state !== 'reading' && state !== 'waiting') return
      this.view.update((before) => ({ ...before, state: waiting ? 'waiting' : 'reading' }))
    }
    this.#scan =
      spec.from === 'newest'
        ? new BackwardScan(read, ends, spec.count, onWaiting)
        : new ForwardScan(read, ends, spec.from, onWaiting)
    this.view = new Store<RangeView>({
      state: 'reading',
      error: null,
      messages: [],
      progress: this.#counter.progress(0, 0),
      remaining: this.#scan.remaining(),
      ends,
    })
  }

  /** Reads on until `count` more match, `maxScanned` more were looked at, or the range is through. */
  async more(count: number = this.#count): Promise<void> {
    if (this.#reading) return
    this.#reading = true
    this.#stop = new AbortController()
    const { signal } = this.#stop
    const startedAt = this.#clock() - this.#spentMs
    const wanted = this.#messages.length + count
    const scanEnd = this.#counter.scanned + this.#maxScanned
    this.#show('reading', startedAt)
    try {
      while (
        this.#messages.length < Math.min(wanted, maxMessages) &&
        this.#counter.scanned < scanEnd &&
        !this.#scan.done
      ) {
        const missing = wanted - this.#messages.length
        const batch = await this.#scan.take(this.#filter.kind === 'none' ? missing : filteredBatch, signal)
        // A scan that stops in between keeps what it found.
        const found = this.#counter.sift(batch)
        this.#messages = this.#backward ? [...found.toReversed(), ...this.#messages] : [...this.#messages, ...found]
        this.#show('reading', startedAt)
      }
      this.#show(this.#scan.done ? 'done' : 'paged', startedAt)
    } catch (error) {
      this.#show(signal.aborted ? 'stopped' : 'failed', startedAt, signal.aborted ? null : error)
    } finally {
      this.#spentMs = this.#clock() - startedAt
      this.#reading = false
    }
  }

  stop(): void {
    this.#stop.abort()
  }

  #show(state: RangeView['state'], startedAt: number, error: unknown = null): void {
    this.view.set({
      state,
      error,
      messages: this.#messages,
      progress: this.#counter.progress(startedAt, this.#clock()),
      remaining: this.#scan.remaining(),
      ends: this.#ends,
    })
  }
}
