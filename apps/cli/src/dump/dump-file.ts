import { basename } from 'node:path'
import { CHECKPOINT_FILE_NAME, EPOCH_CHECKPOINT_FILE_NAME, parseSegmentFileName, type SegmentFileKind } from '@yak/log'
import { UsageError } from '../arguments/usage-error.ts'
import type { Output } from '../terminal/output.ts'
import type { Dump } from './dump.ts'
import { dumpEpochCheckpoint } from './dump-epoch-checkpoint.ts'
import { dumpLog } from './dump-log.ts'
import { dumpLogCheckpoint } from './dump-log-checkpoint.ts'
import { dumpOffsetIndex } from './dump-offset-index.ts'
import { dumpProducerSnapshot } from './dump-producer-snapshot.ts'
import { dumpTimeIndex } from './dump-time-index.ts'
import { ReadableFile } from './readable-file.ts'

const dumps: Readonly<Record<SegmentFileKind, Dump>> = {
  log: dumpLog,
  cut: dumpLog,
  index: dumpOffsetIndex,
  timeindex: dumpTimeIndex,
  snapshot: dumpProducerSnapshot,
}

export interface DumpFileOptions {
  readonly records: boolean
  readonly output: Output
}

/** Prints what a file of a data folder says; resolves to what is wrong with it. Its name tells what it holds. */
export async function dumpFile(path: string, options: DumpFileOptions): Promise<readonly string[]> {
  const { dump, baseOffset } = dumpOf(path)
  const file = await ReadableFile.open(path)
  try {
    return await dump({ path, file, baseOffset, ...options })
  } finally {
    await file.close()
  }
}

function dumpOf(path: string): { readonly dump: Dump; readonly baseOffset: number } {
  const name = basename(path)
  if (name === EPOCH_CHECKPOINT_FILE_NAME) return { dump: dumpEpochCheckpoint, baseOffset: 0 }
  if (name === CHECKPOINT_FILE_NAME) return { dump: dumpLogCheckpoint, baseOffset: 0 }
  const parsed = parseSegmentFileName(name)
  if (parsed === undefined) {
    throw new UsageError(
      `What ${path} holds cannot be told from its name. Name a file as the broker does: 00000000000000000000.log, .index, .timeindex, .snapshot, ${EPOCH_CHECKPOINT_FILE_NAME} or ${CHECKPOINT_FILE_NAME}.`,
    )
  }
  return { dump: dumps[parsed.kind], baseOffset: parsed.offset }
}
