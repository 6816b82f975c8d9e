import type { Pulse } from '../replication/core/pulse.ts'
import type { BrokerEvents } from './broker-events.ts'
import { RepeatedEvent } from './repeated-event.ts'

/** How long a silence may go unseen. */
const lookEveryMs = 250

/** A peer that comes and goes is told of once within so long, with a count. */
const windowMs = 10_000

/**
 * Looks four times a second whom this broker hears, and tells once of each that has fallen silent, and of its own lease when
 * that ran out without being renewed. Whoever was stopped itself could not hear anybody: silences count anew when it goes on.
 * Returns how to stop.
 */
export function observePulse(
  brokerId: string,
  look: () => Pulse,
  events: BrokerEvents,
  nowMs: () => number = () => performance.now(),
): () => void {
  const silent = new Set<string>()
  const missed = new Map<string, RepeatedEvent>()
  let last: Pulse | undefined
  let hadLease: number | null = null
  const tellMissed = (peerId: string, misses: number): void => {
    const now = last?.silences.find((silence) => silence.brokerId === peerId)
    if (last === undefined || now === undefined) return
    events.emit('heartbeat-missed', { peerId, silentMs: Math.round(now.silentMs), epoch: last.epoch, misses })
  }
  const lapsed = new RepeatedEvent(() => {
    if (last !== undefined) events.emit('lease-expired', { holderId: brokerId, epoch: last.epoch, takenBy: null })
  }, windowMs)
  let lookedAtMs = nowMs()
  let awakeSinceMs = lookedAtMs
  const compare = (): void => {
    const atMs = nowMs()
    last = look()
    if (atMs - lookedAtMs > last.heartbeatMs) awakeSinceMs = atMs
    lookedAtMs = atMs
    const isListening = atMs - awakeSinceMs > last.heartbeatMs
    for (const { brokerId: peerId, silentMs } of last.silences) {
      if (silentMs <= last.heartbeatMs) silent.delete(peerId)
      else if (isListening && !silent.has(peerId)) {
        silent.add(peerId)
        repeatedOf(missed, peerId, tellMissed).note()
      }
    }
    // Who is not to be heard of any more may be missed anew when it is.
    for (const peerId of silent) {
      if (!last.silences.some((silence) => silence.brokerId === peerId)) silent.delete(peerId)
    }
    if (last.isLeaseRunning === false && hadLease === last.epoch) lapsed.note()
    hadLease = last.isLeaseRunning === true ? last.epoch : null
  }
  const timer = setInterval(compare, lookEveryMs)
  compare()
  return () => {
    clearInterval(timer)
    lapsed.close()
    for (const event of missed.values()) event.close()
  }
}

function repeatedOf(
  events: Map<string, RepeatedEvent>,
  peerId: string,
  tell: (peerId: string, count: number) => void,
): RepeatedEvent {
  let event = events.get(peerId)
  if (event === undefined) {
    event = new RepeatedEvent((count) => tell(peerId, count), windowMs)
    events.set(peerId, event)
  }
  return event
}
