import { isRedisServerInstalled } from '@yak/election/testing'
import { describe, test } from 'vitest'
import { notRedis, redisFailsBroker, redisIsAway, redisRefuses } from './bad-input-coordinator.ts'
import { differentMembers, oneIdTwice, wrongFolders, wrongUrls } from './bad-input-peers.ts'

describe.skipIf(!isRedisServerInstalled())('a coordinator that cannot be used', () => {
  test('nothing listens there', () => redisIsAway())

  test('it fails a broker that serves', () => redisFailsBroker())

  test('it asks for a password, or for another; it is a replica; it is full', () => redisRefuses())

  test('it is a web server', () => notRedis())
})

describe('brokers that do not fit together', () => {
  test('wrong URLs of peers', () => wrongUrls())

  test('different members, and itself not among them', () => differentMembers())

  test('one id twice', () => oneIdTwice())

  test('a folder of another broker, of another cluster, and an empty one', () => wrongFolders())
})
