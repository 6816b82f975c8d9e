import { freePort } from '@yak/election/testing'
import { brokerLogResponseSchema } from '@yak/protocol/schemas'
import { expect, test } from 'vitest'
import { brokerLogger } from '../../src/broker-logger.ts'
import { startCluster } from '../../src/index.ts'
import { LogLines } from '../../src/log-lines.ts'
import { call, runningBroker } from '../running-broker.ts'

const logOf = async (broker: { readonly url: string }, query = '') =>
  brokerLogResponseSchema.parse((await call(broker, `/v1/broker-log${query}`)).body)
const messages = (lines: readonly string[]) => lines.map((line) => (JSON.parse(line) as { msg: string }).msg)

test('any broker is asked for the last lines of all of them; one that does not answer is named', async () => {
  await using cluster = await startCluster({ settings: { leaseMs: 1_000, minFreeDiskBytes: 0 } })
  const leader = await cluster.leader()
  const gone = cluster.brokers.find(({ id }) => id !== leader.id)!
  const other = cluster.brokers.find(({ id }) => id !== leader.id && id !== gone.id)!
  const [log] = (await logOf(leader, `?broker=${other.id}`)).brokers
  expect(log!.brokerId).toBe(other.id)
  expect(messages(log!.lines)).toContain('taking part')
  expect(log!.total).toBe(log!.lines.length)
  await cluster.stop(gone.id)
  const { brokers, missing } = await logOf(leader, '?broker=all&limit=1')
  expect(brokers.map(({ brokerId, lines }) => [brokerId, lines.length])).toEqual(
    [leader.id, other.id].sort().map((id) => [id, 1]),
  )
  expect(missing).toEqual([{ brokerId: gone.id, detail: expect.stringContaining(gone.url) }])
  expect((await call(leader, '/v1/broker-log?broker=9')).body.code).toBe('INVALID_REQUEST')
  expect((await call(leader, '/v1/broker-log?limit=1001')).body.code).toBe('INVALID_REQUEST')
})

test('no key, value or header of a message is told, whatever becomes of it and whatever is logged', async () => {
  const logLines = new LogLines()
  const written: string[] = []
  const output = { write: (line: string) => void written.push(line) }
  const logger = brokerLogger({ id: '1', logLevel: 'trace' }, logLines, { output })
  const settings = {
    logLevel: 'trace',
    maxRecordBytes: 1_024,
    maxBatchBytes: 2_048,
    maxRequestBytes: 1_048_576,
  } as const
  const broker = await runningBroker(settings, { logger, logLines })
  const key = 'SECRET-key'
  const value = { text: 'SECRET-value' }
  const headers = { a: 'SECRET-header' }
  const statuses: number[] = []
  const send = async (path: string, body: string | Buffer, type = 'application/json') => {
    const response = await fetch(`${broker.url}${path}`, {
      method: 'POST',
      body: new Uint8Array(Buffer.from(body)),
      headers: { 'content-type': type },
    })
    statuses.push(response.status)
  }
  await send('/produce', JSON.stringify({ topic: 'orders', key, value, headers }))
  await send('/produce', JSON.stringify({ topic: 'orders', key, value: 'SECRET'.repeat(1_000) }))
  await send('/produce', JSON.stringify({ topic: 'orders', key, value, headers: { a: { b: 'SECRET' } } }))
  await send('/produce', '{"topic":"orders","key":"SECRET-key","value":SECRET}')
  await send('/produce', JSON.stringify({ topic: 'orders', partition: 99, key, value }))
  await send('/api/send', JSON.stringify({ topic: 'orders', key, value }))
  await send('/api/send_batch', JSON.stringify({ topic: 'orders', keyField: 'SECRET', rows: [{ a: 'SECRET' }] }))
  await send('/v1/produce', Buffer.from('\u0001SECRET-frame'), 'application/vnd.yak.v1')
  await send('/produce', 'SECRET'.repeat(400_000))
  expect(new Set(statuses.map((status) => Math.floor(status / 100)))).toEqual(new Set([2, 4]))
  await call(broker, '/consume?topic=orders&partition=0&offset=0')
  const told = JSON.stringify(await logOf(broker, '?limit=1000'))
  expect(told).toContain('serving')
  expect(told).not.toContain('"request\\"')
  expect(told).not.toContain('SECRET')
  expect(written.length, 'at this level a line for each request').toBeGreaterThan(logLines.total)
  expect(written.join('')).not.toContain('SECRET')
})

test('no password of the coordinator is told, in the log or among the settings', async () => {
  const coordinator = `redis://u:SECRET@127.0.0.1:${await freePort()}/0`
  const broker = await runningBroker({ coordinator })
  await expect.poll(async () => JSON.stringify(await logOf(broker))).toContain('cannot be reached')
  const { body } = await call(broker, '/v1/broker-config')
  const told = JSON.stringify([await logOf(broker, '?limit=1000'), body])
  expect(told).toContain('redis://u:***@127.0.0.1')
  expect(told).not.toContain('SECRET')
})
