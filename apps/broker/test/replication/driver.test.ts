import { systemPorts } from '@yak/election'
import { MemoryCoordinator, MemoryLeaseStore } from '@yak/election/testing'
import { LogDisk, systemClock } from '@yak/log'
import { MemoryStorage } from '@yak/log/testing'
import { decodeRecordBatch, encodeRecordBatch, readRecordBatchHeader, recordBatches } from '@yak/protocol'
import { afterEach, expect, test } from 'vitest'
import type { Answer } from '../../src/replication/core/outputs.ts'
import { metadataKey } from '../../src/replication/core/state.ts'
import { ReplicationDriver } from '../../src/replication/driver.ts'

/** Three real drivers over real logs in memory, with real timers: does it hold together outside of the fakes? */
class DriverCluster {
  readonly brokerIds = ['a', 'b', 'c']
  readonly coordinator = new MemoryCoordinator({ nowMs: () => performance.now() })
  readonly storages = new Map(this.brokerIds.map((id) => [id, new MemoryStorage()]))
  readonly diskIds = new Map(this.brokerIds.map((id) => [id, `${id}1`]))
  readonly drivers = new Map<string, ReplicationDriver>()
  readonly fatal: unknown[] = []
  /** What each knew of the ISR, with every record of it. */
  readonly isrs: string[] = []
  /** Of `t-0`: how it was opened after an unclean end. */
  readonly relaxedTails: string[] = []
  readonly notices: string[] = []
  readonly leaseMs: number
  readonly isRelaxed: boolean

  constructor(leaseMs: number, isRelaxed: boolean) {
    this.leaseMs = leaseMs
    this.isRelaxed = isRelaxed
  }

  async start(id: string): Promise<void> {
    const driver = await ReplicationDriver.open({
      brokerId: id,
      diskId: this.diskIds.get(id)!,
      members: { version: 1, brokerIds: this.brokerIds, minInsyncReplicas: 2 },
      newClusterId: `cluster-of-${id}`,
      limits: { leaseMs: this.leaseMs, replicaLagMaxMs: 400, fetchWaitMs: 50, prefersLeading: id === 'a' },
      clock: systemPorts,
      random: Math.random,
      network: {
        send: (to, message) => {
          setImmediate(() => {
            const peer = this.drivers.get(to)
            if (peer !== undefined) peer.receive(message)
            else if ('requestId' in message && message.type.endsWith('-request'))
              driver.unreachable(to, message.requestId!)
          })
        },
      },
      settingsOf: (key) => ({ minInsyncReplicas: 2, isRelaxed: this.isRelaxed && key === 't-0' }),
      logConfigOf: (key) => (this.isRelaxed && key === 't-0' ? { flush: 'interval', flushIntervalMs: 3_600_000 } : {}),
      coordinator: new MemoryLeaseStore({ coordinator: this.coordinator, ports: systemPorts, name: id, pollMs: 100 }),
      disk: new LogDisk({ storage: this.storages.get(id)!, clock: systemClock }),
      events: {
        onFatal: (error) => this.fatal.push(error),
        onRelaxedTail: (key, lostOffsets) => this.relaxedTails.push(`${id} ${key} ${lostOffsets}`),
        onNotice: (_level, text) => this.notices.push(text),
        onIsr: () => this.isrs.push(`${id}: ${driver.isr.toSorted()}`),
        onTopicsCommitted: () => void driver.openPartition('t-0'),
      },
    })
    this.drivers.set(id, driver)
    driver.start()
  }

  /** As a crash: it is never touched again. */
  async kill(id: string): Promise<void> {
    const driver = this.drivers.get(id)!
    this.drivers.delete(id)
    await driver.close()
  }

  /** Of what was not synced nothing is left. */
  async cutPower(): Promise<void> {
    const drivers = [...this.drivers.values()]
    this.drivers.clear()
    for (const storage of this.storages.values()) storage.cutPower(() => 0.9)
    for (const driver of drivers) await driver.close()
  }

  async leader(): Promise<string> {
    for (let attempt = 0; attempt < 500; attempt++) {
      for (const [id, driver] of this.drivers) {
        const { role, isServing } = driver.status()
        if (role === 'leader' && isServing) return id
      }
      await delay(10)
    }
    throw new Error(`no leader: ${[...this.drivers].map(([id, driver]) => `${id} ${driver.status().reasons}`)}`)
  }

  /** One batch, until it is done, as a client would. */
  async produce(key: string, ...values: string[]): Promise<Extract<Answer, { outcome: 'done' }>> {
    let last: Answer | undefined
    for (let attempt = 0; attempt < 300; attempt++) {
      const batch = encodeRecordBatch(
        values.map((value) => ({ key: null, value, timestamp: 1 })),
        {},
      )
      const driver = this.drivers.get(await this.leader())!
      const answer = await new Promise<Answer>((resolve) =>
        driver.produce(key, batch, readRecordBatchHeader(batch), resolve),
      )
      if (answer.outcome === 'done') return answer
      last = answer
      await delay(10)
    }
    throw new Error(`not done: ${JSON.stringify(last)}`)
  }

  async values(id: string, key: string): Promise<string[]> {
    const log = this.drivers.get(id)!.log(key)!
    const { bytes } = await log.read({ offset: 0, maxBytes: 1_000_000 })
    return [...recordBatches(bytes)].flatMap(({ position }) =>
      decodeRecordBatch(bytes, position).map(({ value }) => new TextDecoder().decode(value!)),
    )
  }
}

const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const running: DriverCluster[] = []

afterEach(async () => {
  for (const cluster of running.splice(0)) for (const id of [...cluster.drivers.keys()]) await cluster.kill(id)
})

async function startCluster(leaseMs = 400, isRelaxed = false): Promise<DriverCluster> {
  const cluster = new DriverCluster(leaseMs, isRelaxed)
  running.push(cluster)
  await Promise.all(cluster.brokerIds.map((id) => cluster.start(id)))
  await cluster.produce(metadataKey, 'create t')
  return cluster
}

test('commits, survives the loss of its leader, and brings the old one back to the same log', async () => {
  const cluster = await startCluster()
  for (let index = 0; index < 20; index++) await cluster.produce('t-0', `before ${index}`)
  const leader = await cluster.leader()
  await cluster.kill(leader)
  for (let index = 0; index < 20; index++) await cluster.produce('t-0', `after ${index}`)
  expect(await cluster.leader()).not.toBe(leader)

  await cluster.start(leader)
  const next = await cluster.leader()
  await expect.poll(() => cluster.drivers.get(leader)!.log('t-0')?.logEndOffset).toBe(40)
  expect(await cluster.values(leader, 't-0')).toEqual(await cluster.values(next, 't-0'))
  await expect.poll(() => cluster.isrs.findLast((isr) => isr.startsWith(next))).toBe(`${next}: a,b,c`)
  expect(cluster.isrs).toContain(`${next}: ${cluster.brokerIds.filter((id) => id !== leader)}`)
  expect(cluster.fatal).toEqual([])
})

test('a log that begins anew where the log of its leader starts takes the batch that reaches over that start', async () => {
  const cluster = await startCluster()
  const leader = await cluster.leader()
  const away = cluster.brokerIds.find((id) => id !== leader)!
  await expect.poll(() => cluster.drivers.get(away)!.log('t-0')).toBeDefined()
  await cluster.kill(away)
  await cluster.produce('t-0', 'w', 'x', 'y')
  await cluster.produce('t-0', 'z')
  await cluster.drivers.get(leader)!.log('t-0')!.raiseLogStart(1)
  cluster.drivers.get(leader)!.noteLogStart('t-0')

  await cluster.start(away)
  await expect.poll(() => cluster.drivers.get(away)!.log('t-0')?.logEndOffset).toBe(4)
  await expect.poll(() => cluster.drivers.get(away)!.log('t-0')!.logStartOffset).toBe(1)
  await expect.poll(() => cluster.isrs.findLast((isr) => isr.startsWith(leader))).toBe(`${leader}: a,b,c`)
  expect(cluster.fatal).toEqual([])
})

test('a relaxed log that loses its end in a power cut takes no broker out: what it has entered an epoch with is synced', async () => {
  const cluster = await startCluster(400, true)
  await cluster.produce('t-0', 'before the election')
  await cluster.kill(await cluster.leader())
  await cluster.produce('t-0', 'after it')
  const [one, other] = [...cluster.drivers.keys()]
  await cluster.cutPower()
  await Promise.all([cluster.start(one!), cluster.start(other!)])
  await cluster.produce('t-0', 'after the power cut')
  expect(await cluster.values(await cluster.leader(), 't-0')).toEqual(['before the election', 'after the power cut'])
  expect(cluster.notices.filter((text) => text.includes('fetched again'))).toEqual([])
})

test('after a power cut a relaxed log says what it lost as far as is known, and else that it may have lost something', async () => {
  // Long enough that no second election comes between: whoever takes part in one syncs what it holds.
  const cluster = await startCluster(2_000, true)
  for (const value of ['a', 'b', 'c']) await cluster.produce('t-0', value)
  await expect.poll(() => highWatermarkOnDisk(cluster.storages.get('b')!), { timeout: 5_000 }).toBe(3)
  await cluster.cutPower()
  for (const id of cluster.brokerIds) await cluster.start(id)
  expect(cluster.relaxedTails).toContain('b t-0 3')
  expect(cluster.notices).toContain(
    'A power cut took records that were acknowledged from t-0, whose topic is relaxed: its log ends at 0, and up to 3 was committed. ' +
      'Other brokers may still have them.',
  )
})

test('hands over, and nobody waits for the lease to lapse', async () => {
  const cluster = await startCluster(600_000)
  const leader = await cluster.leader()
  const driver = cluster.drivers.get(leader)!
  await driver.stop()
  await cluster.kill(leader)
  await cluster.produce('t-0', 'after')
  expect(cluster.fatal).toEqual([])
})

test('once a log is removed the next start knows that its topic list is committed so far, or it would miss the log', async () => {
  const cluster = await startCluster(600_000)
  await cluster.produce('t-0', 'x')
  const leader = await cluster.leader()
  await cluster.produce(metadataKey, 'delete t')
  await cluster.drivers.get(leader)!.removePartition('t-0')
  const saved = new TextDecoder().decode(cluster.storages.get(leader)!.bytesOf('high-watermarks.json'))
  expect(JSON.parse(saved).content).toEqual({ [metadataKey]: 2 })
})

test('whoever waits for a step hears of it when there is none any more', async () => {
  const cluster = await startCluster()
  const driver = cluster.drivers.get(await cluster.leader())!
  const stopped = driver.stop()
  const entered = driver.untilEntered('no-such-partition-0')
  // Its log cannot have become shorter by growing: the driver breaks.
  driver.feed({ type: 'replicated', key: metadataKey, endOffset: 0, epochs: [] })
  expect(cluster.fatal).toEqual([expect.objectContaining({ message: expect.stringMatching(/grew/) })])
  await entered
  await stopped
})

test('a broker with an empty disk under an old id catches up and votes again', async () => {
  const cluster = await startCluster()
  for (let index = 0; index < 10; index++) await cluster.produce('t-0', `${index}`)
  const other = cluster.brokerIds.find((id) => id !== 'a')!
  await cluster.kill(other)
  cluster.storages.set(other, new MemoryStorage())
  cluster.diskIds.set(other, `${other}2`)
  await cluster.start(other)
  await expect.poll(() => cluster.drivers.get(other)!.status().membership).toBe('voter')
  expect(await cluster.values(other, 't-0')).toEqual(Array.from({ length: 10 }, (_, index) => `${index}`))
  expect(cluster.fatal).toEqual([])
})

test('a lone broker leads again at once: the coordinator of its own process has forgotten everything, and nobody else leads', async () => {
  const storage = new MemoryStorage()
  // A hundred times too slow: the second that a broker leaves to others, or a lease of 5 s, would not be over before the test is.
  const clock = {
    ...systemPorts,
    monotonicMs: () => systemPorts.monotonicMs() / 100,
    schedule: (delayMs: number, callback: () => void) => systemPorts.schedule(delayMs * 100, callback),
    random: () => 0,
  }
  const ends: number[] = []
  for (let run = 1; run <= 3; run++) {
    const coordinator = new MemoryCoordinator({ nowMs: clock.monotonicMs })
    const driver: ReplicationDriver = await ReplicationDriver.open({
      brokerId: 'a',
      diskId: 'a1',
      members: { version: 1, brokerIds: ['a'], minInsyncReplicas: 1 },
      newClusterId: 'cluster-of-a',
      clock,
      random: clock.random,
      network: { send: () => expect.unreachable() },
      coordinator: new MemoryLeaseStore({ coordinator, ports: clock, name: 'a', pollMs: 100 }),
      disk: new LogDisk({ storage, clock: systemClock }),
      events: { onFatal: (error) => expect.unreachable(String(error)) },
    })
    driver.start()
    await expect.poll(() => driver.status().isServing, { interval: 1 }).toBe(true)
    const batch = encodeRecordBatch([{ key: null, value: `${run}`, timestamp: 1 }], {})
    const answer = await new Promise<Answer>((resolve) =>
      driver.produce(metadataKey, batch, readRecordBatchHeader(batch), resolve),
    )
    ends.push(answer.outcome === 'done' ? answer.endOffset : -1)
    await driver.close()
  }
  expect(ends).toEqual([1, 2, 3])
})

function highWatermarkOnDisk(storage: MemoryStorage): number {
  if (!storage.paths.includes('high-watermarks.json')) return 0
  const { content } = JSON.parse(storage.bytesOf('high-watermarks.json').toString()) as {
    readonly content: Readonly<Record<string, number>>
  }
  return content['t-0'] ?? 0
}
