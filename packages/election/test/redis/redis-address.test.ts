import { describe, expect, test } from 'vitest'
import { isRedisUrl, parseRedisUrl } from '../../src/redis/redis-address.ts'
import { resolveRedisOptions } from '../../src/redis/redis-options.ts'

describe('a Redis URL', () => {
  test('names one server', () => {
    expect(parseRedisUrl('redis://localhost')).toEqual({
      usesTls: false,
      username: undefined,
      password: undefined,
      db: 0,
      endpoints: [{ host: 'localhost', port: 6379 }],
      primaryName: undefined,
      sentinelUsername: undefined,
      sentinelPassword: undefined,
      text: 'redis://localhost/0',
    })
    expect(parseRedisUrl('rediss://yak:p%40ss%3A%2F@10.0.0.1:7000/3')).toEqual({
      usesTls: true,
      username: 'yak',
      password: 'p@ss:/',
      db: 3,
      endpoints: [{ host: '10.0.0.1', port: 7000 }],
      primaryName: undefined,
      sentinelUsername: undefined,
      sentinelPassword: undefined,
      text: 'rediss://10.0.0.1:7000/3',
    })
    expect(parseRedisUrl('redis://:secret@[::1]:6380').endpoints).toEqual([{ host: '::1', port: 6380 }])
    expect(parseRedisUrl('redis://:a@b@host').password).toBe('a@b')
  })

  test('names Sentinels', () => {
    expect(parseRedisUrl('redis+sentinel://:pw@s1,s2:26380,[fe80::1]:1/mymaster/2')).toMatchObject({
      usesTls: false,
      password: 'pw',
      db: 2,
      endpoints: [
        { host: 's1', port: 26379 },
        { host: 's2', port: 26380 },
        { host: 'fe80::1', port: 1 },
      ],
      primaryName: 'mymaster',
      text: 'redis+sentinel://s1,s2:26380,[fe80::1]:1/mymaster/2',
    })
    expect(parseRedisUrl('rediss+sentinel://s1/m').usesTls).toBe(true)
    expect(parseRedisUrl('redis+sentinel://a:b@s1/m?sentinel-user=c%40&sentinel-password=p%26w%3D')).toMatchObject({
      username: 'a',
      password: 'b',
      sentinelUsername: 'c@',
      sentinelPassword: 'p&w=',
      text: 'redis+sentinel://s1/m/0',
    })
  })

  test.each([
    ['redis://', /does not have the form redis:\/\//],
    ['http://host', /does not have the form/],
    ['redis://host:0', /"host:0" is not a host with a port from 1 to 65535/],
    ['redis://host:99999', /port from 1 to 65535/],
    ['redis://host:port', /"host:port" is not a host/],
    ['redis://a,b', /several hosts; with Sentinels it begins with redis\+sentinel/],
    ['redis+sentinel://a,b', /must name the primary: redis\+sentinel:\/\/host:26379\/mymaster/],
    ['redis://host/x', /"x" is not a database number/],
    ['redis://host?sentinel-password=my-secret', /what follows the \? is for Sentinels/],
    ['redis+sentinel://host/m?sentinel-password=', /sentinel-password is not there or empty/],
    ['redis+sentinel://host/m?sentinel-user=u', /sentinel-password is not there or empty/],
    ['redis+sentinel://host/m?sentinel-password=a&my-secret', /write %26 for an &/],
    ['redis+sentinel://host/m?sentinel-password=%my-secret', /no percent-encoding/],
    ['redis+sentinel://host/m?sentinel-password=my-secret@b', /must name the primary/],
    ['redis://my-secret@host', /user without a password before the @; write redis:\/\/:PASSWORD@host/],
    ['redis://u:my-secret%zz@host', /no percent-encoding; write %25/],
  ])('%s is wrong', (url, message) => {
    expect(() => parseRedisUrl(url)).toThrow(TypeError)
    expect(() => parseRedisUrl(url)).toThrow(message)
    expect(() => parseRedisUrl(url)).not.toThrow(/my-secret/)
  })

  test('is told from other URLs by its scheme', () => {
    for (const url of ['redis://x', 'rediss://x', 'redis+sentinel://x', 'rediss+sentinel://x'])
      expect(isRedisUrl(url)).toBe(true)
    for (const url of ['sqlite:x', 'http://x', 'redisx://x', '']) expect(isRedisUrl(url)).toBe(false)
  })
})

describe('Redis options', () => {
  test('stand before what the URL says', () => {
    const { address } = resolveRedisOptions({ url: 'redis://a:b@host', username: 'c', password: 'd' })
    expect(address).toMatchObject({ username: 'c', password: 'd' })
    const sentinels = [{ host: 's1', port: 26379 }]
    const behind = resolveRedisOptions({ url: 'rediss://:pw@ignored/4', sentinels, sentinelName: 'm' })
    expect(behind.address).toMatchObject({
      endpoints: sentinels,
      primaryName: 'm',
      db: 4,
      usesTls: true,
      password: 'pw',
    })
    expect(behind.address.text).toBe('rediss+sentinel://s1:26379/m/4')
    expect(behind.tls).toEqual({})
  })

  test.each([
    [{ url: 'redis://host', tls: {} }, /it must begin with rediss/],
    [{ username: 'u' }, /without a password/],
    [{ sentinelName: 'm' }, /no Sentinels/],
    [{ sentinels: [], sentinelName: 'm' }, /at least one Sentinel/],
    [{ sentinels: [{ host: 's', port: 1 }] }, /sentinelName/],
    [{ timeoutMs: 0 }, /timeoutMs is 0; it must be a whole number from 1/],
    [{ pollMs: Number.NaN }, /pollMs is NaN/],
    [{ url: 'redis://a,b', setting: '--coordinator' }, /^--coordinator is wrong: it names several hosts/],
  ])('%j is wrong', (options, message) => {
    expect(() => resolveRedisOptions(options)).toThrow(TypeError)
    expect(() => resolveRedisOptions(options)).toThrow(message)
  })
})
