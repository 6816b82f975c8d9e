import { type BadRow, badRowOf } from './bad-row.ts'
import type { SplitRow } from './csv-splitter.ts'
import { KeyPartitions } from './key-partitions.ts'
import type { Mapping } from './mapping.ts'
import { RowMapper } from './row-mapper.ts'

export interface CheckResult {
  readonly rowCount: number
  readonly okCount: number
  /** By reason, most frequent first. */
  readonly problems: readonly { readonly reason: string; readonly code: string; readonly count: number }[]
  /** The first hundred. */
  readonly badRows: readonly BadRow[]
  /** Messages for each partition. */
  readonly histogram: readonly number[]
  /** The key that most messages have; null without keys. */
  readonly topKey: { readonly key: string; readonly count: number } | null
  readonly distinctKeys: number
  /** There were more keys than were counted. */
  readonly hasMoreKeys: boolean
  /** Of keys and values, before the batches' own bytes. */
  readonly sizeBytes: number
}

const maxBadRows = 100
const maxKeysCounted = 200_000

/** Does all that sending does except sending. */
export class RowChecker {
  readonly #mapper: RowMapper
  readonly #headers: readonly string[]
  readonly #partitions: KeyPartitions
  readonly #histogram: number[]
  readonly #problems = new Map<string, { reason: string; code: string; count: number }>()
  readonly #badRows: BadRow[] = []
  readonly #keys = new Map<string, number>()
  #hasMoreKeys = false
  #rowCount = 0
  #okCount = 0
  #length = 0

  constructor(mapping: Mapping, partitionCount: number) {
    this.#mapper = new RowMapper(mapping)
    this.#headers = mapping.columns.map(({ header }) => header)
    this.#partitions = new KeyPartitions(partitionCount)
    this.#histogram = new Array(partitionCount).fill(0)
  }

  get rowCount(): number {
    return this.#rowCount
  }

  add(row: SplitRow): void {
    const index = this.#rowCount++
    const mapper = this.#mapper
    if (!mapper.map(row)) {
      const problem = mapper.problem!
      const known = this.#problems.get(problem.reason)
      if (known === undefined) {
        this.#problems.set(problem.reason, { reason: problem.reason, code: problem.code, count: 1 })
      } else known.count++
      if (this.#badRows.length < maxBadRows) this.#badRows.push(badRowOf(row, index + 1, problem, this.#headers))
      return
    }
    this.#okCount++
    const { key, value } = mapper
    this.#length += utf8Length(value)
    this.#histogram[this.#partitions.of(key, index)]!++
    if (key === null) return
    this.#length += utf8Length(key)
    const count = this.#keys.get(key)
    if (count !== undefined) this.#keys.set(key, count + 1)
    else if (this.#keys.size < maxKeysCounted) this.#keys.set(key, 1)
    else this.#hasMoreKeys = true
  }

  result(): CheckResult {
    let topKey: CheckResult['topKey'] = null
    for (const [key, count] of this.#keys) if (topKey === null || count > topKey.count) topKey = { key, count }
    return {
      rowCount: this.#rowCount,
      okCount: this.#okCount,
      problems: [...this.#problems.values()].toSorted((a, b) => b.count - a.count),
      badRows: this.#badRows,
      histogram: this.#histogram,
      topKey,
      distinctKeys: this.#keys.size,
      hasMoreKeys: this.#hasMoreKeys,
      sizeBytes: this.#length,
    }
  }
}

const NOT_ASCII = /[\u0080-\uffff]/
const encoder = new TextEncoder()

function utf8Length(text: string): number {
  return NOT_ASCII.test(text) ? encoder.encode(text).length : text.length
}
