import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { Uploads } from '../../src/pages/uploads.ts'
import { temporaryFolder } from '../temporary-folder.ts'

test('a disk that does not let go of an upload ends no broker, and keeps none from stopping', async () => {
  let now = 0
  const disk = join(await temporaryFolder(), 'disk')
  const folder = join(disk, 'uploads')
  const uploads = await Uploads.open({ folder, clock: () => now, assertRoom: () => {}, expiryMs: 10 })
  await uploads.receive('a.csv', Readable.from([Buffer.from('a\n1\n')]))
  // Nothing below a file can be looked at or removed: ENOTDIR.
  await rm(disk, { recursive: true })
  await writeFile(disk, '')
  now = 10
  await uploads.removeExpired()
  expect(uploads.count).toBe(0)
  await uploads.close()
})
