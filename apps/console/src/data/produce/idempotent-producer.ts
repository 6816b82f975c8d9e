import { encodeRecordBatch, type RecordToEncode, type YakError } from '@yak/protocol'
import type { ProduceTarget } from './produce-target.ts'
import { askProducerIdentity, type ProducerIdentity } from './producer-identity.ts'
import { type Settled, settleBatches, type Waiting } from './settle-batches.ts'

/** Under which name a log knows a batch: sent again under it, it is the same batch. */
export interface BatchStamp extends ProducerIdentity {
  readonly topicId: string
  readonly baseSequence: number
}

export interface BatchToProduce {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  readonly records: readonly RecordToEncode[]
  readonly signal: AbortSignal
  readonly onWaiting?: (waiting: Waiting | null) => void
  readonly onAttempt?: () => void
  /** Told before the first attempt leaves: with this the outcome can be found out later, whatever becomes of the page. */
  readonly onStamped?: (stamp: BatchStamp) => void
}

/** The records of one partition, one batch after another. */
interface Lane {
  identity: ProducerIdentity | undefined
  nextSequence: number
  tail: Promise<unknown>
}

/**
 * Sends each batch exactly once, however often it takes. One batch of a partition is under way at a time, so that order holds
 * without pipelining, which a browser has not.
 */
export class IdempotentProducer {
  readonly #target: ProduceTarget
  readonly #lanes = new Map<string, Lane>()

  constructor(target: ProduceTarget) {
    this.#target = target
  }

  /** @throws the signal's reason: given up, and unknown if it had left. */
  produce(batch: BatchToProduce): Promise<Settled> {
    const name = `${batch.topicId}/${batch.partition}`
    let lane = this.#lanes.get(name)
    if (lane === undefined) {
      lane = { identity: undefined, nextSequence: 0, tail: Promise.resolve() }
      this.#lanes.set(name, lane)
    }
    const own = lane
    const settled = own.tail.then(() => this.#send(own, batch))
    own.tail = settled.catch(() => {})
    return unlessAborted(settled, batch.signal)
  }

  async #send(lane: Lane, batch: BatchToProduce): Promise<Settled> {
    for (let restarts = 0; ; restarts++) {
      const settled = await this.#sendOnce(lane, batch)
      if (settled.kind === 'written') return settled
      // What may be written leaves a hole nobody can speak of: the next batch begins under a name of its own.
      const isForgotten = settled.error.code === 'UNKNOWN_PRODUCER_ID' || settled.error.code === 'OUT_OF_ORDER_SEQUENCE'
      if (settled.mayBeWritten || isForgotten) lane.identity = undefined
      if (!isForgotten || settled.mayBeWritten || restarts > 0) return settled
    }
  }

  async #sendOnce(lane: Lane, batch: BatchToProduce): Promise<Settled> {
    const { topicId, partition, records, signal, onWaiting, onStamped } = batch
    signal.throwIfAborted()
    if (lane.identity === undefined) {
      const since = Date.now()
      const waiting = ({ code, message }: YakError) => onWaiting?.({ code, text: message, since, isUnknown: false })
      lane.identity = await askProducerIdentity(this.#target, signal, waiting)
      lane.nextSequence = 0
    }
    const stamp = { ...lane.identity, baseSequence: lane.nextSequence }
    onStamped?.({ ...stamp, topicId })
    try {
      const bytes = encodeRecordBatch(records, stamp)
      const [settled] = await settleBatches(this.#target, [{ partition, bytes, mayBeWritten: false }], batch)
      if (settled!.kind === 'written') lane.nextSequence = (lane.nextSequence + records.length) % 2_147_483_648
      return settled!
    } catch (error) {
      lane.identity = undefined
      throw error
    }
  }
}

/** Sends a batch again under the stamp it had, to find out what became of it: written then or now, and once. */
export async function settleAgain(
  target: ProduceTarget,
  stamp: BatchStamp,
  batch: Omit<BatchToProduce, 'topicId' | 'onStamped'>,
): Promise<Settled> {
  const { topicId, producerId, producerEpoch, baseSequence } = stamp
  const { partition, records } = batch
  const bytes = encodeRecordBatch(records, { producerId, producerEpoch, baseSequence })
  const [settled] = await settleBatches(target, [{ partition, bytes, mayBeWritten: true }], { ...batch, topicId })
  return settled!
}

/** Who gives up need not wait for those before it in the lane. */
function unlessAborted<T>(settled: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => reject(signal.reason as Error)
    signal.addEventListener('abort', end, { once: true })
    settled.then(resolve, reject).finally(() => signal.removeEventListener('abort', end))
  })
}
