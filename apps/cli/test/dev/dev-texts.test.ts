import { expect, test } from 'vitest'
import type { BrokerHealth } from '../../src/dev/broker-health.ts'
import { addressesText, leaderText, statusText, yakName } from '../../src/dev/dev-texts.ts'

const plan = (id: string) => ({ id, port: 5000 + Number(id), url: `http://127.0.0.1:500${id}`, flags: [] })

const health = (role: string, epoch: number, leader: string | null): BrokerHealth => ({
  status: 'ok',
  role,
  epoch,
  leader: leader === null ? null : { id: leader, url: `http://127.0.0.1:500${leader}` },
  isr: ['1', '2'],
  reasons: [],
})

test.each([
  ['`pnpm dev` in a clone', { npm_lifecycle_event: 'dev' }, 'npx -y pnpm --silent yak'],
  ['`pnpm yak dev` in a clone', { npm_lifecycle_event: 'yak' }, 'npx -y pnpm --silent yak'],
  ['`yak dev`', {}, 'yak'],
])('started as %s, it names the yak that is there', (_how, environment, name) => {
  expect(yakName(environment)).toBe(name)
})

test('the newest epoch says who leads, whoever is asked first', () => {
  const views = [
    { plan: plan('1'), pid: 1, health: health('follower', 64, '3') },
    { plan: plan('2'), pid: 2, health: health('leader', 129, '2') },
    { plan: plan('3'), pid: undefined, health: undefined },
  ]
  expect(leaderText(views)).toBe('Broker 2 leads, epoch 129, in sync: 1, 2.')
  expect(leaderText([{ plan: plan('1'), pid: 1, health: health('candidate', 64, null) }])).toBe(
    'Nobody leads at the moment.',
  )
})

test('the state of every broker, those that do not run too', () => {
  const text = statusText([
    { plan: plan('1'), pid: 11, health: { ...health('leader', 64, '1'), status: 'unavailable', reasons: ['full'] } },
    { plan: plan('2'), pid: undefined, health: undefined },
    { plan: plan('3'), pid: 33, health: undefined },
  ])
  expect(text.split('\n').map((line) => line.replace(/ {2,}/g, '|'))).toEqual([
    'BROKER|PID|ROLE|EPOCH|IN SYNC|URL|HEALTH',
    '1|11|leader|64|1, 2|http://127.0.0.1:5001|unavailable: full',
    expect.stringMatching(/^2\|-\|-\|-\|-\|http:\/\/127\.0\.0\.1:5002\|not running$/),
    '3|33|-|-|-|http://127.0.0.1:5003|no answer',
    '',
  ])
})

test('the addresses hide a password of the Redis, and name other ports in the examples', () => {
  const settings = {
    brokers: 2,
    // The password has an @, as a Redis URL may.
    redis: 'redis://user:se@cret@h:6379',
    dataDir: '/d',
    port: 6001,
    minInsync: undefined,
    leaseMs: undefined,
    chaos: false,
  }
  const plans = [plan('1'), plan('2')].map((one) => ({ ...one, port: one.port + 1000 }))
  const text = addressesText(settings, plans, { yak: 'yak', leaderUrl: plans[1]!.url, hasKeys: true })
  expect(text).toContain('redis://***@h:6379')
  expect(text).not.toContain('cret')
  expect(text).toContain('broker 2    http://127.0.0.1:5002  leads')
  expect(text).toContain(
    'yak produce greetings --key ada --value \'{"text":"hello"}\' --brokers 127.0.0.1:5001,127.0.0.1:5002',
  )
  expect(text).toContain('1-2 kill a broker')
})
