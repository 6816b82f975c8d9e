import type { LeaderTick } from '../../lib/leader-ticks.ts'

/** One dash over the bars, and the flag on it. */
export interface LeaderFlag {
  /** From left to right, in pixels. */
  readonly px: number
  /** In the order of time; several that lie too close to be told apart share a dash, and the flag is of the last. */
  readonly ticks: readonly LeaderTick[]
  /** The row in which the flag hangs without touching another; null: there is no room for it. Below the rows is the knob. */
  readonly row: 0 | 1 | null
  /** It hangs to the left of its dash, so that it stays inside. */
  readonly isTurned: boolean
}

/** Dashes nearer than this look like one. */
const samePx = 4
const letterPx = 10
const countPx = 12
const gapPx = 3

/** Where the flags of the leaders hang. `ticks` are in the order of time. */
export function leaderFlags(
  ticks: readonly LeaderTick[],
  width: number,
  shareOf: (at: number) => number,
): readonly LeaderFlag[] {
  const groups: { px: number; ticks: LeaderTick[] }[] = []
  for (const tick of ticks) {
    const px = shareOf(tick.at) * width
    const last = groups.at(-1)
    if (last !== undefined && px - last.px < samePx) last.ticks.push(tick)
    else groups.push({ px, ticks: [tick] })
  }
  const ends: [number, number] = [0, 0]
  return groups.map((group) => {
    const flagPx = letterPx + (group.ticks.length > 1 ? countPx : 0)
    const isTurned = group.px + flagPx > width
    const left = isTurned ? group.px - flagPx : group.px
    const row = left >= ends[0] ? 0 : left >= ends[1] ? 1 : null
    if (row !== null) ends[row] = left + flagPx + gapPx
    return { ...group, row, isTurned }
  })
}
