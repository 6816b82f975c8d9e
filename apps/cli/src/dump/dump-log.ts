import { BatchWalker, type StorageFile } from '@yak/log'
import { decodeRecordBatch, readRecordBatchHeader, verifyRecordBatchChecksum, YakError } from '@yak/protocol'
import { contentText, timeText } from '../consume/record-text.ts'
import { countOf } from '../terminal/quantities.ts'
import type { Dump, DumpOptions } from './dump.ts'
import { findWholeBatch, isAllZeros } from './log-rest.ts'
import type { ReadableFile } from './readable-file.ts'

/**
 * A segment: its batches, each with the verdict on its checksum, and how it ends. Behind the last batch there may be space
 * written ahead (zeros), or a torn tail, which recovery cuts. Damage is what has a whole batch behind it.
 *
 * Or a `.cut-…`: what recovery took out of a log. Nothing in it is damage, and its first batch may have any offset.
 */
export const dumpLog: Dump = async (options) => {
  const { file, output } = options
  const sizeBytes = await file.sizeBytes()
  const isSegment = options.path.endsWith('.log')
  const tally = new Tally(isSegment ? options.baseOffset : 0)
  let zeroBytes = 0
  for (let position: number | undefined = 0; position !== undefined && position < sizeBytes; ) {
    position = await dumpBatches(options, position, sizeBytes, tally)
    if (position === sizeBytes) break
    if (await isAllZeros(file, position, sizeBytes)) {
      zeroBytes = sizeBytes - position
      break
    }
    tally.badSince ??= position
    position = await findWholeBatch(file, position + 1, sizeBytes)
  }

  await output.write(
    `${countOf(tally.batches, 'batch', 'batches')}, ${countOf(tally.records, 'record')}, ${countOf(sizeBytes - zeroBytes, 'byte')}\n`,
  )
  if (isSegment && tally.batches === 0 && tally.badSince === 0 && !(await canBegin(options, sizeBytes))) {
    tally.problems.push('No batch begins at its start: it is no log of a broker, or its first bytes are lost.')
  } else if (tally.badSince !== undefined) {
    const tornBytes = sizeBytes - zeroBytes - tally.badSince
    await output.write(
      `torn tail: the ${countOf(tornBytes, 'byte')} from position ${tally.badSince} on are no whole batch\n`,
    )
  }
  if (zeroBytes > 0) await output.write(`${countOf(zeroBytes, 'byte')} of zeros at the end: space written ahead\n`)
  return isSegment ? tally.problems : []
}

/** Whether what stands at the start, as far as it goes, is the beginning of a batch: a torn one, and not something else. */
async function canBegin(options: DumpOptions, sizeBytes: number): Promise<boolean> {
  const start = Buffer.alloc(Math.min(sizeBytes, MAGIC_POSITION + 1))
  await options.file.read(start, 0)
  if (start.length > MAGIC_POSITION && start[MAGIC_POSITION] !== 2) return false
  const baseOffset = Buffer.alloc(8)
  baseOffset.writeBigInt64BE(BigInt(options.baseOffset))
  const seen = Math.min(8, start.length)
  return start.compare(baseOffset, 0, seen, 0, seen) === 0
}

/** In the header of a batch: behind base offset, length and leader epoch. */
const MAGIC_POSITION = 16

/** Resolves to where no further batch begins. */
async function dumpBatches(
  { file, records, output }: DumpOptions,
  position: number,
  endPosition: number,
  tally: Tally,
): Promise<number> {
  // The walker only reads.
  const walker = new BatchWalker({ file: file as ReadableFile & StorageFile, position, endPosition, whole: true })
  while (await walker.fill()) {
    let text = ''
    for (let batch = walker.next(); batch !== undefined; batch = walker.next()) {
      const bytes = walker.wholeBytes()
      const isWhole = verifyRecordBatchChecksum(bytes)
      tally.add(batch.position, batch.head.baseOffset, batch.head.lastOffset, isWhole)
      text += batchLine(bytes, batch.position, isWhole)
      if (records && isWhole) text += recordLines(bytes)
    }
    await output.write(text)
  }
  return walker.position
}

class Tally {
  batches = 0
  records = 0
  readonly problems: string[] = []
  /** Position of the first batch that is not whole, as long as no whole one followed. */
  badSince: number | undefined
  #lastOffset: number

  /** The segment's, from its name. */
  constructor(baseOffset: number) {
    this.#lastOffset = baseOffset - 1
  }

  add(position: number, baseOffset: number, lastOffset: number, isWhole: boolean): void {
    this.batches++
    this.records += lastOffset - baseOffset + 1
    if (!isWhole) {
      this.badSince ??= position
      return
    }
    if (this.badSince !== undefined) {
      this.problems.push(
        `From position ${this.badSince} to ${position} there is no whole batch: the log is damaged in its middle.`,
      )
      this.badSince = undefined
    }
    if (baseOffset <= this.#lastOffset) {
      this.problems.push(
        `The batch at position ${position} begins at offset ${baseOffset}, and it can begin at ${this.#lastOffset + 1} or later.`,
      )
    }
    this.#lastOffset = lastOffset
  }
}

function batchLine(bytes: Uint8Array, position: number, isWhole: boolean): string {
  try {
    const header = readRecordBatchHeader(bytes)
    const producer =
      header.producerId < 0
        ? 'no producer id'
        : `producer ${header.producerId}/${header.producerEpoch} sequence ${header.baseSequence} to ${header.lastSequence}`
    return (
      `position ${position}  offsets ${header.baseOffset} to ${header.lastOffset}  ${countOf(header.recordCount, 'record')}  ` +
      `epoch ${header.leaderEpoch}  ${timeText(header.maxTimestamp)}  ${header.sizeBytes} bytes  ${header.compression}  ` +
      `${producer}  checksum ${isWhole ? 'ok' : 'WRONG'}\n`
    )
  } catch (error) {
    if (!YakError.is(error)) throw error
    return `position ${position}  checksum ${isWhole ? 'ok' : 'WRONG'}  ${error.message}\n`
  }
}

function recordLines(bytes: Uint8Array): string {
  try {
    return decodeRecordBatch(bytes, 0, { verifyChecksum: false })
      .map(({ offset, timestamp, key, value, headers }) => {
        const content = contentText({ keyBytes: key, valueBytes: value, rawHeaders: headers })
        return `  ${offset}  ${timeText(timestamp)}  ${content}\n`
      })
      .join('')
  } catch (error) {
    if (!YakError.is(error)) throw error
    return `  its records cannot be read: ${error.message}\n`
  }
}
