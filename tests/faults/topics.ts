import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TopicDescription } from '@yak/protocol/schemas'
import { expect } from 'vitest'
import { BrokerProcess } from './harness/broker-process.ts'
import { FaultCluster } from './harness/fault-cluster.ts'
import { FaultRun } from './harness/fault-run.ts'
import { rawCall } from './harness/raw-call.ts'
import { until } from './harness/until.ts'

export async function topicsOn(broker: BrokerProcess): Promise<readonly TopicDescription[]> {
  const { body } = await rawCall(`${broker.url}/topics`)
  return (body.topics ?? []) as readonly TopicDescription[]
}

/** B19: fifty programs send the first record of one topic at once, and the leader dies among them. */
export async function fiftyCreators(): Promise<void> {
  await using cluster = await FaultCluster.start()
  const count = 50
  const leader = await cluster.leader()
  const sends = Array.from({ length: count }, (_, index) =>
    cluster
      .client()
      .producer()
      .send({ topic: 'born', key: `k${index}`, value: index }),
  )
  await sends[0]
  await leader.kill()
  leader.start()
  const receipts = await Promise.all(sends)
  expect(new Set(receipts.map(({ partition, offset }) => `${partition}@${offset}`)).size).toBe(count)

  await cluster.untilWhole()
  const lists = await until('the topic on every broker', async () => {
    const found = await Promise.all(cluster.brokers.map(topicsOn))
    return found.every((topics) => topics.length > 0) && found
  })
  const ids = new Set(lists.flat().map(({ name, id }) => `${name} ${id}`))
  expect(ids.size, `topics: ${[...ids].join(', ')}`).toBe(1)

  const values: unknown[] = []
  const consumer = cluster.client().consumer({ topics: ['born'], from: 'earliest', follow: false })
  for await (const { value } of consumer) values.push(value)
  expect(values.toSorted((left, right) => Number(left) - Number(right))).toEqual(
    Array.from({ length: count }, (_, index) => index),
  )
}

/** B22: a second process under the id of a broker that runs, with a folder of its own: it is refused, and disturbs nobody. */
export async function secondProcess(mutation?: string): Promise<void> {
  await using run = await FaultRun.start({ mutation })
  const { cluster, recorder } = run
  const producer = await run.underLoad()
  const [follower] = await cluster.followers()
  const folder = await mkdtemp(join(tmpdir(), 'yak-second-'))
  const impostor = new BrokerProcess({
    ...cluster.optionsOf(follower!.id),
    port: await cluster.freePort(),
    dataDir: folder,
  })
  try {
    const fromMs = recorder.nowMs()
    await recorder.during('a second process under one id', async () => {
      impostor.start()
      const health = await until('the second process says what is wrong', async () => {
        const found = await impostor.health()
        return (
          found !== undefined && found.reasons.length > 0 && recorder.nowMs() > fromMs + 3 * cluster.leaseMs && found
        )
      })
      expect(health.status).toBe('unavailable')
      expect(health.role).not.toBe('leader')
      await run.untilAcknowledged(producer, 30)
      expect((await cluster.untilWhole()).isr.length).toBe(3)
    })

    // The same folder as well: the one that holds it keeps it.
    const twin = new BrokerProcess({ ...cluster.optionsOf(follower!.id), port: await cluster.freePort() })
    twin.start()
    expect(await twin.ended()).toBe(1)
    expect(twin.tail()).toMatch(/in use|lock|another broker/i)
  } finally {
    await impostor.kill()
    await rm(folder, { recursive: true, force: true })
  }
  await run.verdict()
}
