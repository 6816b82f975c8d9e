import { brokerConfigResponseSchema } from '@yak/protocol/schemas'
import { expect, test } from 'vitest'
import { configOptions, readCommandLine, resolveConfig } from '../../src/config.ts'
import { toldSettings } from '../../src/config-told.ts'
import { startCluster } from '../../src/index.ts'
import { call, runningBroker } from '../running-broker.ts'

const configOf = async (broker: { readonly url: string }, query = '') =>
  brokerConfigResponseSchema.parse((await call(broker, `/v1/broker-config${query}`)).body)

test('a broker tells every setting, whether it is the default, and where it was given', async () => {
  const broker = await runningBroker({ id: 'b', leaseMs: 5_000, maxConnections: 77 })
  const { brokerId, brokers, missing } = await configOf(broker)
  expect({ brokerId, missing }).toEqual({ brokerId: 'b', missing: [] })
  const [config] = brokers
  expect(config).toMatchObject({ brokerId: 'b', nodeVersion: process.versions.node })
  expect(config!.settings.map(({ flag }) => flag)).toEqual(configOptions().map(({ flag }) => flag))
  const setting = (name: string) => config!.settings.find((each) => each.name === name)
  expect(setting('maxConnections')).toEqual({
    name: 'maxConnections',
    flag: '--max-connections',
    variable: 'YAK_MAX_CONNECTIONS',
    description: 'connections open at once',
    unit: '',
    value: 77,
    default: 10_000,
    isDefault: false,
    source: 'code',
  })
  expect(setting('leaseMs')).toMatchObject({ isDefault: true, source: 'code' })
  expect(setting('flush')).toMatchObject({ value: 'always', isDefault: true, source: 'default' })
})

test('a setting of the command line is told with where it stood', () => {
  const environment = { YAK_ID: 'b', YAK_PORT: '7000', YAK_HOST: '' }
  const { config, sources } = readCommandLine(['--port', '7001'], environment)
  const told = new Map(toldSettings(config, sources).map(({ name, source }) => [name, source]))
  expect([told.get('port'), told.get('id'), told.get('host')]).toEqual(['flag', 'environment', 'default'])
})

test('no secret of a URL is told', () => {
  const config = resolveConfig({
    id: '1',
    advertise: 'http://u:SECRET@a:1',
    peers: '1=http://u:SECRET@a:1,2=http://SECRET@b:1',
    coordinator: 'redis+sentinel://u:SEC%40RET@SECRET@s1,s2/primary?sentinel-user=SECRET&sentinel-password=SECRET',
  })
  const told = toldSettings(config, new Map())
  expect(JSON.stringify(told)).not.toMatch(/SEC/)
  const value = (name: string) => told.find((each) => each.name === name)?.value
  expect(value('peers')).toBe('1=http://u:***@a:1,2=http://***@b:1')
  expect(value('coordinator')).toBe('redis+sentinel://u:***@s1,s2/primary?sentinel-user=***&sentinel-password=***')
})

test('any broker is asked for what all of them run with; one that does not answer is named', async () => {
  await using cluster = await startCluster({ settings: { leaseMs: 1_000, minFreeDiskBytes: 0 } })
  const leader = await cluster.leader()
  const gone = cluster.brokers.find(({ id }) => id !== leader.id)!
  const other = cluster.brokers.find(({ id }) => id !== leader.id && id !== gone.id)!
  expect((await configOf(leader, `?broker=${other.id}`)).brokers.map(({ brokerId }) => brokerId)).toEqual([other.id])
  await cluster.stop(gone.id)
  const { brokers, missing } = await configOf(leader, '?broker=all')
  expect(brokers.map(({ brokerId }) => brokerId)).toEqual([leader.id, other.id].sort())
  expect(missing).toEqual([{ brokerId: gone.id, detail: expect.stringContaining(gone.url) }])
  expect((await call(leader, '/v1/broker-config?broker=9')).body.code).toBe('INVALID_REQUEST')
})
