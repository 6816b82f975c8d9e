import type { Producer, Receipt } from '@yak/client'
import { YakError } from '@yak/protocol'
import type { Row } from '@yak/rows'
import type { ProblemReport } from './problem-report.ts'

export interface DeliveryOptions {
  readonly topic: string
  readonly partition: number | undefined
  readonly headers: Readonly<Record<string, string>> | undefined
}

/** Of the acknowledged rows. */
export interface PartitionTally {
  sent: number
  /** Undefined: the broker no longer knows where it put them. */
  firstOffset: number | undefined
  lastOffset: number | undefined
}

/** Rows and characters under way at once: enough to keep the broker busy, little enough to hold in memory. */
const maxRowsUnderWay = 20_000
const maxLengthUnderWay = 8_388_608

/** Refusals that concern one row alone: the next one may well be accepted. */
const rowsOwnFault: ReadonlySet<string> = new Set([
  'RECORD_TOO_LARGE',
  'BATCH_TOO_LARGE',
  'INVALID_RECORD',
  'SERIALIZATION_FAILED',
])

/** Sends rows in order, many at once, and keeps the exact count of what became of each. */
export class Delivery {
  readonly #producer: Producer
  readonly #options: DeliveryOptions
  readonly #problems: ProblemReport
  readonly #onFailure: () => void
  readonly partitions: Map<number, PartitionTally> = new Map()
  sent = 0
  /** Refused: certainly not in the topic. */
  failed = 0
  /** Sent, and not known to be in the topic or not. */
  unknown = 0
  /** The first that the rows behind it would share: nothing more is to be sent. */
  failure: Error | undefined
  /** Sent, and not yet known what became of them. */
  rowsUnderWay = 0
  #lengthUnderWay = 0
  #wake: (() => void) | undefined

  /** The producer's codec is `string`. `onFailure` is called once, with the first failure of more than its own row. */
  constructor(producer: Producer, options: DeliveryOptions, problems: ProblemReport, onFailure: () => void) {
    this.#producer = producer
    this.#options = options
    this.#problems = problems
    this.#onFailure = onFailure
  }

  /** Whether `send` must wait for `room` first. */
  get full(): boolean {
    return this.rowsUnderWay >= maxRowsUnderWay || this.#lengthUnderWay >= maxLengthUnderWay
  }

  /** Resolves when half of what may be under way is done. */
  async room(): Promise<void> {
    while (this.rowsUnderWay > maxRowsUnderWay / 2 || this.#lengthUnderWay > maxLengthUnderWay / 2) await this.#change()
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    while (this.rowsUnderWay > 0) await this.#change()
  }

  send(row: Row): void {
    const { topic, partition, headers } = this.#options
    this.rowsUnderWay++
    this.#lengthUnderWay += row.value.length
    this.#producer.send({ topic, value: row.value, key: row.key, partition, headers }).then(
      (receipt) => this.#acknowledged(row, receipt),
      (error: Error) => this.#refused(row, error),
    )
  }

  #acknowledged(row: Row, { partition, offset }: Receipt): void {
    this.sent++
    const tally = this.partitions.get(partition) ?? { sent: 0, firstOffset: undefined, lastOffset: undefined }
    this.partitions.set(partition, tally)
    tally.sent++
    if (offset !== undefined) {
      tally.firstOffset = Math.min(tally.firstOffset ?? offset, offset)
      tally.lastOffset = Math.max(tally.lastOffset ?? offset, offset)
    }
    this.#done(row)
  }

  #refused(row: Row, error: Error): void {
    const code = YakError.is(error) ? error.code : undefined
    if (YakError.is(error) && error.outcome === 'not-written') this.failed++
    else this.unknown++
    if (code !== undefined && rowsOwnFault.has(code)) {
      this.#problems.add({ line: row.line, lastLine: row.lastLine, code, detail: error.message })
    } else if (this.failure === undefined) {
      this.failure = error
      this.#onFailure()
    }
    this.#done(row)
  }

  #done(row: Row): void {
    this.rowsUnderWay--
    this.#lengthUnderWay -= row.value.length
    this.#wake?.()
  }

  async #change(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    await promise
  }
}
