import type { Anomaly } from './anomaly.ts'
import type { ReplicaBatch, ReplicaState } from './history.ts'
import type { Poll } from './operations.ts'
import type { PartitionView } from './partition-view.ts'
import type { RetentionOption } from './write-checks.ts'

/** Poll skip, poll back, uncommitted read: the walk of each consumer through the log. */
export function* checkPolls(view: PartitionView, { retention }: RetentionOption): Generator<Anomaly> {
  for (const [consumer, polls] of pollsByConsumer(view)) {
    let position = polls[0]!.invoke.offset
    for (const poll of polls) {
      const steps = [poll.invoke.offset, ...poll.ok.records.map(([offset]) => offset), poll.ok.nextOffset]
      for (const [index, offset] of steps.entries()) {
        const from = retention ? Math.max(position, poll.ok.logStartOffset) : position
        const isRecord = index > 0 && index < steps.length - 1
        const step = `${consumer} went from ${position} to ${offset} in poll ${poll.invoke.id} of ${poll.invoke.client}`
        if (offset < position) {
          yield { kind: 'poll back', partition: view.partition, detail: `${step}.` }
        } else if (view.hasRecordBetween(from, offset)) {
          yield { kind: 'poll skip', partition: view.partition, detail: `${step}, over records that exist.` }
        }
        if (isRecord && offset >= poll.ok.highWatermark) {
          const detail = `${consumer} was given offset ${offset} with a high watermark of ${poll.ok.highWatermark}.`
          yield { kind: 'uncommitted read', partition: view.partition, detail }
        }
        position = isRecord ? offset + 1 : offset
      }
    }
  }
}

function pollsByConsumer(view: PartitionView): Map<string, Poll[]> {
  const consumers = new Map<string, Poll[]>()
  for (const poll of view.polls) {
    const key = `${poll.invoke.client}/${poll.invoke.consumer}`
    const polls = consumers.get(key)
    if (polls === undefined) consumers.set(key, [poll])
    else polls.push(poll)
  }
  for (const polls of consumers.values()) polls.sort((left, right) => left.invoke.id - right.invoke.id)
  return consumers
}

/** HW back: a poll that began after another was answered has seen at least its high watermark. */
export function* checkHighWatermark(view: PartitionView): Generator<Anomaly> {
  const clients = new Map<string, Poll[]>()
  for (const poll of view.polls) {
    const polls = clients.get(poll.invoke.client)
    if (polls === undefined) clients.set(poll.invoke.client, [poll])
    else polls.push(poll)
  }
  for (const [client, polls] of clients) {
    const byEnd = [...polls].sort((left, right) => left.ok.timeMs - right.ok.timeMs)
    const byStart = [...polls].sort((left, right) => left.invoke.timeMs - right.invoke.timeMs)
    let ended = 0
    let highest: Poll | undefined
    for (const poll of byStart) {
      for (; ended < byEnd.length && byEnd[ended]!.ok.timeMs < poll.invoke.timeMs; ended++) {
        const candidate = byEnd[ended]!
        if (highest === undefined || candidate.ok.highWatermark > highest.ok.highWatermark) highest = candidate
      }
      if (highest === undefined || poll.ok.highWatermark >= highest.ok.highWatermark) continue
      const detail = `${client} saw ${highest.ok.highWatermark} (epoch ${highest.ok.epoch}, ${highest.ok.timeMs} ms) and then ${poll.ok.highWatermark} (epoch ${poll.ok.epoch}, ${poll.ok.timeMs} ms).`
      yield { kind: 'HW back', partition: view.partition, detail }
    }
  }
}

/** Replica mismatch: batch by batch, below the lower of the two high watermarks and above the higher of the starts. */
export function* checkReplicas(view: PartitionView): Generator<Anomaly> {
  const [first, ...others] = view.replicas
  if (first === undefined) return
  for (const other of others) {
    const detail = firstDifference(first, other)
    if (detail !== undefined) yield { kind: 'replica mismatch', partition: view.partition, detail }
  }
}

function firstDifference(left: ReplicaState, right: ReplicaState): string | undefined {
  const end = Math.min(left.highWatermark, right.highWatermark)
  const start = Math.max(left.logStartOffset, right.logStartOffset)
  const within = (batch: ReplicaBatch) => batch.baseOffset >= start && batch.baseOffset < end
  const ofLeft = left.batches.filter(within)
  const ofRight = right.batches.filter(within)
  for (let index = 0; index < Math.max(ofLeft.length, ofRight.length); index++) {
    const [one, two] = [ofLeft[index], ofRight[index]]
    if (one?.baseOffset === two?.baseOffset && one?.digest === two?.digest) continue
    return `${describe(left, one)}, ${describe(right, two)}.`
  }
  return undefined
}

function describe(replica: ReplicaState, batch: ReplicaBatch | undefined): string {
  if (batch === undefined) return `${replica.broker} has no batch more`
  return `${replica.broker} has ${batch.digest} at ${batch.baseOffset} (epoch ${batch.epoch}: ${batch.values.join(' ')})`
}
