import { plural } from '../../lib/format.ts'

interface Bounds {
  readonly partition: number
  readonly logStartOffset: number
  /** Negative: not known now. */
  readonly highWatermark: number
}

/** What can be said of a place before anybody is asked for its message. */
export type Standing =
  | { readonly kind: 'there' }
  | { readonly kind: 'no-partition' }
  | { readonly kind: 'beyond'; readonly end: number }
  | { readonly kind: 'expired'; readonly earliest: number }

export function standingOf(
  partitions: readonly Bounds[],
  { partition, offset }: { readonly partition: number; readonly offset: number },
): Standing {
  const bounds = partitions.find((each) => each.partition === partition)
  if (bounds === undefined) return { kind: 'no-partition' }
  const { logStartOffset, highWatermark } = bounds
  if (offset < logStartOffset) return { kind: 'expired', earliest: logStartOffset }
  return highWatermark >= 0 && offset >= highWatermark ? { kind: 'beyond', end: highWatermark } : { kind: 'there' }
}

/** The sentence about partitions that were asked for and that the topic does not have; null: it has them all. */
export function absentPartitions(
  { name, partitions }: { readonly name: string; readonly partitions: readonly { readonly partition: number }[] },
  asked: readonly number[] | undefined,
): string | null {
  const absent = (asked ?? []).filter((each) => partitions.every(({ partition }) => partition !== each))
  if (absent.length === 0) return null
  const which =
    absent.length === 1
      ? `is no partition ${absent[0]}`
      : `are no partitions ${absent.slice(0, -1).join(', ')} and ${absent.at(-1)}`
  return `${name} has ${plural(partitions.length, 'partition')}, from 0 on. There ${which}.`
}
