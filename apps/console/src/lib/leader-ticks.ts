import { brokerName } from './brokers.ts'

/** What the journal says of leaders: `leader-changed` with an id, or null for none. */
interface LeaderEntry {
  readonly at: number
  readonly type: string
  readonly data?: Readonly<Record<string, unknown>>
}

export interface LeaderTick {
  readonly at: number
  readonly leaderId: string
  readonly label: string
}

/** Leader changes for charts: each epoch once, when the first broker wrote it down. */
export function leaderTicks(entries: readonly LeaderEntry[]): readonly LeaderTick[] {
  const ticks = new Map<number, LeaderTick>()
  for (const { type, at, data } of entries) {
    const leaderId = data?.leaderId
    const epoch = data?.epoch
    if (type !== 'leader-changed' || typeof leaderId !== 'string' || typeof epoch !== 'number') continue
    const known = ticks.get(epoch)
    if (known === undefined || at < known.at)
      ticks.set(epoch, { at, leaderId, label: `${brokerName(leaderId)} e${epoch}` })
  }
  return [...ticks.values()].toSorted((a, b) => a.at - b.at)
}
