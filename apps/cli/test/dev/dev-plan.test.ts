import { expect, test } from 'vitest'
import { brokerEnvironment, type DevSettings, inFlagsOfDev, planBrokers } from '../../src/dev/dev-plan.ts'

const settings: DevSettings = {
  brokers: 3,
  redis: undefined,
  dataDir: '/data',
  port: 5001,
  minInsync: undefined,
  leaseMs: undefined,
  chaos: false,
}

const flagOf = (flags: readonly string[], name: string) => flags[flags.indexOf(name) + 1]

test('three brokers know each other, share a coordinator, and the first tries first', () => {
  const plans = planBrokers(settings)
  expect(plans.map(({ id, port, url }) => [id, port, url])).toEqual([
    ['1', 5001, 'http://127.0.0.1:5001'],
    ['2', 5002, 'http://127.0.0.1:5002'],
    ['3', 5003, 'http://127.0.0.1:5003'],
  ])
  for (const { id, flags } of plans) {
    expect(flagOf(flags, '--peers')).toBe('1=http://127.0.0.1:5001,2=http://127.0.0.1:5002,3=http://127.0.0.1:5003')
    expect(flagOf(flags, '--coordinator')).toBe('sqlite:/data/coordinator.sqlite')
    expect(flagOf(flags, '--data-dir')).toBe(`/data/broker-${id}`)
    expect(flagOf(flags, '--role')).toBe(id === '1' ? 'leader' : 'follower')
    expect(flags).not.toContain('--min-insync')
    expect(flags).not.toContain('--lease-ms')
  }
})

test('a Redis takes the place of the embedded coordinator; what was asked goes to each broker', () => {
  const [first] = planBrokers({ ...settings, redis: 'redis://127.0.0.1:6379', minInsync: 3, leaseMs: 1_000 })
  expect(flagOf(first!.flags, '--coordinator')).toBe('redis://127.0.0.1:6379')
  expect(flagOf(first!.flags, '--group')).toMatch(/^yak-dev-[0-9a-f]{12}$/)
  const [elsewhere] = planBrokers({ ...settings, redis: 'redis://127.0.0.1:6379', dataDir: '/other' })
  expect(flagOf(elsewhere!.flags, '--group')).not.toBe(flagOf(first!.flags, '--group'))
  expect(flagOf(first!.flags, '--min-insync')).toBe('3')
  expect(flagOf(first!.flags, '--lease-ms')).toBe('1000')
})

test('chaos is for every broker, or for none', () => {
  expect(planBrokers(settings).every(({ flags }) => !flags.includes('--chaos'))).toBe(true)
  expect(planBrokers({ ...settings, chaos: true }).map(({ flags }) => flagOf(flags, '--chaos'))).toEqual([
    'true',
    'true',
    'true',
  ])
})

test('a broker alone has neither peers nor coordinator', () => {
  const [only] = planBrokers({ ...settings, brokers: 1, leaseMs: 1_000 })
  expect(only!.flags).toEqual(['--id', '1', '--port', '5001', '--data-dir', '/data/broker-1'])
})

test('what cannot be true together is refused before anything starts', () => {
  expect(() => planBrokers({ ...settings, port: 65_534 })).toThrow('--port 65534 leaves no room for 3 brokers')
  expect(() => planBrokers({ ...settings, minInsync: 4 })).toThrow('--min-insync is 4, more than the 3 brokers')
  expect(() => planBrokers({ ...settings, redis: 'localhost:6379' })).toThrow(
    '--redis is "localhost:6379". Give redis://HOST:PORT, rediss://… or redis+sentinel://….',
  )
  expect(() => planBrokers({ ...settings, redis: 'redis://h', brokers: 1 })).toThrow(
    '--redis decides which of several brokers leads, and --brokers is 1.',
  )
})

test('what a broker says of its coordinator names the flag that was given here', () => {
  const text = 'Nothing listens there: start it, or correct --coordinator.'
  expect(inFlagsOfDev(text, { redis: 'redis://h' })).toBe('Nothing listens there: start it, or correct --redis.')
  expect(inFlagsOfDev(text, { redis: undefined })).toBe('Nothing listens there: start it, or correct --data-dir.')
})

test('the environment of a broker keeps what yak dev does not decide', () => {
  const environment = { PATH: '/bin', YAK_LOG_LEVEL: 'debug', YAK_PORT: '1', YAK_DATA_DIR: 'x', YAK_PEERS: 'y' }
  expect(brokerEnvironment(environment)).toEqual({ PATH: '/bin', YAK_LOG_LEVEL: 'debug' })
})
