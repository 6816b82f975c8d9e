import { decodeRecordBatch, recordBatches, verifyRecordBatchChecksum } from '@yak/protocol'
import type { History } from '../../checker/history.ts'
import type { Coverage } from '../coverage.ts'
import type { Trace } from '../trace.ts'
import type { FetchAnswer } from './broker-port.ts'
import type { ClientProcess } from './client-process.ts'

export interface ReaderModelOptions {
  readonly client: ClientProcess
  readonly history: History
  readonly coverage: Coverage
  readonly trace: Trace
  readonly partitions: readonly string[]
  readonly maxWaitMs: number
  /** Between an answer and the next question. */
  readonly pollPauseMs: number
  readonly retryBackoffMs: number
  /** Chance that it asks anybody instead of the leader it knows, as after a lost connection. */
  readonly strays: number
  /** Chance that it goes back to the beginning before it asks. */
  readonly goesBack: number
}

interface Position {
  readonly partition: string
  /** Another one whenever it begins anew. */
  consumer: string
  offset: number
  /** Answers of an older epoch come from a leader that was. */
  highestEpoch: number
}

type OkAnswer = Extract<FetchAnswer, { type: 'ok' }>

/** A consumer as the SDK behaves on the wire: polls each partition from its position on, and keeps to what it was given. */
export class ReaderModel {
  readonly #options: ReaderModelOptions
  readonly #positions = new Map<string, Position>()
  #pollCount = 0
  #restarts = 0
  #isStopped = false
  #isSettled = false

  constructor(options: ReaderModelOptions) {
    this.#options = options
  }

  start(): void {
    for (const partition of this.#options.partitions) this.read(partition)
  }

  /** From its beginning on. */
  read(partition: string): void {
    const position = { partition, consumer: this.#options.client.name, offset: 0, highestEpoch: -1 }
    this.#positions.set(partition, position)
    void this.#follow(position)
  }

  /** It goes back no more, so that it comes to the end. */
  settle(): void {
    this.#isSettled = true
  }

  stop(): void {
    this.#isStopped = true
  }

  /** The next offset it wants; undefined for a partition it does not read. */
  positionOf(partition: string): number | undefined {
    return this.#positions.get(partition)?.offset
  }

  async #follow(position: Position): Promise<void> {
    const { client, retryBackoffMs, pollPauseMs } = this.#options
    while (!this.#isStopped && this.#positions.has(position.partition)) {
      const wasServed = await this.#poll(position)
      await client.wait(wasServed ? pollPauseMs : client.random.between(0.5, 1.5) * retryBackoffMs)
    }
  }

  /** What it has read is not there any more: an operator had it cut off, or it is below the start of the log by now. */
  #startAnew(position: Position, offset: number): void {
    position.consumer = `${this.#options.client.name} ${++this.#restarts}`
    position.offset = offset
  }

  async #poll(position: Position): Promise<boolean> {
    const { client, history, coverage, maxWaitMs, trace, strays, goesBack } = this.#options
    if (goesBack > 0 && !this.#isSettled && client.random.chance(goesBack)) this.#startAnew(position, 0)
    const { partition, offset } = position
    // Perhaps one that believes it leads.
    const brokerId = client.random.chance(strays) ? client.anybody() : client.target()
    const id = ++this.#pollCount
    const invokedAtMs = client.process.monotonicMs()
    const end = await client.call(brokerId, 'consume', {
      mayRepeat: false,
      ask: (port) => port.fetch(partition, offset, position.highestEpoch, maxWaitMs),
    })
    if (end.type !== 'answer') {
      client.distrust(brokerId)
      return false
    }
    const { answer } = end
    if (answer.type === 'error') {
      if (answer.code === 'OFFSET_OUT_OF_RANGE') this.#startAnew(position, answer.logStartOffset ?? 0)
      if (answer.code === 'UNKNOWN_TOPIC_ID') this.#positions.delete(partition)
      trace.note(client.name, () => `poll of ${partition} at ${offset} from ${brokerId}: ${answer.code}`)
      client.distrust(brokerId)
      if (answer.leader?.brokerId !== brokerId) client.heard(answer.leader)
      return false
    }
    if (answer.epoch < position.highestEpoch) {
      coverage.count('read behind')
      client.distrust(brokerId)
      return false
    }
    const records = recordsOf(answer, offset)
    if (records === undefined) {
      trace.note(client.name, () => `poll of ${partition} at ${offset} from ${brokerId}: damaged batches`)
      client.distrust(brokerId)
      return false
    }
    client.heard({ brokerId, epoch: answer.epoch })
    position.highestEpoch = answer.epoch
    const nextOffset = records.length === 0 ? offset : records.at(-1)![0] + 1
    // Only what was accepted is in the history: an answer that the client ignores has told it nothing.
    const { name } = client
    history.add({
      type: 'invoke',
      op: 'poll',
      client: name,
      id,
      timeMs: invokedAtMs,
      partition,
      consumer: position.consumer,
      offset,
    })
    history.add({
      type: 'ok',
      op: 'poll',
      client: name,
      id,
      timeMs: client.process.monotonicMs(),
      epoch: answer.epoch,
      records,
      nextOffset,
      highWatermark: answer.highWatermark,
      logStartOffset: answer.logStartOffset,
    })
    position.offset = nextOffset
    return true
  }
}

const decoder = new TextDecoder()

/** The records from `offset` on; undefined when a checksum does not fit, which a client refuses. */
function recordsOf({ batches }: OkAnswer, offset: number): (readonly [number, string])[] | undefined {
  const records: (readonly [number, string])[] = []
  for (const { position } of recordBatches(batches)) {
    if (!verifyRecordBatchChecksum(batches, position)) return undefined
    for (const record of decodeRecordBatch(batches, position)) {
      if (record.offset >= offset) records.push([record.offset, decoder.decode(record.value!)])
    }
  }
  return records
}
