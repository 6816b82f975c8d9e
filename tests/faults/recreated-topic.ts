import { setTimeout as pause } from 'node:timers/promises'
import type { YakClient } from '@yak/client'
import { YakError } from '@yak/protocol'
import { expect } from 'vitest'
import { FaultCluster } from './harness/fault-cluster.ts'
import { until } from './harness/until.ts'

const topic = 'twice'

interface Sent {
  readonly value: string
  readonly begunAtMs: number
  endedAtMs: number
  outcome: 'acknowledged' | 'not-written' | 'unknown' | undefined
  offset: number | undefined
}

interface Read {
  readonly offset: number
  readonly value: string
}

/** Producers that send through everything, and consumers that begin anew when they are told that their topic is another. */
class Load {
  readonly sent: Sent[] = []
  /** What each consumer was given from a beginning to the next. */
  readonly reads: Read[][] = []
  acknowledged = 0
  readonly #stop = new AbortController()
  readonly #running: Promise<void>[] = []

  start(cluster: FaultCluster): this {
    for (const name of ['p1', 'p2']) this.#running.push(this.#produce(cluster.client(), name))
    for (let count = 0; count < 2; count++) this.#running.push(this.#consume(cluster.client()))
    // Told by `stop`.
    for (const running of this.#running) running.catch(() => {})
    return this
  }

  async untilAcknowledged(count: number): Promise<void> {
    const goal = this.acknowledged + count
    await until(`${count} more sends acknowledged`, () => this.acknowledged >= goal)
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#running)
  }

  async #produce(client: YakClient, name: string): Promise<void> {
    const producer = client.producer()
    const underWay: Promise<void>[] = []
    while (!this.#stop.signal.aborted) {
      const sent: Sent = {
        value: `${name}.${underWay.length}`,
        begunAtMs: performance.now(),
        endedAtMs: Number.POSITIVE_INFINITY,
        outcome: undefined,
        offset: undefined,
      }
      this.sent.push(sent)
      underWay.push(this.#settle(sent, producer.send({ topic, partition: 0, value: sent.value })))
      await pause(5)
    }
    await Promise.all(underWay)
  }

  async #settle(sent: Sent, receipt: Promise<{ readonly offset?: number | undefined }>): Promise<void> {
    try {
      sent.offset = (await receipt).offset
      sent.outcome = 'acknowledged'
      this.acknowledged++
    } catch (error) {
      if (!YakError.is(error)) throw error
      sent.outcome = error.outcome === 'unknown' ? 'unknown' : 'not-written'
    }
    sent.endedAtMs = performance.now()
  }

  async #consume(client: YakClient): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      const read: Read[] = []
      this.reads.push(read)
      try {
        const consumer = client.consumer<string>({
          topics: [topic],
          from: 'earliest',
          follow: true,
          signal,
          maxWaitMs: 200,
        })
        for await (const { offset, value } of consumer) read.push({ offset, value })
      } catch (error) {
        if (signal.aborted) return
        if (!YakError.is(error) || !['UNKNOWN_TOPIC', 'UNKNOWN_TOPIC_ID'].includes(error.code)) throw error
        await pause(5)
      }
    }
  }
}

/** The records of the topic as it is, in order. */
async function contents(cluster: FaultCluster): Promise<string[]> {
  const values: string[] = []
  const consumer = cluster.client().consumer<string>({ topics: [topic], from: 'earliest', follow: false })
  for await (const { offset, value } of consumer) {
    expect(offset).toBe(values.length)
    values.push(value)
  }
  return values
}

/**
 * B20: a topic is deleted and made again while producers and consumers go on, and while a broker is away that still has its old
 * records. None of those is ever read under the new one, from anybody, whoever leads; of the new one nothing is lost or doubled.
 */
export async function recreatedTopic(): Promise<void> {
  await using cluster = await FaultCluster.start({ flags: ['--auto-create-topics', 'false'] })
  const admin = cluster.client().admin()
  const first = await admin.createTopic({ topic, partitions: 1 })
  const load = new Load().start(cluster)
  await load.untilAcknowledged(100)
  const [away] = await cluster.followers()
  await away!.kill()
  await until('two in sync', async () => (await (await cluster.leader()).health())?.isr.length === 2)

  const deletedAtMs = performance.now()
  await admin.deleteTopic(topic)
  const second = await admin.createTopic({ topic, partitions: 1 })
  const madeAtMs = performance.now()
  expect(second.id).not.toBe(first.id)
  await load.untilAcknowledged(50)
  away!.start()
  await cluster.untilWhole()

  // Each leads in turn, until the one that was away has.
  for (let turn = 0; turn < 4; turn++) {
    const leader = await cluster.leader()
    await load.untilAcknowledged(20)
    if (turn > 0 && leader.id === away!.id) break
    await leader.terminate()
    await cluster.leader({ notId: leader.id })
    leader.start()
    await cluster.untilWhole()
  }
  await load.stop()
  const values = await contents(cluster)
  assertSends(load.sent, values, deletedAtMs, madeAtMs)
  for (const read of load.reads) assertOfOneTopic(read, values)
}

function assertSends(sent: readonly Sent[], values: readonly string[], deletedAtMs: number, madeAtMs: number): void {
  const offsets = new Map(values.map((value, offset) => [value, offset]))
  expect(offsets.size, 'values, each once').toBe(values.length)
  const wrong: string[] = []
  let oldCount = 0
  let newCount = 0
  for (const { value, begunAtMs, endedAtMs, outcome, offset } of sent) {
    const found = offsets.get(value)
    offsets.delete(value)
    const isOld = endedAtMs < deletedAtMs
    const isNew = begunAtMs > madeAtMs && outcome === 'acknowledged'
    if (isOld) oldCount++
    if (isNew) newCount++
    if (isOld && found !== undefined) wrong.push(`${value} is of the old topic, and at ${found} of the new one`)
    if (isNew && found === undefined) wrong.push(`${value} was acknowledged at ${offset}, and is lost`)
    if (outcome === 'not-written' && found !== undefined) wrong.push(`${value} was not written, and is at ${found}`)
    if (outcome === 'acknowledged' && found !== undefined && offset !== undefined && found !== offset)
      wrong.push(`${value} was acknowledged at ${offset}, and is at ${found}`)
  }
  expect(wrong).toEqual([])
  expect([...offsets.keys()], 'values that nobody sent').toEqual([])
  expect(oldCount, 'values of the old topic').toBeGreaterThan(90)
  expect(newCount, 'values of the new one').toBeGreaterThan(50)
  for (const name of ['p1', 'p2']) {
    const order = values.filter((value) => value.startsWith(`${name}.`)).map((value) => Number(value.split('.')[1]))
    expect(order, `${name} in the order of its sends`).toEqual(order.toSorted((one, other) => one - other))
  }
}

/** From its beginning on without a gap, and all of it of one topic: the new one, or not. */
function assertOfOneTopic(read: readonly Read[], values: readonly string[]): void {
  expect(read.map(({ offset }) => offset)).toEqual(read.map((_, index) => index))
  const isOfNew = read.length > 0 && values[0] === read[0]!.value
  const inNew = new Set(values)
  const strange = read.filter(({ offset, value }) => (isOfNew ? values[offset] !== value : inNew.has(value)))
  expect(strange, isOfNew ? 'read of the new topic' : 'read of the old topic').toEqual([])
}
