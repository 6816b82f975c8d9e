import { describe, expect, test } from 'vitest'
import { ANOMALIES, type AnomalyKind } from './anomaly.ts'
import { check } from './checker.ts'
import { History, type HistoryEvent } from './history.ts'

const partition = 'orders-0'

/** A history written as a story: each call is one operation of one client, 10 ms after the one before. */
class Story {
  readonly #history = new History()
  #timeMs = 0
  #id = 0

  get events(): readonly HistoryEvent[] {
    return this.#history.events
  }

  /** Sends one batch; `offset`: acknowledged there, 'fail' or 'info': the other fates. */
  send(
    value: string,
    offset: number | null | 'fail' | 'info',
    options: { session?: string; client?: string; epoch?: number } = {},
  ) {
    const client = options.client ?? 'p1'
    const id = this.#invoke({ op: 'send', client, values: value.split(' '), session: options.session ?? null })
    const answer = { client, id, timeMs: this.#timeMs + 5 }
    if (offset === 'fail' || offset === 'info') this.#history.add({ type: offset, code: 'NOT_LEADER', ...answer })
    else this.#history.add({ type: 'ok', op: 'send', baseOffset: offset, epoch: options.epoch ?? 1, ...answer })
    return this
  }

  /** Polls from `offset`; the records are written as `offset:value`. */
  poll(
    offset: number,
    records: string,
    options: { highWatermark?: number; nextOffset?: number; start?: number; epoch?: number } = {},
  ) {
    const id = this.#invoke({ op: 'poll', client: 'c1', consumer: 'c1', offset })
    const read = records
      .split(' ')
      .filter(Boolean)
      .map((record) => {
        const [at, value] = record.split(':')
        return [Number(at), value!] as const
      })
    const nextOffset = options.nextOffset ?? (read.length === 0 ? offset : read.at(-1)![0] + 1)
    this.#history.add({
      type: 'ok',
      op: 'poll',
      client: 'c1',
      id,
      timeMs: this.#timeMs + 5,
      epoch: options.epoch ?? 1,
      records: read,
      nextOffset,
      highWatermark: options.highWatermark ?? nextOffset,
      logStartOffset: options.start ?? 0,
    })
    return this
  }

  /** What a broker holds at the end, one batch for each value, `value~` for the same value in other bytes. */
  replica(broker: string, values: string, start = 0) {
    const batches = values
      .split(' ')
      .filter(Boolean)
      .map((value, index) => ({
        baseOffset: start + index,
        epoch: 1,
        digest: `bytes of ${value}`,
        values: [value.replace('~', '')],
      }))
    const end = start + batches.length
    this.#history.add({
      type: 'replica',
      broker,
      partition,
      logStartOffset: start,
      highWatermark: end,
      logEndOffset: end,
      batches,
    })
    return this
  }

  /** An operator lets a broker lead the epoch without a quorum. */
  cut(offset: number, epoch: number) {
    this.#history.add({ type: 'cut', partition, epoch, offset, timeMs: this.#timeMs })
    return this
  }

  fault(phase: 'begin' | 'end', name: string) {
    this.#history.add({ type: 'fault', phase, name, timeMs: this.#timeMs })
    return this
  }

  wait(ms: number) {
    this.#timeMs += ms
    return this
  }

  #invoke(
    operation:
      | { op: 'send'; client: string; values: string[]; session: string | null }
      | { op: 'poll'; client: string; consumer: string; offset: number },
  ): number {
    this.#timeMs += 10
    const id = ++this.#id
    this.#history.add({ type: 'invoke', id, timeMs: this.#timeMs, partition, ...operation })
    return id
  }
}

const kindsOf = (story: Story, options = {}) => [
  ...new Set(check(story.events, options).anomalies.map(({ kind }) => kind)),
]

/** Each anomaly with a history that shows it and nothing else. */
const histories: Record<AnomalyKind, Story> = {
  'lost write': new Story().send('a', 0).send('b', 1).send('c', 2).poll(2, '2:c'),
  unseen: new Story().send('a', 0).send('b', 1).replica('b1', 'a').replica('b2', 'a'),
  'read lost': new Story().send('a', 0).send('b', 'info').poll(0, '0:a 1:b').replica('b1', 'a'),
  duplicate: new Story().send('a', 0).send('b', 1).replica('b1', 'a b a'),
  'inconsistent offset': new Story().send('a', 0).send('b', 0),
  'aborted read': new Story().send('a', 0).send('b', 'fail').replica('b1', 'a b'),
  phantom: new Story().send('a', 0).replica('b1', 'a b'),
  order: new Story().send('a', 'info', { session: 's' }).send('b', 'info', { session: 's' }).replica('b1', 'b a'),
  'poll skip': new Story().send('a', 0).send('b', 1).send('c', 2).poll(0, '0:a 2:c').replica('b1', 'a b c'),
  'poll back': new Story().send('a', 0).send('b', 1).poll(0, '0:a 1:b').poll(1, '1:b').replica('b1', 'a b'),
  'uncommitted read': new Story()
    .send('a', 0)
    .send('b', 1)
    .poll(0, '0:a 1:b', { highWatermark: 1 })
    .replica('b1', 'a b'),
  'HW back': new Story()
    .send('a', 0)
    .poll(0, '0:a', { highWatermark: 2 })
    .poll(1, '', { highWatermark: 1 })
    .replica('b1', 'a'),
  'replica mismatch': new Story().send('a', 0).send('b', 1).replica('b1', 'a b').replica('b2', 'a b~'),
}

describe('each anomaly is found, and nothing besides', () => {
  for (const kind of Object.keys(ANOMALIES) as AnomalyKind[]) {
    test(kind, () => {
      expect(kindsOf(histories[kind])).toEqual([kind])
    })
  }
})

describe('what is no anomaly', () => {
  test('a clean run: batches, a refused send, unknown ones that are and are not there, polls, two replicas', () => {
    const story = new Story()
      .send('a b', 0, { session: 's' })
      .send('c', 'fail')
      .send('d', 'info')
      .poll(0, '0:a 1:b')
      .send('e', 'info', { session: 's' })
      .send('f', 3, { session: 's' })
      .poll(2, '2:e 3:f')
    // The two values of the first send lie in one batch on a real broker; the checker looks at values.
    expect(kindsOf(story.replica('b1', 'a b e f').replica('b2', 'a b e f'))).toEqual([])
  })

  test('a duplicate acknowledged without its offset', () => {
    expect(kindsOf(new Story().send('a', null, { session: 's' }).replica('b1', 'a'))).toEqual([])
  })

  test('offsets against the order of sends that were under way together, without a session', () => {
    const history = new History()
    for (const [id, value] of [
      [1, 'a'],
      [2, 'b'],
    ] as const) {
      history.add({
        type: 'invoke',
        op: 'send',
        client: 'p1',
        id,
        timeMs: id,
        partition,
        values: [value],
        session: null,
      })
    }
    for (const [id, baseOffset] of [
      [1, 1],
      [2, 0],
    ] as const) {
      history.add({ type: 'ok', op: 'send', client: 'p1', id, timeMs: 10 + id, baseOffset, epoch: 1 })
    }
    expect(check(history.events).anomalies).toEqual([])
  })

  test('records deleted by retention, when the topic has one', () => {
    const story = new Story().send('a', 0).send('b', 1).poll(1, '1:b', { start: 1 }).replica('b1', 'b', 1)
    expect(kindsOf(story, { retention: true })).toEqual([])
    expect(kindsOf(story)).toEqual(['lost write'])
  })

  test('two histories of the same partition name under different topic ids', () => {
    const story = new Story().send('a', 0).replica('b1', 'a')
    const other = story.events.map((event) => ('partition' in event ? { ...event, partition: 'other-0' } : event))
    const events = [...story.events, ...other.map((event) => ('client' in event ? { ...event, client: 'p9' } : event))]
    expect(check(events).anomalies).toEqual([])
  })
})

test('an anomaly names the partition, the values, the offsets and the client', () => {
  const [anomaly] = check(histories['lost write'].events).anomalies
  expect(anomaly).toEqual({
    kind: 'lost write',
    partition,
    detail: 'a of p1#1 was acknowledged at 0 and never read, though 2 was.',
  })
})

test('what an acknowledged value lacks is told for each broker', () => {
  const { anomalies } = check(new Story().send('a', 0).send('b', 1).replica('b1', 'a b').replica('b2', 'a').events)
  expect(anomalies.map(({ kind, detail }) => [kind, detail])).toContainEqual([
    'unseen',
    'b of p1#2 was acknowledged at 1 and is not there at the end on b2.',
  ])
})

describe('a history that is none is refused', () => {
  test('two answers to one operation', () => {
    const { events } = new Story().send('a', 0)
    expect(() => check([...events, events.at(-1)!])).toThrow('answered twice')
  })

  test('an answer without its operation', () => {
    const { events } = new Story().send('a', 0)
    expect(() => check(events.slice(1))).toThrow('belong to no operation')
  })

  test('one value sent twice', () => {
    expect(() => check(new Story().send('a', 0).send('a', 1).events)).toThrow('values must be unique')
  })
})

test('a killed client leaves a history that ends in the middle of a line, and unknown sends', () => {
  const lines = (story: Story) => {
    const history = new History()
    for (const event of story.events) history.add(event)
    return history.toLines()
  }
  const killed = lines(new Story().send('a', 0).send('b', 1)).slice(0, -20)
  const reader = lines(new Story().replica('b1', 'a b'))
  const report = check(History.fromLines(killed, reader).events)
  expect(report.anomalies).toEqual([])
  expect(report.availability.sends).toEqual({ ok: 1, failed: 0, unknown: 1 })
})

describe('availability', () => {
  test('the longest gap, the recovery after each mark and the latency during the fault', () => {
    const story = new Story()
      .send('a', 0)
      .fault('begin', 'kill')
      .wait(500)
      .send('b', 'info')
      .send('c', 1)
      .fault('end', 'kill')
    const { availability } = check(story.send('d', 2).events)
    expect(availability.sends).toEqual({ ok: 3, failed: 0, unknown: 1 })
    expect(availability.longestGapMs).toBe(520)
    expect(availability.longestGapStartedAtMs).toBe(15)
    expect(availability.recoveries).toEqual([
      { fault: 'kill', phase: 'begin', atMs: 10, recoveredAfterMs: 525 },
      { fault: 'kill', phase: 'end', atMs: 530, recoveredAfterMs: 15 },
    ])
    expect(availability.p50Ms).toBe(5)
  })

  test('a history without sends', () => {
    expect(check([]).availability).toMatchObject({ longestGapMs: 0, p99Ms: 0, recoveries: [] })
  })
})

describe('a history that an operator had cut', () => {
  const story = () => new Story().send('a', 0).send('b', 1).send('c', 2)

  test('may have lost what was acknowledged and read above the cut before, and put other records there', () => {
    const { events } = story()
      .poll(0, '0:a 1:b 2:c')
      .cut(1, 2)
      .send('d', 1, { epoch: 2 })
      .poll(0, '0:a 1:d', { epoch: 2 })
      .replica('b1', 'a d')
    expect(check(events).anomalies).toEqual([])
  })

  test('has lost nothing below the cut', () => {
    const { events } = story().cut(1, 2).send('d', 0, { epoch: 2 }).replica('b1', 'd')
    expect(check(events).anomalies.map(({ kind }) => kind)).toContain('unseen')
  })

  test('has lost nothing that was acknowledged since', () => {
    const { events } = story().cut(1, 2).send('d', 1, { epoch: 2 }).replica('b1', 'a')
    expect(check(events).anomalies.map(({ kind }) => kind)).toEqual(['unseen'])
  })

  test('holds nothing that was refused', () => {
    const { events } = story().send('x', 'fail').cut(1, 2).replica('b1', 'a x')
    expect(check(events).anomalies.map(({ kind }) => kind)).toEqual(['aborted read'])
  })
})
