import type { Segment } from '../segment/segment.ts'
import type { StorageFile } from '../storage.ts'
import { type CutBytes, keepCutBytes } from './cut-bytes.ts'
import type { LogOpening } from './log-opening.ts'
import { findGoodBatch, hasLostSector, type SegmentScan } from './scan-segment.ts'

/**
 * Decides about what follows the last good batch of a log, and cuts it off or refuses:
 *
 *     the log ends below what was synced, entered or committed      damage
 *     only zeros follow                                             the end: space written ahead
 *     something follows, and no good batch behind it                a torn tail: kept aside, cut
 *     a good batch follows behind the bad one                       damage, unless one unsynced group explains it
 *
 * The last exception: batches of one group are one write, and a power cut may keep its sectors in any order. Then the bad
 * batch lacks whole sectors, which are zero, and everything up to the end lies within what one group may hold. A changed
 * bit looks different, and so does a group that was synced, because the saved synced end lies above it. With a relaxed
 * flush many groups may be unsynced, so there only the lost sectors count.
 */
export async function cutTail(
  opening: LogOpening,
  segment: Segment,
  scan: SegmentScan,
  sizeBytes: number,
): Promise<CutBytes | undefined> {
  const { disk, folder } = opening.options
  const { neededEndOffset } = opening
  if (scan.nextOffset < neededEndOffset) {
    const problem = scan.problem ?? 'is where the log ends'
    throw opening.damage(segment.path, scan.position, `${problem}, below offset ${neededEndOffset}, which was synced`)
  }
  const kept = await disk.files.use(segment.path, async (file) => {
    let cut: CutBytes | undefined
    if (scan.problem !== undefined) {
      await assertTorn(opening, segment, scan, file, sizeBytes)
      cut = await keepCutBytes(disk, folder, opening.listing.cuts, file, scan)
    }
    if (sizeBytes > scan.position) await file.truncate(scan.position)
    // Batches that a killed process left in the system's cache count from now on, so they must be on disk.
    await file.sync()
    return cut
  })
  segment.fileBytes = scan.position
  return kept
}

async function assertTorn(
  opening: LogOpening,
  segment: Segment,
  scan: SegmentScan,
  file: StorageFile,
  sizeBytes: number,
): Promise<void> {
  const { position, dirtyEnd } = scan
  const good = await findGoodBatch(file, {
    from: position + 1,
    to: dirtyEnd,
    sizeBytes,
    minOffset: scan.nextOffset + 1,
  })
  if (good === undefined) return
  const { flush, maxGroupBytes } = opening.options.config
  const isUnsynced = flush === 'interval' || scan.dirtyEnd - scan.position <= maxGroupBytes
  if (isUnsynced && (await hasLostSector(file, scan.position, good))) return
  throw opening.damage(segment.path, scan.position, `${scan.problem}, and a good batch follows at byte ${good}`)
}
