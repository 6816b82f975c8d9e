/** How a partition's replication is drawn: a window of offsets that ends at the leader's log end. */
export interface PipelineScale {
  readonly from: number
  readonly to: number
  /** Offsets at which a tick stands: multiples of a round step, so that they move as the log grows. */
  readonly ticks: readonly number[]
}

const smallestSpan = 50
const tickCount = 5

/** Wide enough for the furthest behind, in a round number, so that it does not change with each message. */
export function pipelineScale(logStartOffset: number, logEndOffset: number, lowest: number): PipelineScale {
  const needed = Math.max(smallestSpan, (logEndOffset - lowest) * 1.25)
  const span = roundUp(needed)
  const from = Math.max(logStartOffset, logEndOffset - span)
  const step = roundUp(span / tickCount)
  const ticks: number[] = []
  for (let tick = Math.ceil(from / step) * step; tick <= logEndOffset; tick += step) ticks.push(tick)
  // A log that has just begun still has a width.
  return { from, to: Math.max(logEndOffset, from + 1), ticks }
}

/** 1, 2 or 5 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)))
  for (const factor of [1, 2, 5, 10]) if (factor * power >= value) return factor * power
  return 10 * power
}

/** Where an offset stands, in percent of the width; what lies before the window stands at its edge. */
export function placeOf({ from, to }: PipelineScale, offset: number): number {
  return Math.min(100, Math.max(0, ((offset - from) / (to - from)) * 100))
}
