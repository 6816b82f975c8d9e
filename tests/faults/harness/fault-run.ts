import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { YakClientOptions } from '@yak/client'
import type { TopicConfig, TopicDescription } from '@yak/protocol/schemas'
import { type CheckReport, check } from '../../checker/checker.ts'
import type { BrokerProcess } from './broker-process.ts'
import { FaultCluster, type FaultClusterOptions } from './fault-cluster.ts'
import { ProducerLoad, type ProducerLoadOptions } from './producer-load.ts'
import { rawCall } from './raw-call.ts'
import { ReaderLoad } from './reader-load.ts'
import { Recorder } from './recorder.ts'
import { replicaOnDisk } from './replica-files.ts'
import { until } from './until.ts'

const topic = 'values'

export interface FaultRunOptions extends FaultClusterOptions {
  /** Of the topic. Default 3. */
  readonly partitions?: number
  readonly config?: TopicConfig
}

/**
 * One run: a cluster, one topic, clients that write a history, and at the end the checker's verdict on it.
 *
 *     start() → load, faults … → verdict()
 */
export class FaultRun {
  readonly cluster: FaultCluster
  readonly recorder = new Recorder()
  readonly topic: string = topic
  readonly topicId: string
  readonly partitions: number
  readonly #producers: ProducerLoad[] = []
  readonly #readers: ReaderLoad[] = []

  private constructor(cluster: FaultCluster, topicId: string, partitions: number) {
    this.cluster = cluster
    this.topicId = topicId
    this.partitions = partitions
  }

  static async start(options: FaultRunOptions = {}): Promise<FaultRun> {
    const { partitions = 3, config, ...clusterOptions } = options
    const cluster = await FaultCluster.start(clusterOptions)
    try {
      const { id } = await cluster
        .client()
        .admin()
        .createTopic({ topic, partitions, ...(config === undefined ? {} : { config }) })
      return new FaultRun(cluster, id, partitions)
    } catch (error) {
      await cluster.close()
      throw error
    }
  }

  producer(
    name: string,
    options: Partial<ProducerLoadOptions> & { readonly clientOptions?: Partial<YakClientOptions> } = {},
  ): ProducerLoad {
    const { recorder, topicId, partitions } = this
    const { clientOptions, ...rest } = options
    const client = this.cluster.client(clientOptions)
    const producer = new ProducerLoad({ name, client, recorder, topic, topicId, partitions, ...rest })
    this.#producers.push(producer)
    return producer
  }

  reader(name: string): ReaderLoad {
    const { recorder, topicId } = this
    const reader = new ReaderLoad({ name, client: this.cluster.client(), recorder, topic, topicId })
    this.#readers.push(reader)
    return reader
  }

  /** The usual load, `p1` and `r1`, once `count` sends were acknowledged: gives the producer. */
  async underLoad(count = 30): Promise<ProducerLoad> {
    const producer = this.producer('p1').start()
    this.reader('r1').start()
    await this.untilAcknowledged(producer, count)
    return producer
  }

  /** What one broker itself says of the topic's partitions, whoever leads. */
  async partitionsAt(broker: BrokerProcess): Promise<TopicDescription['partitions']> {
    return await until(`broker ${broker.id} tells of ${topic}`, async () => {
      const { status, body } = await rawCall(`${broker.url}/topics/${topic}`)
      return status === 200 && (body as unknown as TopicDescription).partitions
    })
  }

  /** Until `count` further sends were acknowledged to this producer. */
  async untilAcknowledged(producer: ProducerLoad, count: number, withinMs = 20_000): Promise<void> {
    const goal = producer.acknowledged + count
    await until(`${count} more sends acknowledged`, () => producer.acknowledged >= goal, {
      withinMs,
      state: () => this.cluster.describe(),
    })
  }

  /**
   * With the brokers that `start` starts nobody may lead: asserts it over several attempts and leases. Then `comeBack` brings
   * what they lack, and somebody does.
   */
  async expectNoLeader(name: string, start: () => void, comeBack: () => void): Promise<void> {
    const { cluster, recorder } = this
    await recorder.during(name, async () => {
      start()
      const fromMs = recorder.nowMs()
      let firstEpoch: number | undefined
      await until(
        'attempts to lead that were given up',
        async () => {
          const healths = (await cluster.healths()).filter((health) => health !== undefined)
          const leading = healths.find(({ role, leader }) => role === 'leader' || leader !== null)
          if (leading !== undefined) throw new Error(`Broker ${leading.brokerId} leads or follows: nobody may lead.`)
          // Every attempt takes an epoch; the last thing each broker says is why it came to nothing.
          const epoch = Math.max(-1, ...healths.map((health) => health.epoch))
          if (epoch >= 0) firstEpoch ??= epoch
          const sayWhy = healths.some(({ reasons }) => reasons.length > 0)
          return sayWhy && epoch > (firstEpoch ?? epoch) && recorder.nowMs() > fromMs + 3 * cluster.leaseMs
        },
        { state: () => cluster.describe() },
      )
      comeBack()
      await cluster.leader()
    })
  }

  /** When sends were acknowledged so far, in order. */
  acknowledgedAtMs(): number[] {
    return this.recorder.history.events
      .filter((event) => event.type === 'ok' && event.op === 'send')
      .map(({ timeMs }) => timeMs)
  }

  /** The longest time without an acknowledged send that begins at `fromMs` or later and has ended by now. */
  longestGapMs(fromMs: number): number {
    let longest = 0
    let previous = fromMs
    for (const time of this.acknowledgedAtMs()) {
      if (time < fromMs) continue
      longest = Math.max(longest, time - previous)
      previous = time
    }
    return longest
  }

  /**
   * Heals everything, lets all sends end, has one more of each partition acknowledged by all brokers, reads everything again as
   * a client, stops the brokers and reads their disks. Throws with every anomaly, and leaves the history for a look at it.
   */
  async verdict(): Promise<CheckReport> {
    await this.cluster.heal()
    await this.cluster.untilWhole()
    await Promise.all(this.#producers.map((producer) => producer.stop()))
    await this.#readToTheEnd()
    await Promise.all(this.#readers.map((reader) => reader.stop()))
    await this.#readDisks(await this.#highWatermarks())
    const fatal = this.cluster.brokers.flatMap((broker) => broker.fatal)
    if (fatal.length > 0) throw new Error(`A broker gave up:\n${fatal.join('\n')}`)
    return await this.judge()
  }

  /** The checker's word on the history as it is. */
  async judge(): Promise<CheckReport> {
    const { events } = this.recorder.history
    const report = check(events)
    if (report.anomalies.length > 0 || process.env.YAK_FAULTS_KEEP !== undefined) {
      const folder = this.cluster.isMutated ? 'nowhere: it was asked for' : await this.keep()
      if (report.anomalies.length === 0) {
        process.stdout.write(`  history and logs are in ${folder}\n`)
        return report
      }
      const shown = report.anomalies
        .slice(0, 10)
        .map(({ kind, partition, detail }) => `${kind} in ${partition}: ${detail}`)
      throw new Error(`${report.anomalies.length} anomalies; the history is in ${folder}:\n${shown.join('\n')}`)
    }
    return report
  }

  /** Leaves the history and what the brokers logged in a folder of their own. */
  async keep(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'yak-fault-run-'))
    await writeFile(join(folder, 'history.ndjson'), this.recorder.history.toLines())
    for (const broker of this.cluster.brokers) {
      await writeFile(join(folder, `broker-${broker.id}.log`), `${broker.lines.join('\n')}\n`)
    }
    return folder
  }

  /** Sends one last value to each partition: all brokers are in sync, so what is below it lies on every disk. */
  async #readToTheEnd(): Promise<void> {
    const last = this.producer('last')
    for (let partition = 0; partition < this.partitions; partition++) {
      if (!(await last.send(partition)))
        throw new Error(`The whole cluster takes nothing more:\n${this.cluster.describe()}`)
    }
    const { recorder, topicId } = this
    const client = this.cluster.client()
    const reader = new ReaderLoad({ name: 'final', client, recorder, topic, topicId, follow: false })
    await reader.start().finish()
  }

  async #highWatermarks(): Promise<number[]> {
    const { partitions } = await this.cluster.client().admin().describeTopic(topic)
    return partitions.map(({ highWatermark }) => highWatermark)
  }

  async #readDisks(highWatermarks: readonly number[]): Promise<void> {
    await Promise.all(this.cluster.brokers.map((broker) => broker.terminate()))
    for (const { id: broker, dataDir } of this.cluster.brokers) {
      for (const [index, highWatermark] of highWatermarks.entries()) {
        const partition = `${this.topicId}-${index}`
        this.recorder.history.add(await replicaOnDisk({ broker, dataDir, partition, highWatermark }))
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cluster.close()
  }
}
