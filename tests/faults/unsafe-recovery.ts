import { rm } from 'node:fs/promises'
import { expect } from 'vitest'
import { BrokerProcess } from './harness/broker-process.ts'
import { FaultCluster } from './harness/fault-cluster.ts'
import { FaultRun } from './harness/fault-run.ts'
import { rawCall } from './harness/raw-call.ts'
import { until } from './harness/until.ts'
import { topicsOn } from './topics.ts'

/**
 * Two of three disks are lost for good, one that was in sync is there: it says what an operator may give, does not lead before,
 * leads with it, and the others are filled from it. What it had is there; the word is worth nothing a second time.
 */
export async function unsafeRecovery(): Promise<void> {
  await using run = await FaultRun.start()
  const { cluster, recorder } = run
  const producer = run.producer('p1').start()
  await run.untilAcknowledged(producer, 30)
  await producer.stop()
  await cluster.untilWhole()
  const leader = await cluster.leader()
  const [survivor, lost] = cluster.others(leader.id) as [BrokerProcess, BrokerProcess]
  await recorder.during('two disks are lost', async () => {
    for (const broker of [leader, lost]) {
      await broker.kill()
      await rm(broker.dataDir, { recursive: true })
    }
    const recovered = await startUnsafely(survivor, cluster)
    try {
      expect(recovered.lines.filter((line) => line.includes('"level":50')).join('\n')).toContain('is given up')
      for (const broker of [leader, lost]) broker.start()
      await until('the others are in sync', async () => (await recovered.health())?.isr.length === 3, {
        state: () => `${recovered.tail()}\n${cluster.describe()}`,
      })
      await recovered.terminate()
      recovered.start()
      expect(await recovered.ended(), recovered.tail()).not.toBe(0)
    } finally {
      await recovered.kill()
    }
    survivor.start()
    await cluster.untilWhole()
  })
  await run.verdict()
}

/**
 * The part of the topic list that is cut off created a topic, deleted another and gave producer ids away; what comes in its place does the same. A
 * broker that had all that, and had it in effect, has the topics of the others at once, and no producer id is given a second time.
 */
export async function cutTopicList(): Promise<void> {
  await using cluster = await FaultCluster.start({ minInsync: 2 })
  const leader = await cluster.leader()
  const [behind, lost] = cluster.others(leader.id) as [BrokerProcess, BrokerProcess]
  const create = async (at: BrokerProcess, topic: string) =>
    expect((await rawCall(`${at.url}/topics`, { body: { name: topic, partitions: 1 } })).status).toBe(201)
  const takeProducerId = async (at: BrokerProcess) => {
    const { status, body } = await rawCall(`${at.url}/v1/producer-ids`, { method: 'POST' })
    expect(status).toBe(200)
    return body.producerId as number
  }
  const namesOn = async (broker: BrokerProcess) => (await topicsOn(broker)).map(({ name }) => name)

  await create(leader, 'kept')
  await cluster.untilWhole()
  await behind.kill()
  await create(leader, 'given-up')
  expect((await rawCall(`${leader.url}/topics/kept`, { method: 'DELETE' })).status).toBe(200)
  await create(leader, 'given-up-too')
  const idGivenUp = await takeProducerId(leader)
  for (const broker of [leader, lost]) await broker.kill()
  behind.start()
  const recovered = await startUnsafely(behind, cluster)
  try {
    for (const broker of [leader, lost]) broker.start()
    await until('all in sync', async () => (await recovered.health())?.isr.length === 3, {
      state: () => cluster.describe(),
    })
    const idAfter = await takeProducerId(recovered)
    await create(recovered, 'made-after')
    for (const broker of [leader, lost]) {
      await until(
        'the topics of the leader, and no others',
        async () => (await namesOn(broker)).join() === 'kept,made-after',
        { state: () => broker.tail() },
      )
    }
    await recovered.terminate()
    const next = await cluster.leader({ notId: behind.id })
    for (const topic of ['kept', 'made-after']) {
      expect((await rawCall(`${next.url}/produce`, { body: { topic, value: 1 } })).status, topic).toBe(200)
    }
    const ids = [idGivenUp, idAfter, await takeProducerId(next)]
    expect(new Set(ids).size, `producer ids given: ${ids}`).toBe(3)
  } finally {
    await recovered.kill()
  }
}

/** In the place of a broker that says that it cannot lead, and with the word that it asks for: resolves when it leads. */
async function startUnsafely(broker: BrokerProcess, cluster: FaultCluster): Promise<BrokerProcess> {
  const word = await until(
    'it says what an operator may give',
    async () => {
      const health = await broker.health()
      expect(health?.role, 'alone it does not lead').not.toBe('leader')
      return health?.reasons.map((reason) => /--unsafe-recover (\S+@\d+)/.exec(reason)?.[1]).find(Boolean)
    },
    { state: () => cluster.describe() },
  )
  await broker.terminate()
  const { flags } = broker.options
  const recovered = new BrokerProcess({ ...broker.options, flags: [...flags, '--unsafe-recover', word] })
  recovered.start()
  await until('it leads', async () => (await recovered.health())?.role === 'leader', { state: () => recovered.tail() })
  return recovered
}
