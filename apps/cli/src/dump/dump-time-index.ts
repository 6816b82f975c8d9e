import { TIME_INDEX_ENTRY_BYTES } from '@yak/log'
import { timeText } from '../consume/record-text.ts'
import { countOf } from '../terminal/quantities.ts'
import type { Dump } from './dump.ts'

/** `.timeindex`: how large timestamps had grown, and at which offset. */
export const dumpTimeIndex: Dump = async ({ file, baseOffset, output }) => {
  const bytes = await file.readAll()
  const problems: string[] = []
  let text = ''
  let before = { timestamp: -1, offset: -1 }
  const count = Math.floor(bytes.length / TIME_INDEX_ENTRY_BYTES)
  for (let index = 0; index < count; index++) {
    const start = index * TIME_INDEX_ENTRY_BYTES
    const entry = { timestamp: Number(bytes.readBigInt64BE(start)), offset: baseOffset + bytes.readInt32BE(start + 8) }
    text += `${timeText(entry.timestamp)}  ${entry.timestamp}  offset ${entry.offset}\n`
    if (entry.timestamp <= before.timestamp || entry.offset < before.offset)
      problems.push(`Entry ${index} does not rise above the one before it.`)
    before = entry
  }
  if (bytes.length % TIME_INDEX_ENTRY_BYTES !== 0) problems.push('The file ends in the middle of an entry.')
  await output.write(`${text}${countOf(count, 'entry', 'entries')}\n`)
  return problems
}
