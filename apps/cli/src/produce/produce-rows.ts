import type { Producer } from '@yak/client'
import { type Row, SourceError } from '@yak/rows'
import type { ByteSource } from '../sources/byte-source.ts'
import { Progress } from '../terminal/progress.ts'
import type { Status } from '../terminal/status.ts'
import type { Interrupt } from '../terminal/terminal.ts'
import { visibleText } from '../terminal/visible-text.ts'
import { Delivery, type DeliveryOptions, type PartitionTally } from './delivery.ts'
import { openRows, type RowOptions } from './open-rows.ts'
import { ProblemReport, type ReportedProblem } from './problem-report.ts'
import { waitOnInterrupt } from './wait-on-interrupt.ts'

export interface ProduceRowsOptions {
  readonly producer: Producer
  /** A row is on its way. */
  readonly onAsked: () => void
  readonly source: ByteSource
  readonly rows: RowOptions
  readonly delivery: DeliveryOptions
  /** Stop at the first bad row. */
  readonly strict: boolean
  readonly status: Status
  readonly interrupt: Interrupt
}

/** What became of the rows; `sent`, `failed` and `unknown` are all that were read up to where it stopped. */
export interface ProduceResult {
  readonly sent: number
  /** Bad rows and refused ones: certainly not in the topic. */
  readonly failed: number
  readonly unknown: number
  readonly bytesRead: number
  readonly seconds: number
  /** Line from which on nothing was sent; undefined: the end was reached. */
  readonly stoppedAtLine: number | undefined
  /** Why, unless Ctrl-C or `strict` was the reason. */
  readonly failure: Error | undefined
  readonly partitions: ReadonlyMap<number, PartitionTally>
  readonly problems: readonly ReportedProblem[]
  readonly problemCount: number
}

/** Sends rows as they are read, and resolves when the fate of each is known, whatever ended it. */
export async function produceRows(options: ProduceRowsOptions): Promise<ProduceResult> {
  const { producer, source, status, interrupt } = options
  const startedAt = performance.now()
  const problems = new ProblemReport(status)
  const stopReading = (): void => source.stop()
  const delivery = new Delivery(producer, options.delivery, problems, stopReading)
  const run = new ProduceRun(options, delivery, problems)
  const progress = new Progress(status, source.sizeBytes, () => ({ rows: delivery.sent, bytesRead: run.bytesRead }))
  const endWait = waitOnInterrupt(interrupt, producer, status, () => delivery.rowsUnderWay)
  interrupt.signal.addEventListener('abort', stopReading)

  let sourceError: SourceError | undefined
  try {
    await run.sendAll()
  } catch (error) {
    if (!(error instanceof SourceError)) throw error
    sourceError = error
  } finally {
    source.stop()
    await delivery.settled()
    progress.stop()
    problems.finish()
    endWait()
    interrupt.signal.removeEventListener('abort', stopReading)
  }
  return {
    sent: delivery.sent,
    failed: delivery.failed + run.badRows,
    unknown: delivery.unknown,
    bytesRead: run.bytesRead,
    seconds: (performance.now() - startedAt) / 1_000,
    stoppedAtLine: run.stoppedAtLine,
    failure: delivery.failure ?? sourceError,
    partitions: delivery.partitions,
    problems: problems.kept,
    problemCount: problems.count,
  }
}

class ProduceRun {
  readonly #options: ProduceRowsOptions
  readonly #delivery: Delivery
  readonly #problems: ProblemReport
  bytesRead = 0
  badRows = 0
  stoppedAtLine: number | undefined
  #nextLine = 1

  constructor(options: ProduceRowsOptions, delivery: Delivery, problems: ProblemReport) {
    this.#options = options
    this.#delivery = delivery
    this.#problems = problems
  }

  async sendAll(): Promise<void> {
    const { source, rows, status } = this.#options
    for await (const batch of openRows(source, rows, (text) => status.line(visibleText(text)))) {
      if (this.#shouldStop()) break
      for (const row of batch.rows) {
        if (this.#delivery.full) await this.#delivery.room()
        if (this.#shouldStop() || !this.#take(row)) break
        this.#nextLine = row.lastLine + 1
      }
      // Where it stops amid these rows, they were read all the same.
      this.bytesRead = batch.bytesRead
      if (this.stoppedAtLine !== undefined) return
    }
  }

  /** False: stop here. */
  #take(row: Row): boolean {
    if (row.problem === null) {
      this.#options.onAsked()
      this.#delivery.send(row)
      return true
    }
    this.badRows++
    this.#problems.add({ line: row.line, lastLine: row.lastLine, ...row.problem })
    if (this.#options.strict) this.stoppedAtLine = row.line
    return !this.#options.strict
  }

  #shouldStop(): boolean {
    const stop = this.#options.interrupt.signal.aborted || this.#delivery.failure !== undefined
    if (stop) this.stoppedAtLine ??= this.#nextLine
    return stop
  }
}
