import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isRedisServerInstalled } from '@yak/election/testing'
import type { JournalEntry } from '@yak/protocol/schemas'
import { expect, test } from 'vitest'
import type { BrokerProcess } from './harness/broker-process.ts'
import { FaultRun } from './harness/fault-run.ts'
import { rawCall } from './harness/raw-call.ts'
import { until } from './harness/until.ts'

async function journalOf(broker: BrokerProcess): Promise<readonly JournalEntry[]> {
  return ((await rawCall(`${broker.url}/v1/journal?limit=1000`)).body.entries ?? []) as readonly JournalEntry[]
}

/** What lies on the disk of a broker that has ended. */
async function journalOnDisk({ dataDir }: BrokerProcess): Promise<readonly JournalEntry[]> {
  const folder = join(dataDir, 'journal')
  const names = (await readdir(folder)).filter((name) => name.endsWith('.ndjson')).sort()
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  return texts.flatMap((text) =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line)),
  )
}

test('a leader that is paused: its heartbeats are missed, its lease runs out, and the writes at its door are refused and counted', async () => {
  await using run = await FaultRun.start()
  const { cluster, recorder } = run
  const old = await cluster.leader()
  const { epoch } = (await old.health())!
  const others = cluster.brokers.filter(({ id }) => id !== old.id)
  const body = { topic: run.topic, partition: 0, value: 'late' }
  const late = await recorder.during('the leader is paused', async () => {
    old.pause()
    const late = Array.from({ length: 40 }, () => rawCall(`${old.url}/produce`, { body, timeoutMs: 20_000 }))
    await cluster.leader({ notId: old.id })
    old.resume()
    return await Promise.all(late)
  })
  const refused = late.filter(({ status }) => status !== 200)
  expect(refused.length, 'writes refused').toBe(40)

  const heard = await Promise.all(others.map(journalOf))
  const missed = heard.flat().filter(({ type, data }) => type === 'heartbeat-missed' && data.peerId === old.id)
  expect(missed.length, 'each of the others says it once at most').toBeLessThanOrEqual(2)
  expect(missed[0], 'a heartbeat of the old leader is missed').toMatchObject({ level: 'warn', data: { epoch } })
  // Asked anew after a fetch's wait and a quarter of a lease; the lease is the longest that it takes to go on elsewhere.
  expect(missed[0]!.data.silentMs).toBeGreaterThan(cluster.leaseMs / 2)
  const expired = heard.flat().filter(({ type }) => type === 'lease-expired')
  // By the successor, or by the third, which had it first and found no quorum in time.
  const takenBy = expect.toBeOneOf(others.map(({ id }) => id))
  expect(expired.map(({ data }) => data).filter(({ holderId }) => holderId === old.id)).toEqual([
    { holderId: old.id, epoch, takenBy },
  ])

  await until('the old leader follows', async () => (await old.health())?.role === 'follower')
  const own = await journalOf(old)
  expect(
    own.filter(({ type }) => type === 'heartbeat-missed'),
    'it was silent itself, not the others',
  ).toEqual([])
  const atOnce = own.filter(({ type }) => type === 'write-fenced')
  expect(
    atOnce.map(({ data }) => data.writes),
    'a storm is one entry at first',
  ).toEqual([1])
  await old.terminate()
  const told = (await journalOnDisk(old)).filter(({ type }) => type === 'write-fenced')
  expect(
    told.map(({ data }) => [data.epoch, data.writes]),
    'and one more with the count',
  ).toEqual([
    [epoch, 1],
    [epoch, 39],
  ])
})

test.skipIf(!isRedisServerInstalled())('a leader that cannot renew its lease says so, once', async () => {
  await using run = await FaultRun.start({ isLinked: true })
  const { cluster, recorder } = run
  const leader = await cluster.leader()
  const { epoch } = (await leader.health())!
  const ofLeader = async () =>
    (await journalOf(leader)).filter(({ type, data }) => type === 'lease-expired' && data.takenBy === null)
  await recorder.during('Redis is away', async () => {
    for (const { id } of cluster.brokers) cluster.links.between(id, 'redis').hold()
    const entries = await until('the lease has run out', async () => {
      const found = await ofLeader()
      return found.length > 0 && found
    })
    expect(entries[0]).toMatchObject({ level: 'warn', data: { holderId: leader.id, epoch, takenBy: null } })
  })
  cluster.links.heal()
  await cluster.untilWhole()
  expect(await ofLeader()).toHaveLength(1)
})
