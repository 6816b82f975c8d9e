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
  expect((await call(leader, '/produce', { topic: 'usual', value: 1 })).status).toBe(200)
})
