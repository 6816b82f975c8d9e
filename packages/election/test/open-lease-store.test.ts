import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openLeaseStore } from '../src/open-lease-store.ts'

test('the URL decides which store it is', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'yak-open-'))
  const sqlite = await openLeaseStore(`sqlite:${join(folder, 'x.db')}`)
  expect(sqlite.status).toMatchObject({ type: 'sqlite', address: join(folder, 'x.db'), isConnected: true })
  await sqlite.close()
  rmSync(folder, { recursive: true })
  const redis = await openLeaseStore('redis://:secret@127.0.0.1:1/2')
  expect(redis.status).toMatchObject({ type: 'redis', address: 'redis://127.0.0.1:1/2', isConnected: false })
  await redis.close()
})

test('any other is refused, with the setting and what is allowed', async () => {
  const open = openLeaseStore('mysql://root:secret@host', { setting: '--coordinator' })
  await expect(open).rejects.toThrow(
    new TypeError(
      '--coordinator must be redis://HOST:PORT, rediss://…, redis+sentinel://… or sqlite:FILE; it begins with "mysql:"',
    ),
  )
  await expect(openLeaseStore('nonsense')).rejects.toThrow(TypeError)
})
