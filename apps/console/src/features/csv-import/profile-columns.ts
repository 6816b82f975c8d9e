import { ANY, type ColumnType, kindsOf, typeOfKinds } from './cell-kinds.ts'
import type { SplitRow } from './csv-splitter.ts'

export interface ColumnProfile {
  readonly header: string
  /** Of all rows. */
  readonly type: ColumnType
  /** Cells that are not empty. */
  readonly filled: number
  /** The first that differ. */
  readonly samples: readonly string[]
  readonly hasLeadingZeros: boolean
  /** Whole numbers that a double would round. */
  readonly hasLongNumbers: boolean
}

const maxSamples = 3
const maxSampleLength = 60

/** What the columns of a file hold, over all its rows. */
export class ColumnProfiler {
  rowCount = 0
  readonly #headers: readonly string[]
  readonly #kinds: number[]
  readonly #filled: number[]
  readonly #samples: string[][]
  readonly #leadingZeros: boolean[]
  readonly #longNumbers: boolean[]

  constructor(headers: readonly string[]) {
    const each = <T>(make: () => T) => headers.map(make)
    this.#headers = headers
    this.#kinds = each(() => ANY)
    this.#filled = each(() => 0)
    this.#samples = each(() => [])
    this.#leadingZeros = each(() => false)
    this.#longNumbers = each(() => false)
  }

  /** Rows that do not fit the columns say nothing about them. */
  add({ fields, problem }: SplitRow): void {
    this.rowCount++
    if (problem !== null || fields.length !== this.#headers.length) return
    for (let column = 0; column < fields.length; column++) {
      const cell = fields[column]!
      if (cell === '') continue
      this.#filled[column]!++
      const samples = this.#samples[column]!
      if (samples.length < maxSamples) {
        const sample = cell.slice(0, maxSampleLength)
        if (!samples.includes(sample)) samples.push(sample)
      }
      if (cell.length > 1 && cell.charCodeAt(0) === 48 && cell.charCodeAt(1) >= 48 && cell.charCodeAt(1) <= 57) {
        this.#leadingZeros[column] = true
      }
      if (this.#kinds[column] !== 0) {
        const kinds = kindsOf(cell)
        this.#kinds[column]! &= kinds
        if (cell.length >= 16 && kinds !== 0 && !Number.isSafeInteger(Number(cell))) {
          this.#longNumbers[column] ||= /^-?\d+$/.test(cell)
        }
      }
    }
  }

  result(): readonly ColumnProfile[] {
    return this.#headers.map((header, column) => ({
      header,
      type: this.#filled[column] === 0 ? 'string' : typeOfKinds(this.#kinds[column]!),
      filled: this.#filled[column]!,
      samples: this.#samples[column]!,
      hasLeadingZeros: this.#leadingZeros[column]! && this.#kinds[column] === 0,
      hasLongNumbers: this.#longNumbers[column]! && this.#kinds[column] !== 0,
    }))
  }
}
