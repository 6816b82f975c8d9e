import type { LeaseStep } from '../lease-operations.ts'
import { EMPTY_LEASE_RECORD, type LeaseRecord } from '../lease-record.ts'

/** All records at one moment, as a replica that lags or a restored backup would have them. */
export type MemorySnapshot = ReadonlyMap<string, LeaseRecord>

/**
 * The coordinator itself, in memory: the records and one clock. Each `step` is atomic. It can do what a real one does on its bad
 * days: forget, go back to an older state, split into two that both believe, have its clock jump. Requests and answers that get
 * lost are the business of MemoryLeaseStore, or of a simulation's own network.
 */
export class MemoryCoordinator {
  readonly #nowMs: () => number
  readonly #watchers = new Set<(group: string) => void>()
  /** Clients that were cut off with the second half, by name. */
  readonly #onOtherSide = new Set<string>()
  #records = new Map<string, LeaseRecord>()
  #otherRecords: Map<string, LeaseRecord> | undefined
  #clockOffsetMs = 0
  /** How often it has forgotten everything. */
  #lives = 0

  constructor(options: { readonly nowMs: () => number }) {
    this.#nowMs = options.nowMs
  }

  /** What `identify` answers: another text after everything was forgotten. */
  get id(): string {
    return `memory-${this.#lives}`
  }

  /** The coordinator's own clock, in whole milliseconds. */
  get nowMs(): number {
    return Math.floor(this.#nowMs() + this.#clockOffsetMs)
  }

  /** One atomic step on the record as `client` sees it. */
  step<Answer>(
    client: string,
    group: string,
    decide: (record: LeaseRecord, nowMs: number) => LeaseStep<Answer>,
  ): Answer {
    const before = this.record(client, group)
    const { record, answer } = decide(before, this.nowMs)
    if (record !== before) this.#write(client, group, record)
    return answer
  }

  /** What `client` would be told of the group; after a split that depends on its side. */
  record(client: string, group: string): LeaseRecord {
    return this.#recordsOf(client).get(group) ?? EMPTY_LEASE_RECORD
  }

  /** Called after every change of a group's record, on either side. */
  watch(listener: (group: string) => void): () => void {
    this.#watchers.add(listener)
    return () => this.#watchers.delete(listener)
  }

  /** FLUSHALL, an evicted key, a restart without persistence. */
  forget(group?: string): void {
    const groups = group === undefined ? [...this.#records.keys()] : [group]
    if (group === undefined) this.#lives++
    for (const name of groups) this.#records.delete(name)
    this.#tell(groups)
  }

  /** What `restore` can go back to. */
  snapshot(): MemorySnapshot {
    return new Map(this.#records)
  }

  /** A stale replica is promoted, or a backup restored: everything since the snapshot is gone. */
  restore(snapshot: MemorySnapshot): void {
    const groups = new Set([...this.#records.keys(), ...snapshot.keys()])
    this.#records = new Map(snapshot)
    this.#tell(groups)
  }

  /** The coordinator's clock jumps, forwards or, with a negative number, back. */
  jumpClock(byMs: number): void {
    this.#clockOffsetMs += byMs
  }

  /**
   * Split brain: from now on these clients are served by a copy of their own. Two leases at once are then possible. A second
   * call moves further clients over.
   */
  split(clients: readonly string[]): void {
    this.#otherRecords ??= new Map(this.#records)
    for (const client of clients) this.#onOtherSide.add(client)
  }

  /** One side's changes survive, the other's are gone. */
  heal(survivor: 'main' | 'other' = 'main'): void {
    const other = this.#otherRecords ?? new Map<string, LeaseRecord>()
    const groups = new Set([...this.#records.keys(), ...other.keys()])
    if (survivor === 'other') this.#records = other
    this.#otherRecords = undefined
    this.#onOtherSide.clear()
    this.#tell(groups)
  }

  #recordsOf(client: string): Map<string, LeaseRecord> {
    return this.#otherRecords !== undefined && this.#onOtherSide.has(client) ? this.#otherRecords : this.#records
  }

  #write(client: string, group: string, record: LeaseRecord): void {
    this.#recordsOf(client).set(group, record)
    this.#tell([group])
  }

  #tell(groups: Iterable<string>): void {
    for (const group of groups) for (const listener of [...this.#watchers]) listener(group)
  }
}
