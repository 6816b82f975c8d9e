import { RecordBatchBuilder } from '@yak/protocol'
import { type BadRow, badRowOf } from './bad-row.ts'
import type { SplitRow } from './csv-splitter.ts'
import { KeyPartitions } from './key-partitions.ts'
import type { Mapping } from './mapping.ts'
import { RowMapper } from './row-mapper.ts'

/**
 * Where one round ends and the next begins. Part of a job: a round that is built again after a reload must come out the same,
 * or its batches would not be known again.
 */
export interface RoundLimits {
  readonly maxRows: number
  readonly maxBatchBytes: number
  readonly maxBytes: number
}

export const roundLimits: RoundLimits = { maxRows: 16_384, maxBatchBytes: 1_048_576, maxBytes: 4_194_304 }

export interface RoundBatch {
  readonly partition: number
  readonly recordCount: number
  readonly builder: RecordBatchBuilder
  /** The rows in it, for the report should it be refused. */
  readonly rows: readonly { readonly split: SplitRow; readonly row: number }[]
}

/** Rows in the order of the file, in one batch for each partition they go to. */
export interface Round {
  readonly startRow: number
  /** After the last. */
  readonly endRow: number
  readonly batches: readonly RoundBatch[]
  readonly badRows: readonly BadRow[]
}

/** A record of the largest size, and what the batch needs around it. */
const roomForLargest = 1_052_672

/**
 * Gathers rows into rounds. Which rows a round has follows from the file, the mapping, the number of partitions and the limits
 * alone: not from time, from the size of what was read at once, or from what the broker answered.
 */
export class RoundBuilder {
  readonly #mapper: RowMapper
  readonly #headers: readonly string[]
  readonly #partitions: KeyPartitions
  readonly #limits: RoundLimits
  #startRow: number
  #row: number
  #timestamp: number
  #batches = new Map<number, { builder: RecordBatchBuilder; rows: { split: SplitRow; row: number }[] }>()
  #badRows: BadRow[] = []
  #sizeBytes = 0
  #isFull = false

  constructor(mapping: Mapping, partitionCount: number, limits: RoundLimits, startRow: number, timestamp: number) {
    this.#mapper = new RowMapper(mapping)
    this.#headers = mapping.columns.map(({ header }) => header)
    this.#partitions = new KeyPartitions(partitionCount)
    this.#limits = limits
    this.#startRow = startRow
    this.#row = startRow
    this.#timestamp = timestamp
  }

  get isFull(): boolean {
    return this.#isFull
  }

  get isEmpty(): boolean {
    return this.#row === this.#startRow
  }

  get badCount(): number {
    return this.#badRows.length
  }

  add(split: SplitRow): void {
    const row = this.#row++
    const mapper = this.#mapper
    if (mapper.map(split)) {
      const { key, value } = mapper
      const partition = this.#partitions.of(key, row)
      let batch = this.#batches.get(partition)
      if (batch === undefined) {
        const maxBytes = this.#limits.maxBatchBytes + roomForLargest
        batch = { builder: new RecordBatchBuilder({ maxBytes }), rows: [] }
        this.#batches.set(partition, batch)
      }
      const before = batch.builder.sizeBytes
      batch.builder.tryAppend({ key, value, timestamp: this.#timestamp })
      batch.rows.push({ split, row: row + 1 })
      this.#sizeBytes += batch.builder.sizeBytes - before
      if (batch.builder.sizeBytes >= this.#limits.maxBatchBytes) this.#isFull = true
    } else {
      this.#badRows.push(badRowOf(split, row + 1, mapper.problem!, this.#headers))
    }
    if (this.#row - this.#startRow >= this.#limits.maxRows || this.#sizeBytes >= this.#limits.maxBytes) {
      this.#isFull = true
    }
  }

  /** The round so far; what comes is the next one's. */
  finish(nextTimestamp: number): Round {
    const round: Round = {
      startRow: this.#startRow,
      endRow: this.#row,
      batches: [...this.#batches]
        .toSorted(([a], [b]) => a - b)
        .map(([partition, { builder, rows }]) => ({ partition, recordCount: builder.recordCount, builder, rows })),
      badRows: this.#badRows,
    }
    this.#startRow = this.#row
    this.#batches = new Map()
    this.#badRows = []
    this.#sizeBytes = 0
    this.#isFull = false
    this.#timestamp = nextTimestamp
    return round
  }
}
