import { encodeRecordBatch } from '@yak/protocol'
import type { History } from '../../checker/history.ts'
import type { Coverage } from '../coverage.ts'
import { metadataKey } from '../simulated-broker.ts'
import { creationOf, deletionOf, keyOfGeneration } from '../topic-list.ts'
import { type ClientProcess, produceAnswerOf } from './client-process.ts'

export interface TopicAdminOptions {
  readonly client: ClientProcess
  readonly history: History
  readonly coverage: Coverage
  /** The partitions there are to be; another one takes the place of one that was deleted, once it is there. */
  readonly partitions: string[]
  readonly retryBackoffMs: number
  /** Another one has taken the place of one that was deleted. */
  readonly onCreatedAgain: (partition: string) => void
}

/** Names the partitions in the topic list, and takes them out of it; tries each again until it is committed, and one named twice is there once. */
export class TopicAdmin {
  /** Whose deletion is acknowledged. */
  readonly deleted = new Set<string>()
  readonly #options: TopicAdminOptions
  readonly #busy = new Set<number>()
  readonly #generations: number[]
  #sendCount = 0

  constructor(options: TopicAdminOptions) {
    this.#options = options
    this.#generations = options.partitions.map(() => 1)
  }

  get isIdle(): boolean {
    return this.#busy.size === 0
  }

  start(): void {
    for (const [index, partition] of this.#options.partitions.entries()) {
      this.#busy.add(index)
      void this.#insist((attempt) => creationOf(partition, attempt)).then(() => this.#busy.delete(index))
    }
  }

  /** Deletes a partition and makes it again. False: it is on its way there already. */
  recreate(index: number): boolean {
    if (this.#busy.has(index)) return false
    this.#busy.add(index)
    void this.#recreate(index)
    return true
  }

  async #recreate(index: number): Promise<void> {
    const { partitions, coverage, onCreatedAgain } = this.#options
    const old = partitions[index]!
    await this.#insist((attempt) => deletionOf(old, attempt))
    this.deleted.add(old)
    coverage.count('topic deleted')
    const next = keyOfGeneration(index, ++this.#generations[index]!)
    await this.#insist((attempt) => creationOf(next, attempt))
    coverage.count('topic created again')
    partitions[index] = next
    this.#busy.delete(index)
    onCreatedAgain(next)
  }

  async #insist(recordOf: (attempt: number) => string): Promise<void> {
    const { client, retryBackoffMs } = this.#options
    while (!(await this.#attempt(recordOf))) await client.wait(client.random.between(0.5, 1.5) * retryBackoffMs)
  }

  async #attempt(recordOf: (attempt: number) => string): Promise<boolean> {
    const { client, history } = this.#options
    const id = ++this.#sendCount
    const value = recordOf(id)
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
    const end = await client.call(brokerId, 'change topics', {
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
