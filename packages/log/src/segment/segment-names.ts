/**
 * File names as Kafka's: the base offset in 20 digits, so that names sort as offsets do.
 *
 *     00000000000000000000.log         record batches, one after another
 *     00000000000000000000.index       offset index
 *     00000000000000000000.timeindex   time index
 *     00000000000000000000.snapshot    producer state before this offset
 *     00000000000000000000.cut-0       bytes that recovery cut off behind this offset; the number rises with each cut of the log
 */
const OFFSET_DIGITS = 20
const NAME_PATTERN = /^(\d{20})\.(log|index|timeindex|snapshot|cut-\d+)$/

/** What a file of a log's folder holds, told by its suffix; `cut`: bytes that recovery cut off. */
export type SegmentFileKind = 'log' | 'index' | 'timeindex' | 'snapshot' | 'cut'

export function segmentFileName(baseOffset: number, suffix: string): string {
  return `${String(baseOffset).padStart(OFFSET_DIGITS, '0')}.${suffix}`
}

/** The base offset and the kind that a file's name tells; undefined for any other name. */
export function parseSegmentFileName(
  name: string,
): { readonly offset: number; readonly kind: SegmentFileKind } | undefined {
  const match = NAME_PATTERN.exec(name)
  if (match === null) return undefined
  const offset = Number(match[1])
  if (!Number.isSafeInteger(offset)) return undefined
  const suffix = match[2]!
  return { offset, kind: suffix.startsWith('cut-') ? 'cut' : (suffix as SegmentFileKind) }
}

/** Which cut of its log it was. */
export function cutNumberOf(name: string): number {
  return Number(name.slice(name.lastIndexOf('-') + 1))
}
