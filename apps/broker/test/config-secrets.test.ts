import { expect, test } from 'vitest'
import { configOptions } from '../src/config.ts'
import { withoutSecrets } from '../src/config-secrets.ts'

test.each([
  ['redis://user:secret@host:6379/0', 'redis://user:***@host:6379/0'],
  ['rediss://:secret@host', 'rediss://:***@host'],
  ['redis://secret@host', 'redis://***@host'],
  ['redis://secret:@host', 'redis://***@host'],
  ['redis://user%40a:se%40cr%3Aet@host/1', 'redis://user%40a:***@host/1'],
  ['redis://user:se@cr@et@host/1', 'redis://user:***@host/1'],
  ['redis://user:secret:secret@host', 'redis://user:***@host'],
  ['redis://user:sec/ret@host/1', 'redis://user:***@host/1'],
  ['redis://user:sec?ret@host/1', 'redis://***'],
  ['redis://user:sec#ret@host/1', 'redis://***'],
  ['redis://sec ret:secret@host', 'redis://***@host'],
  ['redis://user:sec\nret@host', 'redis://user:***@host'],
  ['redis://host:6379/0?password=secret', 'redis://host:6379/0?***'],
  ['redis://host/0#secret', 'redis://host/0#***'],
  ['redis://host/0?secret#secret', 'redis://host/0?***#***'],
  [
    'redis+sentinel://user:secret@s1,[::1]:26379/primary/0?sentinel-user=secret&sentinel-password=se%26cret&secret',
    'redis+sentinel://user:***@s1,[::1]:26379/primary/0?sentinel-user=***&sentinel-password=***&***',
  ],
  ['redis+sentinel://s1/primary?sentinel-password=secret@secret', 'redis+sentinel://***'],
  ['http://user:secret@broker:5001', 'http://user:***@broker:5001'],
  ['redis://host:6379/0', 'redis://host:6379/0'],
  ['sqlite:/data/a@b.db', 'sqlite:/data/a@b.db'],
  ['/data/a:b@c', '/data/a:b@c'],
  ['', ''],
])('%s is told as %s', (text, told) => {
  expect(withoutSecrets(text)).toBe(told)
})

test('no setting is a secret as a whole: one that is must not be told at all', () => {
  const names = configOptions().map(({ name }) => name)
  expect(names.filter((name) => /password|secret|token|credential|key/i.test(name))).toEqual([])
})
