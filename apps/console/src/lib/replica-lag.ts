/** Where a log ends, by `topic/partition`. */
export type LogEnds = ReadonlyMap<string, number>

/**
 * The lag of a replica that is in sync is no more than the leader has beyond what is committed, since it has all of that: a
 * figure that was taken a moment ago would say otherwise.
 */
export function lagInSync(
  lag: number,
  { highWatermark, logEndOffset }: { readonly highWatermark: number; readonly logEndOffset: number },
): number {
  return highWatermark < 0 || logEndOffset < 0 ? lag : Math.min(lag, Math.max(0, logEndOffset - highWatermark))
}

/**
 * How far replicas are behind. A follower's words are a second older than the leader's, and taking one from the other would
 * call everything of that second lag. So the leader's ends are kept for a while, and a follower is held to what the leader had
 * when the follower spoke. Both times are of the one broker that told of both.
 */
export class LeaderEnds {
  readonly #maxKept: number
  #kept: { readonly leaderId: string; readonly at: number; readonly ends: LogEnds }[] = []

  constructor(maxKept = 12) {
    this.#maxKept = maxKept
  }

  note(leaderId: string, at: number, ends: LogEnds): void {
    // Another leader's log is another line of ends.
    if (this.#kept.at(-1)?.leaderId !== leaderId) this.#kept = []
    const last = this.#kept.at(-1)
    if (last !== undefined && at <= last.at) return
    this.#kept.push({ leaderId, at, ends })
    if (this.#kept.length > this.#maxKept) this.#kept.shift()
  }

  /** Messages that the leader had at `at` and this replica has not; null when there is nothing to hold it to. */
  lag(key: string, logEndOffset: number, at: number): number | null {
    const leader = this.#kept.findLast((each) => each.at <= at) ?? this.#kept[0]
    const end = leader?.ends.get(key)
    return end === undefined ? null : Math.max(0, end - logEndOffset)
  }
}
