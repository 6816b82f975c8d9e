/** The child of bare-copier.ts: `node bare-copy.ts FOLDER BYTES`. Says so when the source is written, and when it is copied. */
import { mkdirSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CopyTask } from './bare-copier.ts'

const PIECE_BYTES = 1_048_576

const folder = process.argv[2]!
const pieces = Math.ceil(Number(process.argv[3]) / PIECE_BYTES)
const piece = Buffer.alloc(PIECE_BYTES, 'x')
mkdirSync(folder, { recursive: true })
const source = await open(join(folder, 'source'), 'w+')
for (let index = 0; index < pieces; index++) await source.write(piece)
await source.datasync()

process.once('message', (task) => void copy(task as CopyTask))
process.once('disconnect', () => void rm(folder, { recursive: true, force: true }).then(() => process.exit()))
process.send!('written')

async function copy({ seconds }: CopyTask): Promise<void> {
  const target = await open(join(folder, 'target'), 'w')
  const begin = performance.now()
  for (let index = 0; index < pieces; index++) {
    const early = begin + (index * seconds * 1_000) / pieces - performance.now()
    if (early > 1) await sleep(early)
    await source.read(piece, 0, PIECE_BYTES, index * PIECE_BYTES)
    await target.write(piece)
    await target.datasync()
  }
  process.send!('copied')
}
