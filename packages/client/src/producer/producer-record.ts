import type { YakError } from '@yak/protocol'
import type { Codec } from '../codec.ts'
import { assertKnownFields } from '../option-checks.ts'
import type { ProducerBatch } from './producer-batch.ts'

/** One record to send. */
export interface ProducerRecord<Value = unknown> {
  /** What the codec takes: any JSON value unless another codec is named. */
  readonly value: Value
  /** Records of one key go to one partition, in order. Text (as UTF-8) or bytes. Without a key, partitions are filled in turn. */
  readonly key?: string | Uint8Array | null | undefined
  /** Instead of the one that the key chooses. */
  readonly partition?: number | undefined
  /** Text is sent as UTF-8. */
  readonly headers?: Readonly<Record<string, string | Uint8Array>> | undefined
  /** Milliseconds since 1970. Default: the time of the call. */
  readonly timestamp?: number | undefined
}

/** What `producer.send` takes. */
export interface ProducerMessage<Value = unknown> extends ProducerRecord<Value> {
  /** By its name; made when it is missing, where the cluster allows it. */
  readonly topic: string
  /** Default: the producer's. */
  readonly codec?: Codec | undefined
}

/** What `producer.sendBatch` takes. */
export interface ProducerMessages<Value = unknown> {
  /** By its name; made when it is missing, where the cluster allows it. */
  readonly topic: string
  /** In this order within each partition. */
  readonly records: readonly ProducerRecord<Value>[]
  /** Default: the producer's. */
  readonly codec?: Codec | undefined
}

/** Where a record lies: every in-sync replica has it on disk. */
export interface Receipt {
  /** By its name. */
  readonly topic: string
  /** Of its topic, from 0 on. */
  readonly partition: number
  /**
   * Undefined in one rare case: the record is written, as a retry was told, and the broker no longer remembers where. That takes a
   * broker that lost its memory of the last five batches between two attempts.
   */
  readonly offset: number | undefined
  /** The leader epoch under which it was confirmed. */
  readonly epoch: number
  /** The record's own, in milliseconds since 1970. */
  readonly timestamp: number
}

/** How long a send may take. */
export interface SendOptions {
  /**
   * Gives the record up: before it was put into a request it is dropped (DELIVERY_ABANDONED, definitely not written), afterwards
   * it may still be written (OUTCOME_UNKNOWN).
   */
  readonly signal?: AbortSignal | undefined
}

/**
 * The end of one record's way: called once, by whatever settles the batch it is in. `index` tells the records of one delivery
 * apart; a single send's is 0, and the promise's own functions, which serve as its delivery, do not look at it.
 */
export interface Delivery {
  resolve(receipt: Receipt, index: number): void
  reject(error: YakError, index: number): void
  /** It was given up while it waited for room; nothing need be encoded. */
  readonly isGone?: boolean
  /** For one that waited: the batch it went into, unless it was refused. */
  placedIn?(batch: ProducerBatch | undefined): void
}

const recordFields = [
  'value',
  'key',
  'partition',
  'headers',
  'timestamp',
] as const satisfies readonly (keyof ProducerRecord)[]
const messageFields = ['topic', ...recordFields, 'codec'] as const satisfies readonly (keyof ProducerMessage)[]

/** @throws TypeError for a message with a field that is none of its own: a key that was spelled wrong would be no key. */
export function assertMessageFields(message: ProducerMessage): void {
  if (hasOtherFields(message, true)) assertKnownFields('A message of send()', message, messageFields)
}

/** @throws TypeError for a record of a batch, likewise; topic and codec are the batch's. */
export function assertRecordFields(record: ProducerRecord): void {
  if (hasOtherFields(record, false)) assertKnownFields('A record of sendBatch()', record, recordFields)
}

/** True for what has no fields at all, too. Each send comes by here: names are compared one by one, without a list of them being made. */
function hasOtherFields(record: ProducerRecord, isMessage: boolean): boolean {
  if (typeof record !== 'object' || record === null) return true
  for (const name in record) {
    switch (name) {
      case 'value':
      case 'key':
      case 'partition':
      case 'headers':
      case 'timestamp':
        break
      case 'topic':
      case 'codec':
        if (isMessage) break
        return true
      default:
        return true
    }
  }
  return false
}
