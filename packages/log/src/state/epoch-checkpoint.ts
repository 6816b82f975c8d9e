import type { EpochStart } from './epoch-table.ts'

/**
 * The file `leader-epoch-checkpoint`, Kafka's text version 0:
 *
 *     0                 version
 *     2                 entries that follow
 *     1 0               epoch, start offset
 *     4 1200
 *
 * No checksum: it is trusted below the recovery point only, and built again from the batches where it does not parse.
 */
export const EPOCH_CHECKPOINT_FILE_NAME = 'leader-epoch-checkpoint'

export function encodeEpochCheckpoint(starts: readonly EpochStart[]): Buffer {
  const lines = starts.map(({ epoch, startOffset }) => `${epoch} ${startOffset}\n`)
  return Buffer.from(`0\n${starts.length}\n${lines.join('')}`)
}

/** The epochs that the file names, rising; undefined when the bytes are not such a file, or not rising. */
export function decodeEpochCheckpoint(bytes: Buffer): EpochStart[] | undefined {
  const [version, count, ...lines] = bytes.toString('latin1').trimEnd().split('\n')
  if (version !== '0' || count !== String(lines.length)) return undefined
  const starts: EpochStart[] = []
  for (const line of lines) {
    const match = /^(\d+) (\d+)$/.exec(line)
    if (match === null) return undefined
    const start = { epoch: Number(match[1]), startOffset: Number(match[2]) }
    const before = starts.at(-1)
    if (before !== undefined && (start.epoch <= before.epoch || start.startOffset < before.startOffset)) {
      return undefined
    }
    starts.push(start)
  }
  return starts
}
