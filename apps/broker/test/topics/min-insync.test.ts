import { expect, onTestFinished, test } from 'vitest'
import { startCluster } from '../../src/index.ts'
import { call } from '../running-broker.ts'

test('a topic may ask for more replicas than the cluster, and waits for no fewer', async () => {
  const cluster = await startCluster()
  onTestFinished(() => cluster.close())
  const leader = await cluster.leader()
  const strict = { name: 'strict', partitions: 1, config: { minInsyncReplicas: 3 } }
  expect((await call(leader, '/topics', strict)).body.config.minInsyncReplicas).toBe(3)
  expect((await call(leader, '/topics', { name: 'usual', partitions: 1 })).body.config.minInsyncReplicas).toBe(2)
  for (const minInsyncReplicas of [1, 4]) {
    const refused = await call(leader, '/topics', { name: 'wrong', config: { minInsyncReplicas } })
    expect(refused.body).toMatchObject({ code: 'INVALID_CONFIG', details: { least: 2, brokers: 3 } })
  }
  expect((await call(leader, '/produce', { topic: 'strict', value: 1 })).status).toBe(200)
  const follower = cluster.brokers.find((broker) => broker !== leader)!
  await cluster.stop(follower.id)
  const refused = await call(leader, '/produce', { topic: 'strict', value: 2 })
  expect(refused.body).toMatchObject({ code: 'NOT_ENOUGH_REPLICAS', outcome: 'not-written' })
  expect(refused.body.detail).toContain(', strict-0 asks for 3. ')
  expect((await call(leader, '/produce', { topic: 'usual', value: 1 })).status).toBe(200)
})

test('a leader with too few in sync says so in /health: it leads, and takes nothing', async () => {
  const cluster = await startCluster()
  onTestFinished(() => cluster.close())
  const leader = await cluster.leader()
  expect((await call(leader, '/produce', { topic: 'a', value: 1 })).status).toBe(200)
  const [one, other] = cluster.brokers.filter((broker) => broker !== leader)
  await cluster.stop(one!.id)
  await expect.poll(async () => (await call(leader, '/health')).body.isr).toHaveLength(2)
  expect((await call(leader, '/health')).body.reasons.join()).not.toContain('must have a record')
  await cluster.stop(other!.id)
  await expect.poll(async () => (await call(leader, '/health')).body.isr).toHaveLength(1)
  const refused = await call(leader, '/produce', { topic: 'a', partition: 0, value: 1 })
  expect(refused.body.detail).toBe(
    `1 replica is in sync (${leader.id}), a-0 asks for 2. Nothing was written. Bring the other brokers back.`,
  )
  const { status, body } = await call(leader, '/health')
  expect([status, body.role]).toEqual([200, 'leader'])
  expect(body.reasons).toContainEqual(
    `1 of the 2 brokers that must have a record is in sync (${leader.id}): new records are refused. Start ${one!.id},${other!.id}, ` +
      'or see why they do not reach this one at its URL in --peers.',
  )
})
