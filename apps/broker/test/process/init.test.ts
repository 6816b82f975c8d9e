import { join } from 'node:path'
import { freePort } from '@yak/election/testing'
import { expect, test } from 'vitest'
import { call, valuesOf } from '../running-broker.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { BrokerProcess } from './broker-process.ts'

const second = { timeout: 20_000, interval: 50 }

/** Three brokers of a cluster that is not there yet; none of them started. */
async function threeBrokers(): Promise<(id: string, ...args: readonly string[]) => Promise<BrokerProcess>> {
  const folder = await temporaryFolder()
  const ports = new Map([
    ['1', await freePort()],
    ['2', await freePort()],
    ['3', await freePort()],
  ])
  const peers = [...ports].map(([id, port]) => `${id}=http://127.0.0.1:${port}`).join(',')
  const shared = ['--peers', peers, '--coordinator', `sqlite:${join(folder, 'lease')}`, '--lease-ms', '500']
  return async (id, ...args) =>
    await BrokerProcess.start(
      ...['--id', id, '--port', String(ports.get(id)), '--data-dir', join(folder, id)],
      ...[...shared, '--min-free-disk-bytes', '0', '--default-partitions', '1', ...args],
    )
}

async function reasonsOf(broker: BrokerProcess): Promise<readonly string[]> {
  return (await call(broker, '/health')).body.reasons
}

test('--init: two of three form a cluster, and the third joins it with an empty disk', {
  timeout: 60_000,
}, async () => {
  const start = await threeBrokers()
  const [waiting, other] = await Promise.all([start('1'), start('2')])
  const word = async () => /--init (1@\S+), which/.exec((await reasonsOf(waiting)).join('\n'))?.[1]
  await expect.poll(word, second).toBeDefined()
  const init = (await word())!
  await expect
    .poll(() => waiting.stderr, second)
    .toContain(
      `yak broker 1: A new cluster is formed once all 3 brokers answer: start 3. Only if 3 never had records: stop this broker, and no other, and start it with --init ${init}, which forms the cluster without 3.\n`,
    )
  waiting.signal('SIGTERM')
  expect(await waiting.ended()).toBe(0)

  const founder = await start('1', '--init', init)
  await expect.poll(async () => (await call(founder, '/metadata/leader')).body.isr?.length, second).toBe(2)
  const { body } = await call(founder, '/metadata/leader')
  const leader = body.leader.id === '1' ? founder : other
  expect((await call(leader, '/produce', { topic: 'a', partition: 0, value: 'x' })).status).toBe(200)

  // With a word for the disk that an earlier broker 3 had, as a unit file may have kept it.
  const third = await start('3', '--init', '3@another-disk')
  await expect.poll(async () => (await call(leader, '/metadata/leader')).body.isr?.length, second).toBe(3)
  await expect.poll(() => reasonsOf(third), second).toEqual([])
  const clusterIds = await Promise.all(
    [founder, other, third].map(async (broker) => (await call(broker, '/health')).body.clusterId),
  )
  expect(new Set(clusterIds).size).toBe(1)

  // It is there still, and does nothing.
  founder.signal('SIGTERM')
  expect(await founder.ended()).toBe(0)
  const again = await start('1', '--init', init)
  await expect.poll(async () => (await call(again, '/health')).body.status, second).toBe('ok')
  const now = (await call(again, '/health')).body
  expect(now.clusterId).toBe(clusterIds[0])
  const serving = [again, other, third][Number(now.leader.id) - 1]!
  expect(await valuesOf(serving, 'a')).toEqual(['x'])
})

test('--init of another broker is refused', async () => {
  const start = await threeBrokers()
  const broker = await start('1', '--init', '2@some-disk')
  expect(await broker.ended()).toBe(2)
  expect(broker.stderr).toBe('yak broker 1: --init is for broker 2, and this is broker 1. Nothing was done.\n')
})
