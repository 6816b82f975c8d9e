import type { LogDisk } from '../disk/log-disk.ts'
import { BatchWalker } from '../segment/batch-walker.ts'
import type { Segment } from '../segment/segment.ts'
import type { SegmentFile } from './log-folder.ts'

/**
 * Takes over a segment whose files were durable when it was closed: from the last index entry to the end of the file a few
 * heads are read, and they must end exactly there, before `endOffset`. Answers what is wrong, or undefined.
 */
export async function restoreSegment(
  disk: LogDisk,
  segment: Segment,
  { sizeBytes }: SegmentFile,
  endOffset: number,
): Promise<string | undefined> {
  const indexed = await segment.offsetIndex.lastEntry()
  const position = indexed?.position ?? 0
  const timed = await segment.timeIndex.load()
  let largest = timed ?? segment.largest
  let nextOffset = indexed?.offset ?? segment.baseOffset
  const problem = await disk.files.use(segment.path, async (file) => {
    const walker = new BatchWalker({ file, position, endPosition: sizeBytes, readBytes: 8_192 })
    while (await walker.fill()) {
      for (let batch = walker.next(); batch !== undefined; batch = walker.next()) {
        const { head } = batch
        if (head.baseOffset !== nextOffset) return `holds offset ${head.baseOffset} where ${nextOffset} comes next`
        if (batch.position > position && batch.position - position >= segment.indexIntervalBytes) return 'has no index'
        // Records that have no timestamps leave none in the time index.
        if (indexed !== undefined && timed === undefined && head.maxTimestamp >= 0) return 'has no time index'
        nextOffset = head.lastOffset + 1
        if (head.maxTimestamp > largest.timestamp) {
          largest = { timestamp: head.maxTimestamp, offset: head.baseOffset }
        }
      }
    }
    return walker.problem
  })
  if (problem !== undefined) return problem
  if (nextOffset !== endOffset) return `ends at offset ${nextOffset} and not at ${endOffset}`
  segment.restore({ nextOffset, sizeBytes, indexedPosition: position, largest })
  return undefined
}
