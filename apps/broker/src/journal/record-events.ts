import { Repetitions } from '../cluster/repetitions.ts'
import type { BrokerEvents } from '../events/broker-events.ts'
import type { Journal } from './journal.ts'

export interface RecordEventsOptions {
  readonly brokerId: string
  readonly version: string
  readonly url: () => string
}

/** Writes what happens into the journal, as sentences. Returns how to stop. */
export function recordEvents(events: BrokerEvents, journal: Journal, options: RecordEventsOptions): () => void {
  const { brokerId, version } = options
  let isr: readonly string[] | null = null
  let isConnected = true
  const repetitions = new Repetitions()
  const stops = [
    events.on('started', () => {
      const url = options.url()
      const text = `Broker ${brokerId} (YAK ${version}) serves at ${url}.`
      journal.append({ type: 'started', level: 'info', text, data: { version, url } })
    }),
    events.on('stopping', () => {
      journal.append({ type: 'stopped', level: 'info', text: `Broker ${brokerId} stops.` })
    }),
    events.on('role-changed', (data) => {
      // Attempts that fail one after another are not to push out what happened before.
      if (!repetitions.isNewRole(data.role, data.epoch, data.reason)) return
      const is = data.role === 'resigned' ? '' : 'is '
      const text = `Broker ${brokerId} ${is}${data.role} in epoch ${data.epoch}: ${data.reason}.`
      journal.append({ type: 'role-changed', level: 'info', text, data: { ...data } })
    }),
    events.on('leader-changed', (data) => {
      const { leaderId, epoch } = data
      const text =
        leaderId === null ? `No leader is known since epoch ${epoch}.` : `Broker ${leaderId} leads in epoch ${epoch}.`
      journal.append({ type: 'leader-changed', level: leaderId === null ? 'warn' : 'info', text, data: { ...data } })
    }),
    events.on('isr-changed', ({ isr: now, epoch }) => {
      const previous = isr
      isr = [...now]
      const left = (previous ?? []).filter((id) => !now.includes(id))
      const text =
        left.length > 0
          ? `In sync: ${listOf(now)}; ${listOf(left)} left, in epoch ${epoch}.`
          : `In sync: ${listOf(now)}, in epoch ${epoch}.`
      journal.append({
        type: 'isr-changed',
        level: left.length > 0 ? 'warn' : 'info',
        text,
        data: { isr, previous, epoch },
      })
    }),
    events.on('heartbeat-missed', (data) => {
      const { peerId, silentMs, epoch, misses } = data
      const again = misses === 1 ? '' : ` It was silent ${misses} times since it was last told.`
      const text = `Broker ${brokerId} has not heard from broker ${peerId} for ${silentMs} ms, in epoch ${epoch}.${again}`
      journal.append({ type: 'heartbeat-missed', level: 'warn', text, data: { ...data } })
    }),
    events.on('lease-expired', (data) => {
      const { holderId, epoch, takenBy } = data
      const text =
        takenBy === null
          ? `Broker ${holderId} could not renew its lease of epoch ${epoch}: it has run out.`
          : `The lease of broker ${holderId}, epoch ${epoch}, has run out. Broker ${takenBy} was given the next.`
      journal.append({ type: 'lease-expired', level: 'warn', text, data: { ...data } })
    }),
    events.on('write-fenced', (data) => {
      const { epoch, knownEpoch, writes } = data
      const what = writes === 1 ? 'a write' : `${writes} writes`
      const why = knownEpoch > epoch ? `epoch ${knownEpoch} has begun` : 'it cannot show that it still leads'
      const text = `Broker ${brokerId} refused ${what} to the leader of epoch ${epoch} that it was: ${why}.`
      journal.append({ type: 'write-fenced', level: 'warn', text, data: { ...data } })
    }),
    events.on('coordinator', ({ connected }) => {
      if (connected === isConnected) return
      isConnected = connected
      if (connected) journal.append({ type: 'coordinator-back', level: 'info', text: 'The coordinator is back.' })
      else {
        const text = 'The coordinator is out of reach: no election and no change of the ISR until it is back.'
        journal.append({ type: 'coordinator-lost', level: 'warn', text })
      }
    }),
    events.on('topic-created', (data) => {
      const { topic, partitions } = data
      const text = `Topic ${topic} was created with ${partitions} ${partitions === 1 ? 'partition' : 'partitions'}.`
      journal.append({ type: 'topic-created', level: 'info', text, data: { ...data } })
    }),
    events.on('topic-deleted', (data) => {
      journal.append({
        type: 'topic-deleted',
        level: 'info',
        text: `Topic ${data.topic} was deleted.`,
        data: { ...data },
      })
    }),
    events.on('records-deleted', (data) => {
      const { topic, partitions } = data
      const [first] = partitions
      const where = partitions.length === 1 ? `partition ${first}` : `${partitions.length} partitions`
      const text = `All records of topic ${topic} in ${where} were deleted.`
      journal.append({ type: 'records-deleted', level: 'info', text, data: { ...data } })
    }),
    events.on('log-failed', (data) => {
      const text = `The log of ${data.partition} is not served any more: ${data.detail}`
      journal.append({ type: 'log-failed', level: 'error', text, data: { ...data } })
    }),
    events.on('disk', ({ isFull, freeBytes }) => {
      const data = { freeBytes }
      if (isFull) {
        const text = `The disk is nearly full, with ${freeBytes} bytes free: new records are refused.`
        journal.append({ type: 'disk-full', level: 'error', text, data })
      } else {
        const text = `The disk has room again, ${freeBytes} bytes: new records are taken.`
        journal.append({ type: 'disk-room', level: 'info', text, data })
      }
    }),
    events.on('notice', ({ level, text }) => journal.append({ type: 'notice', level, text })),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}

function listOf(ids: readonly string[]): string {
  return ids.length === 0 ? 'none' : ids.join(', ')
}
