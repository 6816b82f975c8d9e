import type { JournalEntry } from '@yak/protocol/schemas'
import { describe, expect, test } from 'vitest'
import { startCluster } from '../../src/index.ts'
import { BrokerProcess } from '../process/broker-process.ts'
import { type Answer, call, runningBroker } from '../running-broker.ts'
import { temporaryFolder } from '../temporary-folder.ts'

async function textsOf(broker: { readonly url: string }): Promise<string[]> {
  const { entries } = (await call(broker, '/v1/journal?limit=1000')).body as { readonly entries: JournalEntry[] }
  return entries.map(({ text }) => text)
}

async function callFrom(origin: string, url: string): Promise<Answer> {
  const response = await fetch(`${url}/v1/chaos`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin },
    body: JSON.stringify({ action: 'cut-coordinator', forMs: 100 }),
  })
  return { status: response.status, body: await response.json() }
}

test('without --chaos there is no such path, and the broker does not say that it may be hurt', async () => {
  const broker = await runningBroker()
  expect((await call(broker, '/v1/chaos', { action: 'kill' })).status).toBe(404)
  expect((await call(broker, '/v1/broker-state')).body).not.toHaveProperty('chaos')
  expect(Object.keys((await call(broker, '/openapi.json')).body.paths)).not.toContain('/v1/chaos')
})

describe('with --chaos', () => {
  test('a broker is cut off from its coordinator for a while, and tells of it', async () => {
    await using cluster = await startCluster({ settings: { leaseMs: 600, chaos: true } })
    const broker = await cluster.leader()
    expect((await call(broker, '/v1/broker-state')).body.chaos).toEqual(['cut-coordinator', 'slow-follower'])
    const refused = await call(broker, '/v1/chaos', { action: 'kill' })
    expect([refused.status, refused.body.detail]).toEqual([
      400,
      'kill cannot be done to this broker. Possible here: cut-coordinator, slow-follower.',
    ])
    expect((await call(broker, '/v1/chaos', { action: 'cut-coordinator', forMs: 99 })).status).toBe(400)

    const asked = await call(broker, '/v1/chaos', { action: 'cut-coordinator', forMs: 1_500 })
    expect(asked).toEqual({ status: 202, body: { action: 'cut-coordinator', forMs: 1_500 } })
    const isConnected = async () => (await call(broker, '/health')).body.coordinator.connected
    await expect.poll(isConnected, { timeout: 5_000 }).toBe(false)
    await expect.poll(isConnected, { timeout: 5_000 }).toBe(true)
    await expect
      .poll(async () => await textsOf(broker), { timeout: 5_000 })
      .toEqual(
        expect.arrayContaining([
          'Chaos: this broker is cut off from the coordinator for 1500 ms.',
          expect.stringMatching(/^The coordinator is out of reach/),
          'The coordinator is back.',
        ]),
      )
    expect((await cluster.leader()).isLeading).toBe(true)
  })

  test('a follower that copies late leaves those in sync with the next record, and is back when it is healed', async () => {
    await using cluster = await startCluster({ settings: { leaseMs: 600, chaos: true } })
    const leader = await cluster.leader()
    const follower = cluster.brokers.find(({ id }) => id !== leader.id)!
    const isr = async () => (await call(leader, '/cluster')).body.isr as string[]
    await expect.poll(isr, { timeout: 10_000 }).toHaveLength(3)
    expect((await call(leader, '/topics', { name: 'orders', partitions: 1 })).status).toBe(201)
    expect((await call(leader, '/v1/chaos', { action: 'slow-follower' })).body.detail).toBe(
      'This broker leads, so it copies from nobody. Slow one that follows.',
    )

    expect((await call(follower, '/v1/chaos', { action: 'slow-follower', forMs: 60_000 })).status).toBe(202)
    const actions = async () => (await call(follower, '/v1/broker-state')).body.chaos as string[]
    await expect.poll(actions, { timeout: 5_000 }).toContain('heal')
    expect((await call(leader, '/produce', { topic: 'orders', value: 1 })).status).toBe(200)
    await expect.poll(isr, { timeout: 10_000 }).not.toContain(follower.id)
    expect((await cluster.leader()).id).toBe(leader.id)

    expect((await call(follower, '/v1/chaos', { action: 'heal' })).status).toBe(202)
    await expect.poll(isr, { timeout: 10_000 }).toContain(follower.id)
    expect(await actions()).not.toContain('heal')
    expect((await call(follower, '/v1/chaos', { action: 'slow-follower', forMs: 100 })).status).toBe(202)
    await expect
      .poll(async () => (await textsOf(follower)).filter((text) => text.startsWith('Chaos: ')), { timeout: 5_000 })
      .toEqual([
        'Chaos: this broker copies late for 60000 ms: what it asks of the leader is held back.',
        'Chaos: what was done to this broker ends now.',
        'Chaos: this broker copies as fast as it can again.',
        'Chaos: this broker copies late for 100 ms: what it asks of the leader is held back.',
        'Chaos: this broker copies as fast as it can again.',
      ])
  })

  test('a page of nobody is refused, one of a member is not', async () => {
    await using cluster = await startCluster({ settings: { leaseMs: 600, chaos: true } })
    const [first, second] = cluster.urls as [string, string]
    expect(await callFrom('https://example.com', first)).toMatchObject({
      status: 403,
      body: { code: 'ORIGIN_NOT_ALLOWED' },
    })
    expect((await callFrom(second, first)).status).toBe(202)
    expect((await callFrom(first, first)).status).toBe(202)
  })

  test('a process is paused, goes on by itself, and is killed', async () => {
    const dataDir = await temporaryFolder()
    const flags = ['--port', '0', '--data-dir', dataDir, '--min-free-disk-bytes', '0', '--chaos', 'true']
    const broker = await BrokerProcess.start(...flags)
    expect((await call(broker, '/v1/broker-state')).body.chaos).toEqual(['pause', 'kill'])
    expect((await call(broker, '/v1/chaos', { action: 'pause', forMs: 2_000 })).status).toBe(202)
    const answersWithin = async (ms: number): Promise<boolean> =>
      await fetch(`${broker.url}/health`, { signal: AbortSignal.timeout(ms) }).then(
        ({ ok }) => ok,
        () => false,
      )
    await expect.poll(() => answersWithin(150), { timeout: 5_000 }).toBe(false)
    expect(await answersWithin(10_000)).toBe(true)
    expect(await textsOf(broker)).toContain('Chaos: this broker is paused for 2000 ms.')
    expect((await call(broker, '/v1/chaos', { action: 'kill' })).status).toBe(202)
    expect(await broker.ended()).toBe('SIGKILL')
    const again = await BrokerProcess.start(...flags.slice(0, -2))
    expect(await textsOf(again)).toContain('Chaos: this broker kills itself now.')
  })
})
