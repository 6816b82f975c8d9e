import {
  checkRecordBatch,
  decodeProduceRequest,
  encodeProduceResponse,
  LIMITS,
  type ProduceEntry,
  type ProduceResult,
  type RecordBatchLimits,
  readRecordBatchSize,
  UnpackAllowance,
  YakError,
} from '@yak/protocol'
import type { Commit } from '../replication/partition.ts'
import type { Topics } from '../topics/topics.ts'
import type { AppendGate } from './append-gate.ts'

export interface BinaryProduceOptions {
  readonly topics: Topics
  readonly gate: AppendGate
  readonly limits: RecordBatchLimits
  readonly onEntryError: (error: YakError) => void
}

/**
 * POST /v1/produce. Every entry is decided before this returns, in the order of the request, so that requests pipelined
 * on a connection keep their order, and the body's bytes are free again. The promise is for the answer, which waits until
 * each entry is committed or refused.
 *
 * Throws, with nothing appended, when the frame does not follow its grammar or the disk is full.
 */
export function produceFrame(body: Uint8Array, options: BinaryProduceOptions): Promise<Uint8Array> {
  const request = decodeProduceRequest(body)
  options.gate.assertOpen()
  const ackTimeoutMs = Math.min(request.ackTimeoutMs, LIMITS.maxAckTimeoutMs)
  const answer = new ProduceAnswer(request.entries.length, ackTimeoutMs, options.onEntryError)
  const unpackAllowance = new UnpackAllowance(LIMITS.maxDecompressedRequestBytes)
  const entryOptions = { ...options, limits: { ...options.limits, unpackAllowance } }
  for (const [index, entry] of request.entries.entries()) {
    try {
      appendEntry(entry, index, answer, entryOptions)
    } catch (error) {
      if (!YakError.is(error)) throw error
      answer.refuse(index, error)
    }
  }
  return answer.whenSettled()
}

function appendEntry(
  entry: ProduceEntry,
  index: number,
  answer: ProduceAnswer,
  { topics, gate, limits }: BinaryProduceOptions,
): void {
  const topic = topics.getById(entry.topicId)
  const partition = topic.partition(entry.partition)
  // Before the checksum, which a wrong length would make wrong too.
  const sizeBytes = readRecordBatchSize(entry.batch, 0)
  if (sizeBytes !== entry.batch.length) {
    throw new YakError(
      'INVALID_BATCH_LENGTH',
      `The entry for ${partition.name} has ${entry.batch.length} bytes, and its batch says it takes ${sizeBytes}. ` +
        'Send exactly one batch in each entry.',
    )
  }
  const header = checkRecordBatch(entry.batch, 0, limits)
  partition.append(entry.batch, header, (error, commit) => {
    if (commit !== undefined) gate.noteAppended(topic, header.recordCount, header.sizeBytes)
    answer.settle(index, error, commit, partition.logStartOffset)
  })
}

interface Fate {
  readonly error: YakError | undefined
  readonly commit: Commit | undefined
  readonly logStartOffset: number
}

/** Gathers what became of each entry. */
class ProduceAnswer {
  readonly #fates: (Fate | undefined)[]
  readonly #ackTimeoutMs: number
  readonly #onEntryError: BinaryProduceOptions['onEntryError']
  #open: number
  #resolve: ((response: Uint8Array) => void) | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(entryCount: number, ackTimeoutMs: number, onEntryError: BinaryProduceOptions['onEntryError']) {
    this.#ackTimeoutMs = ackTimeoutMs
    this.#onEntryError = onEntryError
    this.#open = entryCount
    this.#fates = new Array(entryCount).fill(undefined)
  }

  refuse(index: number, error: YakError): void {
    this.settle(index, error, undefined, -1)
  }

  /** After the deadline this changes nothing: the answer was given. */
  settle(index: number, error: YakError | undefined, commit: Commit | undefined, logStartOffset: number): void {
    if (this.#fates[index] !== undefined) return
    this.#fates[index] = { error, commit, logStartOffset }
    if (error !== undefined) this.#onEntryError(error)
    this.#open--
    if (this.#open === 0) this.#answer()
  }

  whenSettled(): Promise<Uint8Array> {
    return new Promise((resolve) => {
      this.#resolve = resolve
      if (this.#open === 0) this.#answer()
      else this.#timer = setTimeout(() => this.#giveUp(), this.#ackTimeoutMs)
    })
  }

  #giveUp(): void {
    for (const [index, fate] of this.#fates.entries()) {
      if (fate !== undefined) continue
      const text =
        `The write was not committed within ${this.#ackTimeoutMs} ms; it may still be. ` +
        'Send it again with the same sequence, or read it back.'
      this.refuse(index, new YakError('REQUEST_TIMED_OUT', text))
    }
  }

  #answer(): void {
    if (this.#resolve === undefined) return
    clearTimeout(this.#timer)
    this.#resolve(encodeProduceResponse({ results: this.#fates.map(resultOf) }))
    this.#resolve = undefined
  }
}

function resultOf(fate: Fate | undefined): ProduceResult {
  const { error, commit, logStartOffset } = fate ?? unsettled
  if (commit !== undefined) return { error: null, ...commit, logStartOffset, detail: '' }
  const { code, message } = error ?? unsettled.error
  return { error: code, leaderEpoch: -1, baseOffset: -1, logStartOffset, detail: message }
}

/** Never met: an answer is made once every entry is settled. */
const unsettled = {
  error: new YakError('OUTCOME_UNKNOWN', 'The write was not settled.'),
  commit: undefined,
  logStartOffset: -1,
}
