import { OFFSET_INDEX_ENTRY_BYTES } from '@yak/log'
import { countOf } from '../terminal/quantities.ts'
import type { Dump } from './dump.ts'
import { ReadableFile } from './readable-file.ts'

/** `.index`: where batches begin. Each entry is held against the segment beside it, where that is there. */
export const dumpOffsetIndex: Dump = async ({ path, file, baseOffset, output }) => {
  const bytes = await file.readAll()
  const problems: string[] = []
  const segment = await ReadableFile.open(path.replace(/\.index$/, '.log')).catch(() => undefined)
  let text = ''
  let before = { offset: -1, position: -1 }
  const count = Math.floor(bytes.length / OFFSET_INDEX_ENTRY_BYTES)
  for (let index = 0; index < count; index++) {
    const start = index * OFFSET_INDEX_ENTRY_BYTES
    const entry = { offset: baseOffset + bytes.readInt32BE(start), position: bytes.readInt32BE(start + 4) }
    const begins = segment === undefined ? entry.offset : await baseOffsetAt(segment, entry.position)
    const verdict =
      begins === entry.offset
        ? ''
        : `  WRONG: ${begins === undefined ? 'no batch begins' : `offset ${begins} begins`} there`
    text += `offset ${entry.offset}  position ${entry.position}${verdict}\n`
    if (verdict !== '')
      problems.push(`Entry ${index} says that offset ${entry.offset} is at position ${entry.position}, and it is not.`)
    if (entry.offset <= before.offset || entry.position <= before.position)
      problems.push(`Entry ${index} does not rise above the one before it.`)
    before = entry
  }
  await segment?.close()
  if (bytes.length % OFFSET_INDEX_ENTRY_BYTES !== 0) problems.push('The file ends in the middle of an entry.')
  await output.write(
    `${text}${countOf(count, 'entry', 'entries')}${segment === undefined ? ', without the .log to hold them against' : ''}\n`,
  )
  return problems
}

async function baseOffsetAt(segment: ReadableFile, position: number): Promise<number | undefined> {
  const bytes = Buffer.alloc(8)
  if (position < 0 || (await segment.read(bytes, position)) < bytes.length) return undefined
  return Number(bytes.readBigInt64BE(0))
}
