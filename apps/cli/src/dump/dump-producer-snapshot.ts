import { decodeProducerSnapshot } from '@yak/log'
import { timeText } from '../consume/record-text.ts'
import { countOf } from '../terminal/quantities.ts'
import type { Dump } from './dump.ts'

/** `.snapshot`: which batches each idempotent producer wrote last, before the offset in the file's name. */
export const dumpProducerSnapshot: Dump = async ({ file, baseOffset, output }) => {
  const producers = decodeProducerSnapshot(await file.readAll(), baseOffset)
  if (producers === undefined) {
    return [
      `It is no whole snapshot of offset ${baseOffset}: its version, its checksum or its own offset does not fit.`,
    ]
  }
  const lines = producers.map(({ producerId, producerEpoch, updatedMs, batches }) => {
    const written = batches.map(
      ({ firstSequence, lastSequence, baseOffset, lastOffset }) =>
        `  sequence ${firstSequence} to ${lastSequence}  offsets ${baseOffset} to ${lastOffset}\n`,
    )
    return `producer ${producerId}  epoch ${producerEpoch}  ${timeText(updatedMs)}\n${written.join('')}`
  })
  await output.write(`${lines.join('')}${countOf(producers.length, 'producer')} before offset ${baseOffset}\n`)
  return []
}
