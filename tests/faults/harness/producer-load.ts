import { setTimeout as pause } from 'node:timers/promises'
import type { Producer, YakClient } from '@yak/client'
import { YakError } from '@yak/protocol'
import type { Recorder } from './recorder.ts'

export interface ProducerLoadOptions {
  readonly name: string
  readonly client: YakClient
  readonly recorder: Recorder
  readonly topic: string
  readonly topicId: string
  readonly partitions: number
  /** Between two sends. Default 5. */
  readonly everyMs?: number
  /** Default 30,000. */
  readonly deliveryTimeoutMs?: number
}

/** A program that sends unique values, one after another into each partition by turns, and writes down what it was told. */
export class ProducerLoad {
  readonly #options: ProducerLoadOptions
  readonly #producer: Producer
  readonly #underWay = new Set<Promise<void>>()
  readonly #sessions: number[]
  #count = 0
  #acknowledged = 0
  #isStopped = false
  #running: Promise<void> = Promise.resolve()

  constructor(options: ProducerLoadOptions) {
    this.#options = options
    this.#producer = options.client.producer({ deliveryTimeoutMs: options.deliveryTimeoutMs ?? 30_000 })
    this.#sessions = Array.from({ length: options.partitions }, () => 0)
  }

  get acknowledged(): number {
    return this.#acknowledged
  }

  start(): this {
    this.#running = this.#run()
    return this
  }

  /** Sends nothing more; resolves when everything sent is settled. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#running
    await Promise.all(this.#underWay)
  }

  /** One value; resolves when its fate is known and written down. Rejects never. */
  async send(partition: number = this.#count % this.#options.partitions): Promise<boolean> {
    const { name: client, recorder, topic, topicId } = this.#options
    const id = ++this.#count
    const value = `${client}.${id}`
    recorder.history.add({
      type: 'invoke',
      op: 'send',
      client,
      id,
      timeMs: recorder.nowMs(),
      partition: `${topicId}-${partition}`,
      values: [value],
      // Behind a record that was given up the producer goes on under other sequences.
      session: `${client}/${partition}/${this.#sessions[partition]}`,
    })
    try {
      const { offset, epoch } = await this.#producer.send({ topic, partition, value })
      const timeMs = recorder.nowMs()
      recorder.history.add({ type: 'ok', op: 'send', client, id, timeMs, baseOffset: offset ?? null, epoch })
      this.#acknowledged++
      return true
    } catch (error) {
      if (!YakError.is(error)) throw error
      this.#sessions[partition]!++
      const type = error.outcome === 'unknown' ? 'info' : 'fail'
      recorder.history.add({ type, client, id, timeMs: recorder.nowMs(), code: error.code })
      return false
    }
  }

  async #run(): Promise<void> {
    const { everyMs = 5 } = this.#options
    while (!this.#isStopped) {
      const sending = this.send().then(() => void this.#underWay.delete(sending))
      this.#underWay.add(sending)
      await pause(everyMs)
    }
  }
}
