import { YakError } from '@yak/protocol'
import { expect, test } from 'vitest'
import type { Receipt } from '../../src/producer/producer-record.ts'
import { FakeCluster, type FakeFault } from '../../src/testing/index.ts'
import { clientOf, fakeClient } from '../support/fake-client.ts'
import { seededRandom } from '../support/random.ts'
import { reroute, spelledAs } from '../support/reroute.ts'

const STORM_MS = 20_000
const PARTITIONS = 2

/** Addresses that brokers name by mistake: of another cluster, and of one of themselves. */
const WRONG_URLS = ['http://strange-1.test', 'http://strange-2.test', 'http://alias-1.test', 'http://alias-2.test']

interface Fate {
  readonly producer: number
  readonly partition: number
  settled: Receipt | YakError | undefined
}

/**
 * Two producers and a consumer while leaders die, hang, wake, are replaced and believe that they were not, or are named with a wrong
 * address; connections break, answers are lost, requests arrive late, batches are too large; sends are aborted, and the loop is left,
 * paused and sought in. One seed decides all of it, and the clock is the test's, so a seed that fails fails
 * again.
 */
async function storm(seed: number): Promise<void> {
  const random = seededRandom(seed)
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!
  const { cluster, clock, yak } = fakeClient({ brokers: 3, partitions: PARTITIONS }, { random: seededRandom(seed) })
  const options = { random: seededRandom(seed + 1), retryBackoffMaxMs: 200 }
  const producers = [1, 2].map(() =>
    clientOf(cluster, clock, options).producer({ maxBatchBytes: 400, deliveryTimeoutMs: 8_000 }),
  )
  let isStormy = true
  const strange = strangeClusterBeside(cluster)

  cluster.onRequest = (): FakeFault | undefined => {
    if (!isStormy || random() > 0.06) return undefined
    return pick<FakeFault>([
      { kind: 'lose-request' },
      { kind: 'lose-answer' },
      { kind: 'hang' },
      { kind: 'hang-after' },
      { kind: 'delay', delayMs: random() * 900 },
      { kind: 'problem', code: 'OVERLOADED', retryAfterSeconds: 1 },
      { kind: 'problem', code: 'SHUTTING_DOWN' },
    ])
  }
  cluster.onEntry = ({ recordCount }) => {
    if (!isStormy || random() > 0.06) return undefined
    if (recordCount > 1 && random() < 0.4) return { code: 'BATCH_TOO_LARGE' }
    return { code: pick(['OUTCOME_UNKNOWN', 'REQUEST_TIMED_OUT']), isWritten: random() < 0.5 }
  }
  const disturb = (): void => {
    const broker = pick(cluster.brokers)
    const { leader, epoch } = cluster
    const chance = random()
    if (chance < 0.25) cluster.elect(broker)
    else if (chance < 0.35) cluster.elect(null)
    else if (chance < 0.5) broker.isUp ? broker.stop() : broker.start()
    else if (chance < 0.65) broker.isFrozen = !broker.isFrozen
    else if (chance < 0.7)
      broker.belief = leader === null ? undefined : { epoch, leader: { ...leader, url: pick(WRONG_URLS) } }
    else if (chance < 0.8) broker.belief = broker.belief === undefined ? { epoch, leader, endOffset: 1 } : undefined
    else for (const each of cluster.brokers) each.start()
    // Somebody leads most of the time, and hears of it.
    if (cluster.leader === null && random() < 0.6) cluster.elect(pick(cluster.brokers))
    if (cluster.leader !== null) cluster.leader.belief = undefined
  }
  const disturbing = (): void => {
    if (!isStormy) return
    disturb()
    clock.setTimer(disturbing, 50 + random() * 1_500)
  }

  const consumed: number[][] = Array.from({ length: PARTITIONS }, () => [])
  const offsets = Array.from({ length: PARTITIONS }, () => 0)
  const consumer = yak.consumer<number>({ topics: ['t'], maxFetchBytes: 2_000, maxWaitMs: 300 })
  let highest = -1
  let isOver = false
  const resuming = (): void => {
    if (isOver) return
    consumer.resume()
    clock.setTimer(resuming, 500)
  }
  const readForAWhile = async (): Promise<void> => {
    for await (const { partition, offset, value } of consumer) {
      expect(offset, `seed ${seed}: partition ${partition}`).toBe(offsets[partition]!)
      offsets[partition] = offset + 1
      consumed[partition]!.push(value)
      const marks = consumer.positions().map(({ highWatermark = -1 }) => highWatermark)
      expect(Math.max(...marks), `seed ${seed}: high watermark`).toBeGreaterThanOrEqual(highest)
      highest = Math.max(...marks)
      const chance = random()
      if (chance < 0.02) return
      if (chance < 0.04) consumer.pause([{ topic: 't', partition }])
      else if (chance < 0.06) consumer.seek({ topic: 't', partition, to: offset + 1 })
    }
  }
  const consuming = (async () => {
    while (!isOver) await readForAWhile()
  })()
  const consumingFailed = consuming.then(
    () => undefined,
    (error: unknown) => error,
  )

  cluster.createTopic('t')
  clock.setTimer(disturbing, 500)
  resuming()
  const signalAfter = (delayMs: number): AbortSignal => {
    const controller = new AbortController()
    clock.setTimer(() => controller.abort(), delayMs)
    return controller.signal
  }
  const fates: Fate[] = []
  while (clock.nowMs() < STORM_MS) {
    const producer = Math.floor(random() * producers.length)
    for (let burst = Math.floor(random() * 6); burst >= 0; burst--) {
      const fate: Fate = { producer, partition: Math.floor(random() * PARTITIONS), settled: undefined }
      const settle = (settled: Receipt | YakError): void => {
        expect(fate.settled, `seed ${seed}: settled twice`).toBeUndefined()
        fate.settled = settled
      }
      const value = fates.push(fate) - 1
      const options = random() < 0.15 ? { signal: signalAfter(random() ** 3 * 3_000) } : {}
      void producers[producer]!.send({ topic: 't', partition: fate.partition, value }, options).then(settle, settle)
    }
    await clock.sleep(random() * 60)
  }
  isStormy = false
  for (const broker of cluster.brokers) {
    broker.start()
    broker.isFrozen = false
    broker.belief = undefined
  }
  cluster.elect(pick(cluster.brokers))
  await Promise.all(producers.map((producer) => producer.flush()))
  const marker = await yak.producer().sendBatch({
    topic: 't',
    records: Array.from({ length: PARTITIONS }, (_, partition) => ({ partition, value: -1 })),
  })
  const deadlineMs = clock.nowMs() + 60_000
  while (marker.some(({ partition, offset }) => offsets[partition]! <= offset!) && clock.nowMs() < deadlineMs)
    await clock.sleep(50)
  isOver = true
  await consumer.close()
  expect(await consumingFailed, `seed ${seed}: the consumer`).toBeUndefined()
  const asked = strange.requests.filter(({ method }) => method !== 'GET')
  expect(asked, `seed ${seed}: asked of another cluster`).toEqual([])

  for (const [partition, values] of consumed.entries()) {
    const own = values.filter((value) => value >= 0)
    expect(new Set(own).size, `seed ${seed}: written twice`).toBe(own.length)
    for (const producer of producers.keys()) {
      const sent = own.filter((value) => fates[value]!.producer === producer)
      expect(sent, `seed ${seed}: order`).toEqual(sent.toSorted((a, b) => a - b))
    }
    for (const [value, { settled, partition: home }] of fates.entries()) {
      if (home !== partition) continue
      const place = values.indexOf(value)
      expect(settled, `seed ${seed}: record ${value} is not settled`).toBeDefined()
      if (!YakError.is(settled))
        expect(place, `seed ${seed}: record ${value} was acknowledged`).toBe(settled!.offset ?? place)
      else if (settled.outcome === 'not-written')
        expect(place, `seed ${seed}: record ${value}, ${settled.code}`).toBe(-1)
    }
  }
  const acknowledged = fates.filter(({ settled }) => !YakError.is(settled)).length
  expect(acknowledged / fates.length, `seed ${seed}: acknowledged`).toBeGreaterThan(0.2)
}

/** A cluster of its own behind the strange addresses, ahead by many epochs; the aliases lead to the brokers of this one. */
function strangeClusterBeside(cluster: FakeCluster): FakeCluster {
  const strange = new FakeCluster({ brokers: 2, clusterId: 'another', clock: cluster.clock })
  for (const [index, broker] of strange.brokers.entries()) Object.assign(broker, { url: WRONG_URLS[index] })
  for (let epoch = 1; epoch < 200; epoch++) strange.elect(strange.brokers[0]!)
  const { connect } = cluster.transport
  reroute(cluster, (url, options) => {
    if (strange.broker(url) !== undefined) return strange.transport.connect(url, options)
    return WRONG_URLS.includes(url) ? spelledAs(url, connect(url.replace('alias', 'fake'), options)) : undefined
  })
  return strange
}

// More of them with SEEDS=500.
for (let seed = 1; seed <= Number(process.env.SEEDS ?? 30); seed++)
  test(`seed ${seed}: each record once, in order, and told honestly`, () => storm(seed))
