import { encodeRecordBatch } from '@yak/protocol'
import type { History } from '../../checker/history.ts'
import { metadataKey } from '../simulated-broker.ts'
import { type ClientProcess, produceAnswerOf } from './client-process.ts'

export interface TopicCreatorOptions {
  readonly client: ClientProcess
  readonly history: History
  readonly partitions: readonly string[]
  readonly retryBackoffMs: number
}

/**
 * Names the partitions in the topic list, and tries again until that is committed; a partition named twice is there
 * once. Each attempt is another value, `partition#attempt`, so that the topic list is checked like any other log.
 */
export class TopicCreator {
  readonly #options: TopicCreatorOptions
  #sendCount = 0

  constructor(options: TopicCreatorOptions) {
    this.#options = options
  }

  start(): void {
    for (const partition of this.#options.partitions) void this.#create(partition)
  }

  async #create(partition: string): Promise<void> {
    const { client, retryBackoffMs } = this.#options
    while (!(await this.#attempt(partition))) await client.wait(client.random.between(0.5, 1.5) * retryBackoffMs)
  }

  async #attempt(partition: string): Promise<boolean> {
    const { client, history } = this.#options
    const id = ++this.#sendCount
    const value = `${partition}#${id}`
    const batch = encodeRecordBatch([{ key: null, value, timestamp: client.process.wallClockMs() }])
    const common = { client: client.name, id }
    const timeMs = client.process.monotonicMs()
    history.add({
      type: 'invoke',
      op: 'send',
      ...common,
      timeMs,
      partition: metadataKey,
      values: [value],
      session: null,
    })
    const brokerId = client.target()
    const end = await client.call(brokerId, 'create topic', {
      mayRepeat: false,
      ask: (port) => port.produce(metadataKey, new Uint8Array(batch)),
    })
    const answeredAtMs = client.process.monotonicMs()
    const fate = produceAnswerOf(end)
    if (fate.outcome === 'done') {
      const { baseOffset, epoch } = fate
      history.add({ type: 'ok', op: 'send', ...common, timeMs: answeredAtMs, baseOffset, epoch })
      return true
    }
    client.distrust(brokerId)
    if (fate.outcome === 'not-written') client.heard(fate.leader)
    const type = fate.outcome === 'unknown' ? 'info' : 'fail'
    history.add({ type, ...common, timeMs: answeredAtMs, code: fate.code })
    return false
  }
}

/** The partition that a record of the topic list names. */
export function partitionNamedBy(value: string): string {
  return value.slice(0, value.indexOf('#'))
}
