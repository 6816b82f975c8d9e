import type { DeletedEnd } from '../../apps/broker/src/replication/partition.ts'

/**
 * The records of the topic list, as the simulation writes them. Each attempt is another value, so that the topic list is checked like any
 * other log.
 *
 *   created = partition '#' attempt
 *   deleted = '-' partition '#' attempt
 *   records deleted = '~' partition '#' attempt '@' endOffset '/' leaderEpoch
 *
 * A partition is a topic of its own here, and its key names the topic's id: `orders.2-0` is `orders-0`, made for the second time.
 */
export function creationOf(partition: string, attempt: number): string {
  return `${partition}#${attempt}`
}

export function deletionOf(partition: string, attempt: number): string {
  return `-${partition}#${attempt}`
}

export function recordsDeletionOf(partition: string, attempt: number, { endOffset, leaderEpoch }: DeletedEnd): string {
  return `~${partition}#${attempt}@${endOffset}/${leaderEpoch}`
}

export function keyOfGeneration(index: number, generation: number): string {
  return generation === 1 ? `orders-${index}` : `orders.${generation}-${index}`
}

/** Where one of the topics is relaxed, it is the second. */
export function isRelaxedKey({ relaxedFlushMs }: { readonly relaxedFlushMs: number }, partition: string): boolean {
  return relaxedFlushMs >= 0 && /^orders(\.\d+)?-1$/.test(partition)
}

export interface TopicChange {
  readonly type: 'created' | 'deleted' | 'records-deleted'
  readonly partition: string
  /** Of deleted records. */
  readonly deletedEnd?: DeletedEnd
}

export function topicChangeIn(value: string): TopicChange {
  const partition = value.slice(0, value.indexOf('#'))
  if (partition.startsWith('-')) return { type: 'deleted', partition: partition.slice(1) }
  if (!partition.startsWith('~')) return { type: 'created', partition }
  const [endOffset, leaderEpoch] = value
    .slice(value.indexOf('@') + 1)
    .split('/')
    .map(Number)
  const deletedEnd = { endOffset: endOffset!, leaderEpoch: leaderEpoch! }
  return { type: 'records-deleted', partition: partition.slice(1), deletedEnd }
}

/** What the records add up to, as `MetadataImage` of the broker does. */
export class TopicList {
  readonly live = new Set<string>()
  readonly deleted = new Set<string>()
  /** What was last deleted of those that are live. */
  readonly deletedEnds = new Map<string, DeletedEnd>()

  /** The history was cut, and the list is read again from its beginning. */
  clear(): void {
    this.live.clear()
    this.deleted.clear()
    this.deletedEnds.clear()
  }

  /** Undefined: the record has no effect. */
  apply(value: string): TopicChange | undefined {
    const change = topicChangeIn(value)
    const { type, partition, deletedEnd } = change
    if (deletedEnd !== undefined) {
      if (!this.live.has(partition)) return undefined
      this.deletedEnds.set(partition, deletedEnd)
      return change
    }
    if (type === 'deleted') {
      if (!this.live.delete(partition)) return undefined
      this.deleted.add(partition)
      return change
    }
    const isTaken = [...this.live].some((other) => nameOf(other) === nameOf(partition))
    if (isTaken || this.deleted.has(partition)) return undefined
    this.live.add(partition)
    return change
  }
}

function nameOf(partition: string): string {
  return partition.replace(/\.\d+-/, '-')
}
