import { partitionForKey } from '@yak/protocol'
import type { PartitionStateJson, TopicDescription } from '@yak/protocol/schemas'

const openedAt = Date.now()
const dayMs = 86_400_000
/** Between messages that come after the page was opened: where most are written, and so none is of a time to come. */
const laterMs = 32
const parcels = Array.from({ length: 160 }, (_, parcel) => parcel)
/** One in so many was sent to a partition by name. */
const strayEvery = 97

const stages = ['packed', 'picked up', 'sorted', 'in transit', 'out for delivery', 'delivered']
const cities = ['Bremen', 'Kassel', 'Ulm']

/** The log of one partition, where every message follows from its offset. */
export interface FixtureLog {
  timeOf(offset: number): number
  /** The first offset at a time or after it; the end when there is none. */
  firstAt(time: number): number
  /** As JSON, with a number that a double would round. */
  record(offset: number): string
}

const ends = new Map<string, number>()

/** A day of messages, more of them by day than by night, in which each key has a story. */
export function compose(topic: TopicDescription, part: PartitionStateJson): FixtureLog {
  const { partition, logStartOffset: start, highWatermark: end } = part
  const log = `${topic.name}/${partition}`
  const own = parcels.filter((parcel) => partitionForKey(`parcel-${parcel}`, topic.partitions.length) === partition)
  // What stood there when it was first looked at keeps its times while the log grows.
  const before = ends.get(log) ?? end
  ends.set(log, before)
  const timeOf = (offset: number) => {
    if (offset >= before) return openedAt + (offset - before) * laterMs
    const share = (offset - start) / (before - start)
    return Math.round(openedAt - dayMs * (1 - share - 0.05 * Math.sin(share * 4 * Math.PI)) - laterMs)
  }
  const firstAt = (time: number) => {
    let [low, high] = [start, end]
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if (timeOf(middle) < time) low = middle + 1
      else high = middle
    }
    return low
  }
  const record = (offset: number) => {
    const keys = offset % strayEvery === 0 || own.length === 0 ? parcels : own
    const parcel = keys[(offset * 7) % keys.length]!
    const step = Math.floor(offset / keys.length)
    const stage = stages[step % stages.length]!
    const late = stage === 'in transit' ? ',"delayed":true,"note":"Snow between Kassel and Ulm."' : ''
    const hub = `{"city":"${cities[(parcel + step) % 3]}","dock":${(parcel + step) % 12}}`
    return (
      `{"offset":${offset},"timestamp":${timeOf(offset)},"epoch":${offset < before - 400 ? 7 : 8},"key":"parcel-${parcel}",` +
      `"value":{"parcel":90071992547409${90 + (parcel % 10)},"status":"${stage}","hub":${hub},"weightKg":1.50${late}},` +
      `"headers":{"scanner-id":"s-${offset % 23}"}}`
    )
  }
  return { timeOf, firstAt, record }
}
