import { decodeEpochCheckpoint } from '@yak/log'
import { countOf } from '../terminal/quantities.ts'
import type { Dump } from './dump.ts'

/** `leader-epoch-checkpoint`: the offset at which each leader epoch began. */
export const dumpEpochCheckpoint: Dump = async ({ file, output }) => {
  const starts = decodeEpochCheckpoint(await file.readAll())
  if (starts === undefined) return ['It is no leader-epoch-checkpoint, or its entries do not rise.']
  const lines = starts.map(({ epoch, startOffset }) => `epoch ${epoch}  from offset ${startOffset}\n`)
  await output.write(`${lines.join('')}${countOf(starts.length, 'epoch')}\n`)
  return []
}
