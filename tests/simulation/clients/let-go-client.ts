import type { ChooseStart } from '../log-start-keeper.ts'
import type { LogStartAnswer } from './broker-port.ts'
import type { ClientProcess } from './client-process.ts'

export interface LetGoClientOptions {
  readonly client: ClientProcess
  readonly partitions: readonly string[]
  readonly meanPauseMs: number
}

/**
 * Somebody who has logs begin later now and then, as Kafka's DeleteRecords does: everything goes that is committed, or up to any offset below, which may
 * be in the middle of a batch. It asks whoever it takes for the leader, once.
 */
export class LetGoClient {
  readonly #options: LetGoClientOptions
  #isStopped = false

  constructor(options: LetGoClientOptions) {
    this.#options = options
  }

  stop(): void {
    this.#isStopped = true
  }

  start(): void {
    const { client, meanPauseMs } = this.#options
    client.process.schedule(client.random.exponential(meanPauseMs), () => {
      if (this.#isStopped) return
      void this.#ask()
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
}
