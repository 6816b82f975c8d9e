import { isRedisServerInstalled } from '@yak/election/testing'
import { describe, test } from 'vitest'
import { notRedis, redisFailsBroker, redisIsAway, redisRefuses } from './bad-input-coordinator.ts'
import { clocksApart, differentLeases, wrongFolders, wrongSettings } from './bad-input-peers.ts'

describe.skipIf(!isRedisServerInstalled())('a coordinator that cannot be used', () => {
  test('nothing listens there', () => redisIsAway())

  test('it fails a broker that serves', () => redisFailsBroker())

  test('it asks for a password, or for another; it is a replica; it is full', () => redisRefuses())

  test('it is a web server', () => notRedis())

  test('it is another one than that of the others, or another group or lease', () => differentLeases())

  test('clocks an hour apart', () => clocksApart())
})

describe('brokers that do not fit together', () => {
  test('wrong URLs of peers; different members, and itself not among them; one id twice', () => wrongSettings())

  test('a folder of another cluster, of another broker, and an empty one', () => wrongFolders())
})
