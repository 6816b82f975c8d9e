import { encodeRecordBatch } from '@yak/protocol'
import type { DeletedEnd } from '../../../apps/broker/src/replication/partition.ts'
import type { History } from '../../checker/history.ts'
import type { Coverage } from '../coverage.ts'
import type { ChooseStart } from '../log-start-keeper.ts'
import { metadataKey } from '../simulated-broker.ts'
import { recordsDeletionOf } from '../topic-list.ts'
import type { LogStartAnswer, ProduceAnswer } from './broker-port.ts'
import { type ClientProcess, produceAnswerOf } from './client-process.ts'

export interface LetGoClientOptions {
  readonly client: ClientProcess
  readonly partitions: readonly string[]
  readonly meanPauseMs: number
  /** Chance that it has records deleted instead, by a record of the topic list. */
  readonly deletes: number
  readonly history: History
  readonly coverage: Coverage
  readonly onDeleted: (partition: string, deletedEnd: DeletedEnd) => void
}

/**
 * Somebody who has logs begin later now and then, as Kafka's DeleteRecords does: everything goes that is committed, or up to any offset below, which may
 * be in the middle of a batch. It asks whoever it takes for the leader, once.
 */
export class LetGoClient {
  readonly #options: LetGoClientOptions
  #isStopped = false
  #sendCount = 0

  constructor(options: LetGoClientOptions) {
    this.#options = options
  }

  stop(): void {
    this.#isStopped = true
  }

  start(): void {
    const { client, meanPauseMs, deletes } = this.#options
    client.process.schedule(client.random.exponential(meanPauseMs), () => {
      if (this.#isStopped) return
      void (client.random.chance(deletes) ? this.#delete() : this.#ask())
      this.start()
    })
  }

  async #ask(): Promise<void> {
    const { client, partitions } = this.#options
    const partition = client.random.pick(partitions)
    const part = client.random.chance(0.4) ? 1 : client.random.unit()
    const choose: ChooseStart = (start, highWatermark) => start + Math.floor((highWatermark - start) * part)
    const brokerId = client.target()
    const end = await client.call<LogStartAnswer>(brokerId, 'let go', {
      mayRepeat: true,
      ask: (port) => port.letGo(partition, choose),
    })
    if (end.type === 'answer' && end.answer.type === 'ok') return
    client.distrust(brokerId)
    if (end.type === 'answer' && end.answer.type === 'error') client.heard(end.answer.leader)
  }

  async #delete(): Promise<void> {
    const { client, partitions, history, coverage, onDeleted } = this.#options
    const partition = client.random.pick(partitions)
    const id = ++this.#sendCount
    const common = { client: client.name, id }
    let deletedEnd: DeletedEnd | undefined
    const brokerId = client.target()
    const end = await client.call<ProduceAnswer>(brokerId, 'delete records', {
      mayRepeat: false,
      ask: (port) =>
        port.deleteRecords(partition, (given) => {
          deletedEnd = given
          const value = recordsDeletionOf(partition, id, given)
          const timeMs = client.process.monotonicMs()
          const invoke = { type: 'invoke', op: 'send', partition: metadataKey, values: [value], session: null } as const
          history.add({ ...invoke, ...common, timeMs })
          return encodeRecordBatch([{ key: null, value, timestamp: client.process.wallClockMs() }])
        }),
    })
    const fate = produceAnswerOf(end)
    if (fate.outcome !== 'done') client.distrust(brokerId)
    if (fate.outcome === 'not-written') client.heard(fate.leader)
    // Where nothing was written there is nothing to end.
    if (deletedEnd === undefined) return
    const timeMs = client.process.monotonicMs()
    if (fate.outcome === 'done') {
      const { baseOffset, epoch } = fate
      history.add({ type: 'ok', op: 'send', ...common, timeMs, baseOffset, epoch })
      coverage.count('records deleted')
      onDeleted(partition, deletedEnd)
    } else history.add({ type: fate.outcome === 'unknown' ? 'info' : 'fail', ...common, timeMs, code: fate.code })
  }
}
