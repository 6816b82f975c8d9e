/** From and to, in seconds from the opening of the page on; nothing is written between. */
export interface Pause {
  readonly from: number
  readonly to: number
}

/** Steps in a second, which rise and fall: what `stepsUntil` is the sum of. */
const perSecond = 25
const sum = (seconds: number) => perSecond * (seconds - 2.7 * Math.cos(seconds / 9) - 0.2 * Math.cos(seconds / 2))

/**
 * How far those who write have come by then, in steps, from the opening of the page on; before it they are counted back. They
 * write a little more and a little less, and nothing while nobody leads. It never falls, as no log does.
 */
export function stepsUntil(seconds: number, pauses: readonly Pause[]): number {
  const written = (at: number) =>
    pauses.reduce((steps, { from, to }) => (at <= from ? steps : steps - (sum(Math.min(at, to)) - sum(from))), sum(at))
  // To a thousandth: a pause of which the ends differ in the last digit would be a log that falls.
  return Math.round((written(seconds) - written(0)) * 1_000) / 1_000 + 0
}

const refusedPerSecond = 6

/** How many requests were refused by then: those that came while nobody led. */
export function refusedUntil(seconds: number, pauses: readonly Pause[]): number {
  const leaderless = pauses.reduce((sum, { from, to }) => sum + Math.max(0, Math.min(seconds, to) - from), 0)
  return Math.floor(leaderless * refusedPerSecond)
}
