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

test('a quote that is never closed leaves others their turn: its file comes in pieces, however many rows it gathered', async () => {
  const uploads = await Uploads.open({ folder: join(await temporaryFolder(), 'uploads'), assertRoom: () => {} })
  const file = Buffer.from(`a,b\n1,"${'xxxxxxxxxxxxxx,\n'.repeat(280_000)}`)
  const { id, rowCount } = await uploads.receive('open.csv', Readable.from([file]))
  expect(rowCount).toBe(279_999)
  let sinceTurn = 0
  let mostWithoutTurn = 0
  const takeTurn = () => {
    sinceTurn = 0
    turn = setImmediate(takeTurn)
  }
  let turn = setImmediate(takeTurn)
  for await (const rows of uploads.rows(id, undefined)) {
    sinceTurn += rows.length
    mostWithoutTurn = Math.max(mostWithoutTurn, sinceTurn)
  }
  clearImmediate(turn)
  expect(mostWithoutTurn).toBeLessThan(70_000)
  await uploads.close()
})
