/** What part of the past is shown. `to` null: it ends now and moves on. */
export interface TimeWindow {
  readonly span: number
  readonly to: number | null
}

export const defaultSpan = 900_000
const leastSpan = 1_000
const mostSpan = 30 * 86_400_000
/** Room right of now, so that the line of the present is seen. */
const aheadShare = 0.04

export interface TimeRange {
  readonly from: number
  readonly to: number
}

export function rangeOf({ span, to }: TimeWindow, now: number): TimeRange {
  const end = to ?? now + span * aheadShare
  return { from: end - span, to: end }
}

/** Larger factors show more. A window that moves with the present goes on doing so; another keeps its middle. */
export function zoom({ span, to }: TimeWindow, factor: number): TimeWindow {
  const next = Math.round(Math.min(mostSpan, Math.max(leastSpan, span * factor)))
  return { span: next, to: to === null ? null : Math.round(to - span / 2 + next / 2) }
}

/** By a part of what is shown, to the past when negative. Reaching the present, it follows it again. */
export function pan(window: TimeWindow, share: number, now: number): TimeWindow {
  const to = Math.round(rangeOf(window, now).to + window.span * share)
  return { span: window.span, to: to >= now ? null : to }
}

/** So that `from` to `to` is seen with room on both sides. */
export function around(from: number, to: number): TimeWindow {
  const span = Math.round(Math.min(mostSpan, Math.max(leastSpan * 5, (to - from) * 2)))
  return { span, to: Math.round((from + to) / 2 + span / 2) }
}

const steps = [
  100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000,
  3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000, 172_800_000, 604_800_000,
] as const

/** Round times, at most `most` of them, and the step between. `offsetMs` is the zone's, so that days begin at midnight there. */
export function ticksOf(
  { from, to }: TimeRange,
  most: number,
  offsetMs = 0,
): { readonly step: number; readonly ticks: readonly number[] } {
  const step = steps.find((each) => (to - from) / each <= most) ?? steps.at(-1)!
  const ticks: number[] = []
  for (let at = Math.ceil((from + offsetMs) / step) * step - offsetMs; at <= to; at += step) ticks.push(at)
  return { step, ticks }
}
