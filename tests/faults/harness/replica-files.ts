import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeRecordBatch, recordBatches, verifyRecordBatchChecksum } from '@yak/protocol'
import type { ReplicaBatch, ReplicaState } from '../../checker/history.ts'

const decoder = new TextDecoder()

/**
 * One partition as it lies on the disk of a broker that does not run: the bytes themselves, read without any code of the
 * log, so that nothing can look better than it is.
 */
export async function replicaOnDisk(options: {
  readonly broker: string
  readonly dataDir: string
  readonly partition: string
  /** Up to where the cluster said that it is committed. */
  readonly highWatermark: number
}): Promise<ReplicaState> {
  const { broker, dataDir, partition, highWatermark } = options
  const folder = join(dataDir, 'logs', partition)
  const segments = (await readdir(folder)).filter((name) => name.endsWith('.log')).sort()
  const batches: ReplicaBatch[] = []
  let endOffset = 0
  for (const name of segments) {
    const bytes = await readFile(join(folder, name))
    for (const { position, header } of recordBatches(bytes)) {
      const { sizeBytes, baseOffset, lastOffset, leaderEpoch } = header
      if (!verifyRecordBatchChecksum(bytes, position))
        throw new Error(`${name} of broker ${broker}: bad checksum at ${position}`)
      const digest = createHash('sha256')
        .update(bytes.subarray(position, position + sizeBytes))
        .digest('hex')
        .slice(0, 16)
      const values = decodeRecordBatch(bytes, position).map(({ value }) => JSON.parse(decoder.decode(value!)) as string)
      batches.push({ baseOffset, epoch: leaderEpoch, digest, values })
      endOffset = lastOffset + 1
    }
  }
  const logStartOffset = batches[0]?.baseOffset ?? 0
  return { type: 'replica', broker, partition, logStartOffset, highWatermark, logEndOffset: endOffset, batches }
}
