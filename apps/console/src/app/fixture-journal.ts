import type { JournalEntry, JournalLevel } from '../data/live/frames.ts'

/** What the states differ in, as far as journals tell it. */
export interface JournalStory {
  readonly openedAt: number
  readonly urlOf: (brokerId: string) => string
  readonly topics: readonly { readonly name: string; readonly id: string; readonly partitions: number }[]
  /** What goes wrong at the end; null: nothing. */
  readonly trouble: 'leader-lost' | 'coordinator-lost' | 'replica-lost' | null
}

/** What one broker writes down. `agoMs`: before the page was opened. */
type Line = Omit<JournalEntry, 'seq' | 'at'> & { readonly agoMs: number }

const all = ['1', '2', '3']

/** One after another, as they were started. */
export function startedAgoMs(brokerId: string): number {
  return 5_400_000 - all.indexOf(brokerId) * 310
}

/** Before the page was opened: when broker 3 was heard last, and when broker 1 led in its place. */
export const silentAgoMs = 36_380
export const takenOverAgoMs = 30_000

/** Each counts its own lines; what it wrote before is not loaded. */
const newestBefore: Readonly<Record<string, number>> = { '1': 41, '2': 37, '3': 52 }

/**
 * The journals of three brokers: they were started anew for a version, broker 3 led, then it stood still for some seconds and
 * broker 1 was elected. As in a real cluster each broker writes what it sees itself, with its own number, its own delay and the
 * epoch that it knew then.
 */
export function fixtureJournal({ openedAt, urlOf, topics, trouble }: JournalStory): readonly JournalEntry[] {
  const lines = [
    ...all.map((id) => started(startedAgoMs(id), id, urlOf(id))),
    role(5_398_900, '3', 6, 'candidate', 'nobody holds the lease'),
    ...leads(5_398_700, '3', 7),
    ...all.map((id, index) => inSync(5_398_690 - index * 12, id, 7, all, null)),
    ...topics.flatMap((topic, index) => created(4_000_000 - index * 2_300, topic)),
    ...['1', '2'].map((id, index) => silent(silentAgoMs - 1_780 - index * 8, id, '3', 1_780 + index * 8, 7)),
    role(32_410, '1', 7, 'candidate', 'nobody holds the lease'),
    ...['1', '2'].map((id, index) => noLeader(32_400 - index * 140, id, 7)),
    role(31_020, '2', 7, 'unattached', 'promised epoch 8 to broker 1'),
    leaseTaken(31_000, '1', '3', 8),
    ...leads(takenOverAgoMs, '1', 8, ['1', '2']),
    ...['1', '2'].map((id, index) => inSync(29_990 - index * 16, id, 8, ['1', '2'], all)),
    fenced(29_400, '3', 39),
    role(29_390, '3', 8, 'follower', 'broker 1 leads'),
    leader(29_380, '3', '1', 8),
    inSync(29_370, '3', 8, ['1', '2'], all),
    ...all.map((id, index) => inSync(29_000 - index * 14, id, 8, all, ['1', '2'])),
    ...troubleLines(trouble),
  ]
  const seqs = new Map(Object.entries(newestBefore))
  return lines
    .toSorted((a, b) => b.agoMs - a.agoMs)
    .map(({ agoMs, ...line }) => {
      const seq = seqs.get(line.brokerId)! + 1
      seqs.set(line.brokerId, seq)
      return { ...line, seq, at: openedAt - agoMs }
    })
}

function troubleLines(trouble: JournalStory['trouble']): readonly Line[] {
  if (trouble === 'coordinator-lost') {
    const text = 'The coordinator is out of reach: no election and no change of the ISR until it is back.'
    return all.map((id, index) => line(9_000 - index * 60, id, 8, 'coordinator-lost', 'warn', text, {}))
  }
  if (trouble === 'replica-lost')
    return [
      silent(12_200, '1', '3', 1_790, 8),
      ...['1', '2'].map((id, index) => inSync(11_800 - index * 15, id, 8, ['1', '2'], all)),
    ]
  if (trouble === 'leader-lost')
    return ['2', '3'].flatMap((id, index) => [
      silent(220 - index * 8, id, '1', 1_780 + index * 8, 8),
      noLeader(40 - index * 10, id, 8),
    ])
  return []
}

function line(
  agoMs: number,
  brokerId: string,
  epoch: number,
  type: JournalEntry['type'],
  level: JournalLevel,
  text: string,
  data: Readonly<Record<string, unknown>>,
): Line {
  return { agoMs, brokerId, epoch, type, level, text, data }
}

function started(agoMs: number, id: string, url: string): Line {
  const version = '0.1.0'
  return line(agoMs, id, 6, 'started', 'info', `Broker ${id} (YAK ${version}) serves at ${url}.`, { version, url })
}

function role(agoMs: number, id: string, epoch: number, name: string, reason: string): Line {
  const text = `Broker ${id} is ${name} in epoch ${epoch}: ${reason}.`
  return line(agoMs, id, epoch, 'role-changed', 'info', text, { role: name, epoch, reason })
}

function leader(agoMs: number, id: string, leaderId: string, epoch: number): Line {
  return line(agoMs, id, epoch, 'leader-changed', 'info', `Broker ${leaderId} leads in epoch ${epoch}.`, {
    leaderId,
    epoch,
  })
}

/** The leader says it first, the others when they follow. */
function leads(agoMs: number, leaderId: string, epoch: number, by: readonly string[] = all): readonly Line[] {
  return by
    .toSorted((a, b) => Number(b === leaderId) - Number(a === leaderId))
    .flatMap((id, index) => [
      id === leaderId
        ? role(agoMs, id, epoch, 'leader', 'its ISR is confirmed')
        : role(agoMs - index * 40, id, epoch, 'follower', `broker ${leaderId} leads`),
      leader(agoMs - index * 40 - 2, id, leaderId, epoch),
    ])
}

function noLeader(agoMs: number, id: string, epoch: number): Line {
  return line(agoMs, id, epoch, 'leader-changed', 'warn', `No leader is known since epoch ${epoch}.`, {
    leaderId: null,
    epoch,
  })
}

function silent(agoMs: number, id: string, peerId: string, silentMs: number, epoch: number): Line {
  const text = `Broker ${id} has not heard from broker ${peerId} for ${silentMs} ms, in epoch ${epoch}.`
  return line(agoMs, id, epoch, 'heartbeat-missed', 'warn', text, { peerId, silentMs, epoch, misses: 1 })
}

function leaseTaken(agoMs: number, id: string, holderId: string, epoch: number): Line {
  const text = `The lease of broker ${holderId}, epoch ${epoch - 1}, has run out. Broker ${id} was given the next.`
  return line(agoMs, id, epoch, 'lease-expired', 'warn', text, { holderId, epoch: epoch - 1, takenBy: id })
}

function fenced(agoMs: number, id: string, writes: number): Line {
  const text = `Broker ${id} refused ${writes} writes to the leader of epoch 7 that it was: epoch 8 has begun.`
  return line(agoMs, id, 8, 'write-fenced', 'warn', text, { epoch: 7, knownEpoch: 8, writes })
}

function inSync(
  agoMs: number,
  id: string,
  epoch: number,
  isr: readonly string[],
  previous: readonly string[] | null,
): Line {
  const left = (previous ?? []).filter((each) => !isr.includes(each))
  const text = `In sync: ${isr.join(', ')}${left.length === 0 ? '' : `; ${left.join(', ')} left`}, in epoch ${epoch}.`
  return line(agoMs, id, epoch, 'isr-changed', left.length === 0 ? 'info' : 'warn', text, { isr, previous, epoch })
}

/** Through the leader of then, and from its log by the others. */
function created(
  agoMs: number,
  { name: topic, id: topicId, partitions }: JournalStory['topics'][number],
): readonly Line[] {
  const text = `Topic ${topic} was created with ${partitions} ${partitions === 1 ? 'partition' : 'partitions'}.`
  const data = { topic, id: topicId, partitions }
  return ['3', '1', '2'].map((id, index) => line(agoMs - index * 18, id, 7, 'topic-created', 'info', text, data))
}
