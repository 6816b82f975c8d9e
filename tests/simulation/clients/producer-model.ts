import { encodeRecordBatch } from '@yak/protocol'
import type { History } from '../../checker/history.ts'
import type { Coverage } from '../coverage.ts'
import type { Trace } from '../trace.ts'
import type { ProduceAnswer } from './broker-port.ts'
import { type ClientProcess, produceAnswerOf } from './client-process.ts'

export interface ProducerModelOptions {
  readonly client: ClientProcess
  readonly history: History
  readonly coverage: Coverage
  readonly trace: Trace
  readonly partitions: readonly string[]
  readonly isIdempotent: boolean
  /** Unique in the run; further ones are `id + 1000 n`. */
  readonly producerId: number
  /** Batches under way at once in one partition, at most five. */
  readonly maxInFlight: number
  readonly meanPauseMs: number
  readonly deliveryTimeoutMs: number
  readonly retryBackoffMs: number
}

/** The stretch in which the sequences of one partition run on. */
interface Session {
  readonly producerId: number
  readonly producerEpoch: number
  nextSequence: number
  /** One of its batches was given up: what comes after would stand behind a hole. */
  isBroken: boolean
}

interface Batch {
  readonly id: number
  readonly partition: string
  readonly values: readonly string[]
  readonly session: Session | undefined
  readonly bytes: Uint8Array
  readonly deadlineMs: number
  /** One attempt ended unknown: until a `done`, nothing makes this batch definitely not written. */
  isUnknown: boolean
}

/**
 * A producer as the SDK behaves on the wire, and no more: batches in a partition leave in order, several under way; an
 * idempotent one retries everything inside one deadline under the same sequences; another one retries only what is
 * definitely not written.
 */
export class ProducerModel {
  readonly #options: ProducerModelOptions
  readonly #sessions = new Map<string, Session>()
  readonly #inFlight = new Map<string, number>()
  #sessionCount = 0
  #sendCount = 0
  #valueCount = 0
  #isStopped = false

  constructor(options: ProducerModelOptions) {
    this.#options = options
  }

  get isIdempotent(): boolean {
    return this.#options.isIdempotent
  }

  get isIdle(): boolean {
    for (const count of this.#inFlight.values()) if (count > 0) return false
    return true
  }

  start(): void {
    const { client, meanPauseMs } = this.#options
    const next = () => {
      if (this.#isStopped) return
      this.#sendOne()
      client.process.schedule(client.random.exponential(meanPauseMs), next)
    }
    client.process.schedule(client.random.exponential(meanPauseMs), next)
  }

  /** No further sends; those under way go on to their end. */
  stop(): void {
    this.#isStopped = true
  }

  /** With what is under way: the history keeps those sends without an answer. */
  kill(): void {
    this.#isStopped = true
    this.#options.client.process.kill()
  }

  #sendOne(): void {
    const { client, partitions, maxInFlight } = this.#options
    const partition = client.random.pick(partitions)
    if ((this.#inFlight.get(partition) ?? 0) >= maxInFlight) return
    const values = Array.from({ length: client.random.integer(1, 3) }, () => `${client.name}.${++this.#valueCount}`)
    this.#begin(partition, values)
  }

  #begin(partition: string, values: readonly string[]): void {
    const { client, history, isIdempotent, deliveryTimeoutMs } = this.#options
    const session = isIdempotent ? this.#sessionOf(partition) : undefined
    const sequence = session?.nextSequence ?? 0
    if (session !== undefined) session.nextSequence += values.length
    const timestamp = client.process.wallClockMs()
    const bytes = encodeRecordBatch(
      values.map((value) => ({ key: null, value, timestamp })),
      session === undefined
        ? {}
        : { producerId: session.producerId, producerEpoch: session.producerEpoch, baseSequence: sequence },
    )
    const nowMs = client.process.monotonicMs()
    const batch: Batch = {
      id: ++this.#sendCount,
      partition,
      values,
      session,
      bytes,
      deadlineMs: nowMs + deliveryTimeoutMs,
      isUnknown: false,
    }
    history.add({
      type: 'invoke',
      op: 'send',
      client: client.name,
      id: batch.id,
      timeMs: nowMs,
      partition,
      values,
      session: session === undefined ? null : `${session.producerId}/${session.producerEpoch}`,
    })
    this.#inFlight.set(partition, (this.#inFlight.get(partition) ?? 0) + 1)
    void this.#deliver(batch)
  }

  async #deliver(batch: Batch): Promise<void> {
    const { client, isIdempotent, retryBackoffMs, coverage } = this.#options
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#attempt(batch)
      if (answer.outcome === 'done') {
        this.#end(batch, answer)
        return
      }
      if (answer.code === 'OUT_OF_ORDER_SEQUENCE') coverage.count('out of order refused')
      if (answer.code === 'NOT_ENOUGH_REPLICAS') coverage.count('not enough replicas')
      if (answer.outcome === 'unknown') batch.isUnknown = true
      const mayRetry = isIdempotent
        ? this.#mayRetry(batch, answer)
        : answer.outcome === 'not-written' && answer.code !== 'UNKNOWN_TOPIC_ID'
      const backoffMs = client.random.between(0.5, 1.5) * Math.min(retryBackoffMs * attempt, retryBackoffMs * 8)
      if (!mayRetry || client.process.monotonicMs() + backoffMs >= batch.deadlineMs) {
        this.#end(batch, answer)
        return
      }
      await client.wait(backoffMs)
    }
  }

  /** A sequence gap that no batch under way can fill any more ends a batch; everything else may pass. */
  #mayRetry(batch: Batch, answer: ProduceAnswer): boolean {
    if (answer.outcome !== 'not-written') return true
    if (answer.code === 'INVALID_PRODUCER_EPOCH' || answer.code === 'UNKNOWN_TOPIC_ID') return false
    return !(answer.code === 'OUT_OF_ORDER_SEQUENCE' && batch.session!.isBroken)
  }

  async #attempt(batch: Batch): Promise<ProduceAnswer> {
    const { client, isIdempotent, trace } = this.#options
    const brokerId = client.target()
    const end = await client.call(brokerId, 'produce', {
      mayRepeat: isIdempotent,
      // A copy for each arrival: the log stamps the bytes in place.
      ask: (port) => port.produce(batch.partition, new Uint8Array(batch.bytes)),
    })
    const answer = produceAnswerOf(end)
    trace.note(client.name, () => `send ${batch.id} to ${brokerId}: ${JSON.stringify(answer)}`)
    if (answer.outcome === 'done') client.heard({ brokerId, epoch: answer.epoch })
    else {
      if (end.isDoubled === true) batch.isUnknown = true
      if (answer.code === 'NOT_LEADER' || answer.code === 'LEADER_NOT_AVAILABLE' || end.type !== 'answer') {
        client.distrust(brokerId)
      }
      if (answer.outcome === 'not-written' && answer.leader?.brokerId !== brokerId) client.heard(answer.leader)
    }
    return answer
  }

  #end(batch: Batch, answer: ProduceAnswer): void {
    const { client, history, coverage, trace } = this.#options
    this.#inFlight.set(batch.partition, this.#inFlight.get(batch.partition)! - 1)
    const common = { client: client.name, id: batch.id, timeMs: client.process.monotonicMs() }
    if (answer.outcome === 'done') {
      coverage.count('send acknowledged')
      history.add({ type: 'ok', op: 'send', ...common, baseOffset: answer.baseOffset, epoch: answer.epoch })
      return
    }
    // A batch that may be written and one that is not both leave a hole in the sequences, or may.
    if (batch.session !== undefined) batch.session.isBroken = true
    const type = batch.isUnknown ? 'info' : 'fail'
    coverage.count(type === 'info' ? 'send unknown' : 'send refused')
    trace.note(client.name, () => `send ${batch.id} ends ${type}: ${answer.code}`)
    history.add({ type, ...common, code: answer.code })
  }

  /** A broken session is not gone on with: the next producer epoch where the id is kept, or a new id. */
  #sessionOf(partition: string): Session {
    const { client, producerId, coverage } = this.#options
    const known = this.#sessions.get(partition)
    if (known !== undefined && !known.isBroken) return known
    const keepsId = known !== undefined && client.random.chance(0.5)
    if (known !== undefined) coverage.count('session renewed')
    const session: Session = {
      producerId: keepsId ? known.producerId : producerId + 1_000 * ++this.#sessionCount,
      producerEpoch: keepsId ? known.producerEpoch + 1 : 0,
      nextSequence: 0,
      isBroken: false,
    }
    this.#sessions.set(partition, session)
    return session
  }
}
