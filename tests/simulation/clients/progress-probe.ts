import { encodeRecordBatch } from '@yak/protocol'
import type { History } from '../../checker/history.ts'
import { metadataKey } from '../simulated-broker.ts'
import { deletionOf } from '../topic-list.ts'
import { type ClientProcess, produceAnswerOf } from './client-process.ts'

export interface ProgressProbeOptions {
  readonly client: ClientProcess
  readonly history: History
  /** Between one attempt and the next. */
  readonly everyMs: number
}

/**
 * Somebody who wants to write at any moment, and has waited for nothing before: an attempt every few milliseconds, each by itself, never
 * tried again. So what it measures is when the brokers take a write, without the patience of a client. It writes to the topic list, the one partition
 * that is always there, what has no effect: deletions of a topic that never was.
 */
export class ProgressProbe {
  readonly #options: ProgressProbeOptions
  #sendCount = 0
  #underWay = 0
  #isStopped = false
  #lastAckBegunAtMs = Number.NEGATIVE_INFINITY

  constructor(options: ProgressProbeOptions) {
    this.#options = options
  }

  /** When the latest acknowledged attempt was begun. */
  get lastAckBegunAtMs(): number {
    return this.#lastAckBegunAtMs
  }

  get isIdle(): boolean {
    return this.#isStopped && this.#underWay === 0
  }

  start(): void {
    const { client, everyMs } = this.#options
    if (this.#isStopped) return
    void this.#attempt()
    client.process.schedule(everyMs, () => this.start())
  }

  stop(): void {
    this.#isStopped = true
  }

  async #attempt(): Promise<void> {
    const { client, history } = this.#options
    const id = ++this.#sendCount
    const begunAtMs = client.process.monotonicMs()
    const value = deletionOf(`${client.name}-0`, id)
    const batch = encodeRecordBatch([{ key: null, value, timestamp: client.process.wallClockMs() }])
    const common = { client: client.name, id }
    const send = { partition: metadataKey, values: [value], session: null }
    history.add({ type: 'invoke', op: 'send', ...common, timeMs: begunAtMs, ...send })
    this.#underWay++
    // By turns, so that one who says nothing is not asked for ever.
    const brokerId = id % 2 === 0 ? client.anybody() : client.target()
    const end = await client.call(brokerId, 'probe', {
      mayRepeat: false,
      ask: (port) => port.produce(metadataKey, new Uint8Array(batch)),
    })
    this.#underWay--
    const timeMs = client.process.monotonicMs()
    const answer = produceAnswerOf(end)
    if (answer.outcome === 'done') {
      client.heard({ brokerId, epoch: answer.epoch })
      this.#lastAckBegunAtMs = Math.max(this.#lastAckBegunAtMs, begunAtMs)
      history.add({ type: 'ok', op: 'send', ...common, timeMs, baseOffset: answer.baseOffset, epoch: answer.epoch })
      return
    }
    client.distrust(brokerId)
    if (answer.outcome === 'not-written' && answer.leader?.brokerId !== brokerId) client.heard(answer.leader)
    history.add({ type: answer.outcome === 'unknown' ? 'info' : 'fail', ...common, timeMs, code: answer.code })
  }
}
