import { decodeLogCheckpoint } from '@yak/log'
import { renderTable } from '../terminal/table.ts'
import type { Dump } from './dump.ts'

/** `log-checkpoint`: what a log knows at its next start and cannot read from its batches. */
export const dumpLogCheckpoint: Dump = async ({ file, output }) => {
  const checkpoint = decodeLogCheckpoint(await file.readAll())
  if (checkpoint === undefined) return ['Neither of its two slots is whole.']
  await output.write(
    renderTable(
      [
        { title: 'FIELD', align: 'left' },
        { title: 'VALUE', align: 'right' },
      ],
      Object.entries(checkpoint).map(([name, value]) => [name, String(value)]),
    ),
  )
  return []
}
