import type { ReplicaState } from './history.ts'
import type { Operations, Poll, Send } from './operations.ts'

/** All that a history says about one partition, indexed by value and by offset. */
export class PartitionView {
  readonly partition: string
  readonly sends: readonly Send[]
  readonly polls: readonly Poll[]
  readonly replicas: readonly ReplicaState[]
  readonly senderOf = new Map<string, Send>()
  /** Every offset a value was acknowledged or read at, the first one first. */
  readonly offsetsOf = new Map<string, number[]>()
  readonly valuesAt = new Map<number, string[]>()
  readonly polled = new Set<string>()
  readonly held = new Set<string>()
  highestRead = -1

  constructor(partition: string, operations: Operations) {
    this.partition = partition
    this.sends = operations.sendsOf.get(partition) ?? []
    this.polls = operations.pollsOf.get(partition) ?? []
    this.replicas = operations.replicasOf.get(partition) ?? []
    for (const send of this.sends) {
      for (const value of send.invoke.values) {
        if (this.senderOf.has(value)) throw new Error(`The value ${value} was sent twice: values must be unique.`)
        this.senderOf.set(value, send)
      }
      const baseOffset = send.ok?.baseOffset ?? null
      if (baseOffset === null) continue
      send.invoke.values.forEach((value, index) => {
        this.#see(baseOffset + index, value)
      })
    }
    for (const poll of this.polls) {
      for (const [offset, value] of poll.ok.records) {
        this.#see(offset, value)
        this.polled.add(value)
        if (offset > this.highestRead) this.highestRead = offset
      }
    }
    for (const replica of this.replicas) {
      for (const [offset, value] of committedRecords(replica)) {
        this.#see(offset, value)
        this.held.add(value)
        if (offset > this.highestRead) this.highestRead = offset
      }
    }
  }

  wasRead(value: string): boolean {
    return this.polled.has(value) || this.held.has(value)
  }

  /** The one offset of a value, or the lowest where it has several (which is an anomaly of its own). */
  offsetOf(value: string): number | undefined {
    const offsets = this.offsetsOf.get(value)
    return offsets === undefined ? undefined : Math.min(...offsets)
  }

  /** Whether any offset in [from, to) is known to hold a record. */
  hasRecordBetween(from: number, to: number): boolean {
    for (let offset = from; offset < to; offset++) if (this.valuesAt.has(offset)) return true
    return false
  }

  #see(offset: number, value: string): void {
    const offsets = this.offsetsOf.get(value)
    if (offsets === undefined) this.offsetsOf.set(value, [offset])
    else if (!offsets.includes(offset)) offsets.push(offset)
    const values = this.valuesAt.get(offset)
    if (values === undefined) this.valuesAt.set(offset, [value])
    else if (!values.includes(value)) values.push(value)
  }
}

/** The records of a replica below its high watermark: what lies above is nobody's promise. */
export function* committedRecords(replica: ReplicaState): Generator<readonly [offset: number, value: string]> {
  for (const batch of replica.batches) {
    for (const [index, value] of batch.values.entries()) {
      if (batch.baseOffset + index < replica.highWatermark) yield [batch.baseOffset + index, value]
    }
  }
}
