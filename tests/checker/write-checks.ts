import type { Anomaly } from './anomaly.ts'
import type { ReplicaState } from './history.ts'
import type { Send } from './operations.ts'
import { committedRecords, type PartitionView } from './partition-view.ts'

/** Records may have been deleted by age or size, so what lies below a log's start proves nothing. */
export interface RetentionOption {
  readonly retention: boolean
}

/** Lost write, unseen, read lost: what was promised and is not there. */
export function* checkPresence(view: PartitionView, { retention }: RetentionOption): Generator<Anomaly> {
  const { partition } = view
  const missing = missingOf(view, retention)
  for (const send of view.sends) {
    if (send.ok === undefined) continue
    for (const [index, value] of send.invoke.values.entries()) {
      const offset = send.ok.baseOffset === null ? undefined : send.ok.baseOffset + index
      const deleted = retention && view.replicas.some((replica) => (offset ?? 0) < replica.logStartOffset)
      if (deleted) continue
      if (!view.wasRead(value) && offset !== undefined && offset < view.highestRead) {
        const detail = `${value} of ${nameOf(send)} was acknowledged at ${offset} and never read, though ${view.highestRead} was.`
        yield { kind: 'lost write', partition, detail }
      } else if (missing.has(value) || (view.replicas.length > 0 && !view.wasRead(value))) {
        const brokers = missing.get(value) ?? view.replicas.map(({ broker }) => broker)
        const detail = `${value} of ${nameOf(send)} was acknowledged at ${offset ?? 'an unknown offset'} and is not there at the end on ${brokers.join(', ')}.`
        yield { kind: 'unseen', partition, detail }
      }
    }
  }
  for (const value of view.polled) {
    const brokers = missing.get(value)
    if (brokers === undefined || view.senderOf.get(value)?.ok !== undefined) continue
    const detail = `${value} was read at ${view.offsetOf(value)} and is not there at the end on ${brokers.join(', ')}.`
    yield { kind: 'read lost', partition, detail }
  }
}

/** Values acknowledged or read that at least one replica does not hold at the end, with the brokers lacking them. */
function missingOf(view: PartitionView, retention: boolean): Map<string, string[]> {
  const missing = new Map<string, string[]>()
  for (const replica of view.replicas) {
    const held = heldBy(replica)
    for (const [value, offsets] of view.offsetsOf) {
      if (held.has(value)) continue
      if (retention && Math.max(...offsets) < replica.logStartOffset) continue
      const brokers = missing.get(value)
      if (brokers === undefined) missing.set(value, [replica.broker])
      else brokers.push(replica.broker)
    }
  }
  return missing
}

function heldBy(replica: ReplicaState): Set<string> {
  const held = new Set<string>()
  for (const [, value] of committedRecords(replica)) held.add(value)
  return held
}

/** Duplicate, inconsistent offset, aborted read, phantom: what is there and must not be. */
export function* checkContents(view: PartitionView): Generator<Anomaly> {
  const { partition } = view
  for (const [value, offsets] of view.offsetsOf) {
    if (offsets.length > 1) {
      yield { kind: 'duplicate', partition, detail: `${value} is at the offsets ${offsets.join(', ')}.` }
    }
    if (!view.wasRead(value)) continue
    const send = view.senderOf.get(value)
    if (send === undefined) {
      yield { kind: 'phantom', partition, detail: `${value} was read at ${offsets.join(', ')} and sent by nobody.` }
    } else if (send.failed) {
      const detail = `${value} of ${nameOf(send)} was refused for certain and was read at ${offsets.join(', ')}.`
      yield { kind: 'aborted read', partition, detail }
    }
  }
  for (const [offset, values] of view.valuesAt) {
    if (values.length > 1) {
      yield { kind: 'inconsistent offset', partition, detail: `Offset ${offset} held ${values.join(' and ')}.` }
    }
  }
}

/** Order: within a producer session by the order of the sends, and over all clients by real time. */
export function* checkOrder(view: PartitionView): Generator<Anomaly> {
  const { partition } = view
  const sessions = new Map<string, Send[]>()
  for (const send of view.sends) {
    if (send.invoke.session === null) continue
    const key = `${send.invoke.client}\n${send.invoke.session}`
    const sends = sessions.get(key)
    if (sends === undefined) sessions.set(key, [send])
    else sends.push(send)
  }
  for (const sends of sessions.values()) {
    sends.sort((left, right) => left.invoke.id - right.invoke.id)
    let last: { value: string; offset: number } | undefined
    for (const send of sends) {
      for (const value of send.invoke.values) {
        const offset = view.offsetOf(value)
        if (offset === undefined) continue
        if (last !== undefined && offset < last.offset) {
          const detail = `${value} of ${nameOf(send)} is at ${offset}, and ${last.value} sent before it at ${last.offset}.`
          yield { kind: 'order', partition, detail }
        }
        last = { value, offset }
      }
    }
  }
  yield* checkRealTime(view)
}

/** A send that began after another was acknowledged has the higher offset. Unknown ones are bound by it too. */
function* checkRealTime(view: PartitionView): Generator<Anomaly> {
  const placed = view.sends.flatMap((send) => {
    const offset = view.offsetOf(send.invoke.values[0]!)
    return offset === undefined ? [] : [{ send, offset }]
  })
  const byStart = [...placed].sort((left, right) => left.send.invoke.timeMs - right.send.invoke.timeMs)
  const byEnd = placed
    .filter(({ send }) => send.ok !== undefined)
    .sort((left, right) => left.send.answeredAtMs - right.send.answeredAtMs)
  let ended = 0
  let highest: (typeof placed)[number] | undefined
  for (const started of byStart) {
    for (; ended < byEnd.length && byEnd[ended]!.send.answeredAtMs < started.send.invoke.timeMs; ended++) {
      if (highest === undefined || byEnd[ended]!.offset > highest.offset) highest = byEnd[ended]
    }
    if (highest === undefined || started.offset >= highest.offset || sameSession(started.send, highest.send)) continue
    const detail = `${nameOf(started.send)} began at ${started.send.invoke.timeMs} ms and is at ${started.offset}, below ${highest.offset} of ${nameOf(highest.send)}, acknowledged at ${highest.send.answeredAtMs} ms.`
    yield { kind: 'order', partition: view.partition, detail }
  }
}

/** Reported once, by the order of the session. */
function sameSession(left: Send, right: Send): boolean {
  return (
    left.invoke.session !== null &&
    left.invoke.client === right.invoke.client &&
    left.invoke.session === right.invoke.session
  )
}

function nameOf(send: Send): string {
  return `${send.invoke.client}#${send.invoke.id}`
}
