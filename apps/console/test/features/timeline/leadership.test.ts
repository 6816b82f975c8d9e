import { expect, test } from 'vitest'
import { clusterStops } from '../../../src/features/timeline/cluster-stops.ts'
import {
  changeText,
  fencedWrites,
  gapText,
  incidentsOf,
  type LeaderEntry,
  type LeaderNow,
  latestChange,
  termsOf,
} from '../../../src/features/timeline/leadership.ts'

/** Journals as lines: `at broker type value [epoch]`; each broker's `seq` counts up in the order of the lines. */
function journal(text: string): readonly LeaderEntry[] {
  const seqs = new Map<string, number>()
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [at, brokerId, type, value, epoch] = line.trim().split(/\s+/) as [string, string, string, string?, string?]
      const seq = (seqs.get(brokerId) ?? 0) + 1
      seqs.set(brokerId, seq)
      const data =
        type === 'role'
          ? { role: value, epoch: Number(epoch) }
          : type === 'leader'
            ? { leaderId: value === 'none' ? null : value, epoch: Number(epoch) }
            : {}
      const types: Record<string, string> = { role: 'role-changed', leader: 'leader-changed' }
      return { seq, at: Number(at), brokerId, type: types[type] ?? type, data }
    })
}

const now = (leaderId: string | null, epoch: number): LeaderNow => ({ leaderId, epoch })

/** What three brokers wrote when the first was killed: broker 1 leaves no word. */
const killed = `
  100 1 role leader 64
  105 1 leader 1 64
  110 2 role follower 64
  111 2 leader 1 64
  112 3 role follower 64
  115 3 leader 1 64
  5000 3 role candidate 64
  5015 3 leader none 66
  5017 2 role candidate 64
  5040 2 role unattached 64
  5060 2 leader none 64
  5150 2 role follower 66
  5160 2 leader 3 66
  5240 3 role leader 66
  5245 3 leader 3 66
`

test('a leader that was killed: the term ends with the first who missed it, and that is a lower bound', () => {
  const terms = termsOf(journal(killed), now('3', 66))
  expect(terms).toMatchObject([
    {
      epoch: 64,
      leaderId: '1',
      electedAt: 100,
      servesAt: 100,
      lostAt: null,
      lostBy: null,
      missedAt: 5_000,
      endAt: 5_000,
    },
    { epoch: 66, leaderId: '3', electedAt: 5_160, servesAt: 5_240, endAt: null },
  ])
  expect(incidentsOf(terms, 9_000)).toEqual([
    {
      from: { leaderId: '1', epoch: 64, lostBy: null },
      to: { leaderId: '3', epoch: 66 },
      startAt: 5_000,
      endAt: 5_240,
      detectedMs: null,
      electedMs: 160,
      confirmedMs: 80,
      unavailableMs: 240,
      atLeast: true,
      heardAt: null,
      stop: null,
    },
  ])
})

test('a page that heard the killed leader bounds its silence; later words, and the leader’s own, go first', () => {
  const terms = termsOf(journal(killed), now('3', 66))
  const heardAt = (at: number) => incidentsOf(terms, 9_000, new Map([['1 64', at]]))[0]!.heardAt
  expect(heardAt(3_200)).toBe(3_200)
  expect(heardAt(5_100)).toBeNull()
  expect(incidentsOf(terms, 9_000, new Map([['1 63', 3_200]]))[0]!.heardAt).toBeNull()
})

test('the bar at the top says of a change what its card says', () => {
  const entries = journal(killed)
  const card = (heard: ReadonlyMap<string, number>) =>
    gapText(incidentsOf(termsOf(entries, now('3', 66)), 9_000, heard)[0]!)
  const heard = new Map([['1 64', 3_200]])
  expect(card(heard)).toBe('240 ms to 2.0 s')
  const text = (now: LeaderNow, known: ReadonlyMap<string, number>) => {
    const change = latestChange(entries, ['1', '2', '3'], now, 9_999, known)
    return change === null ? null : changeText(change)
  }
  expect(text(now('3', 66), heard)).toBe('240 ms to 2.0 s without a leader')
  expect(card(new Map())).toBe('≥ 240 ms')
  expect(text(now('3', 66), new Map())).toBe('at least 240 ms without a leader')
  expect(text(now('3', 67), heard)).toBeNull()
})

test('a killed leader that comes back says nothing about when it fell silent', () => {
  const back = `${killed}
  9000 1 started
  9010 1 role follower 66
  9020 1 leader 3 66`
  const [first] = termsOf(journal(back), now('3', 66))
  expect(first).toMatchObject({ lostAt: null, endAt: 5_000 })
})

test('a leader that stops says when: detected, elected, confirmed add up to the time without one', () => {
  const terms = termsOf(
    journal(`
    0 1 role leader 4
    1 2 leader 1 4
    1000 1 stopped
    1001 1 role unattached 4
    1300 2 role candidate 4
    1700 2 role leader 5
    1650 3 leader 2 5
  `),
    now('2', 5),
  )
  expect(terms[0]).toMatchObject({ lostAt: 1_000, lostBy: 'stopped', missedAt: 1_300, endAt: 1_000 })
  expect(incidentsOf(terms, 9_999)).toMatchObject([
    {
      detectedMs: 300,
      electedMs: 350,
      confirmedMs: 50,
      unavailableMs: 700,
      atLeast: false,
      startAt: 1_000,
      endAt: 1_700,
    },
  ])
})

test('a leader that resigns before it stops says so, and the change is short', () => {
  const terms = termsOf(
    journal(`
    0 1 role leader 64
    1 2 leader 1 64
    1000 1 role resigned 64
    1050 1 stopped
    1010 2 role candidate 64
    1080 2 role leader 66
    2000 1 started
    2100 1 role follower 66
  `),
    now('2', 66),
  )
  expect(incidentsOf(terms, 9_999)).toMatchObject([
    { from: { lostBy: 'resigned' }, startAt: 1_000, detectedMs: 10, electedMs: 70, unavailableMs: 80, atLeast: false },
  ])
})

test('a leader that steps down on its own word, as one cut off from the coordinator', () => {
  const terms = termsOf(
    journal(`
    0 1 role leader 4
    1 2 leader 1 4
    1000 1 coordinator-lost
    3000 1 role unattached 4
    3100 2 role candidate 4
    3500 2 role leader 5
  `),
    now('2', 5),
  )
  expect(incidentsOf(terms, 9_999)).toMatchObject([
    { from: { lostBy: 'stepped-down' }, startAt: 3_000, detectedMs: 100, unavailableMs: 500, atLeast: false },
  ])
})

test('a leader that did not serve for a moment, and led on in its epoch, has not ended its term', () => {
  const entries = journal(`
    100 1 role leader 64
    105 1 leader 1 64
    110 2 leader 1 64
    3000 1 leader none 64
    3400 1 leader 1 64
    900000 1 role resigned 64
    900002 2 role candidate 64
    900003 2 leader none 64
    900020 3 leader 2 65
    900040 2 role leader 65
  `)
  const terms = termsOf(entries, now('2', 65))
  expect(terms[0]).toMatchObject({ epoch: 64, lostAt: 900_000, lostBy: 'resigned', endAt: 900_000 })
  expect(incidentsOf(terms, 950_000)).toMatchObject([{ unavailableMs: 40, detectedMs: 2 }])
})

test('a follower that lost sight of the leader long before is not who detected its end', () => {
  const entries = journal(`
    100 1 role leader 64
    105 1 leader 1 64
    110 2 leader 1 64
    112 3 leader 1 64
    780000 2 role unattached 64
    900000 1 role resigned 64
    900002 2 role candidate 64
    900006 3 leader none 64
    900020 3 leader 2 65
    900040 2 role leader 65
  `)
  const incidents = incidentsOf(termsOf(entries, now('2', 65)), 950_000)
  expect(incidents).toMatchObject([{ detectedMs: 6, electedMs: 14, confirmedMs: 20, unavailableMs: 40 }])
})

test('a leader that was paused steps down when another leads already: it was gone long before it said so', () => {
  const terms = termsOf(
    journal(`
    0 1 role leader 4
    1 2 leader 1 4
    1 3 leader 1 4
    3000 3 role candidate 4
    3100 2 leader none 4
    3400 3 role leader 5
    9000 1 role candidate 4
    9010 1 role follower 5
  `),
    now('3', 5),
  )
  expect(terms[0]).toMatchObject({ lostAt: null, lostBy: null, endAt: 3_000 })
  expect(incidentsOf(terms, 9_999)).toMatchObject([
    { from: { lostBy: null }, startAt: 3_000, endAt: 3_400, unavailableMs: 400, atLeast: true },
  ])
})

test('a follower that lost sight of a leader that others kept, and found it again, ends no term', () => {
  const terms = termsOf(
    journal(`
    0 1 role leader 4
    1 2 leader 1 4
    2 3 leader 1 4
    500 3 leader none 4
    800 3 leader 1 4
    2000 2 leader none 4
    2500 2 role leader 5
  `),
    now('2', 5),
  )
  expect(terms[0]).toMatchObject({ missedAt: 2_000, endAt: 2_000 })
})

test('a broker that stops or starts misses its leader without the leader being gone', () => {
  const terms = termsOf(
    journal(`
    0 1 role leader 4
    1 3 leader 1 4
    500 3 stopped
    501 3 leader none 4
    900 3 started
    901 3 role unattached 4
  `),
    now(null, 4),
  )
  expect(terms).toMatchObject([{ missedAt: null, endAt: null }])
})

test('nobody leads now: the change lasts, and counts', () => {
  const terms = termsOf(
    journal(`
    0 1 role leader 4
    1 2 leader 1 4
    1000 2 role candidate 4
  `),
    now(null, 4),
  )
  expect(incidentsOf(terms, 3_500)).toEqual([
    {
      from: { leaderId: '1', epoch: 4, lostBy: null },
      to: null,
      startAt: 1_000,
      endAt: null,
      detectedMs: null,
      electedMs: null,
      confirmedMs: null,
      unavailableMs: 2_500,
      atLeast: true,
      heardAt: null,
      stop: null,
    },
  ])
})

test('one who leads now is not ended by a follower that cannot see it', () => {
  const entries = journal(`
    0 1 role leader 4
    1 2 leader 1 4
    1000 2 leader none 4
  `)
  expect(termsOf(entries, now('1', 4))[0]!.endAt).toBeNull()
  expect(termsOf(entries, null)[0]!.endAt).toBe(1_000)
})

test('the same broker again in a later epoch is a change too; without a gap it takes no time', () => {
  const terms = termsOf(
    journal(`
    0 1 role leader 4
    1 2 leader 1 4
    1000 1 role candidate 4
    1400 1 role leader 5
  `),
    now('1', 5),
  )
  expect(incidentsOf(terms, 9_999)).toMatchObject([
    { from: { leaderId: '1', epoch: 4 }, to: { leaderId: '1', epoch: 5 }, unavailableMs: 400, atLeast: false },
  ])
})

test('clocks that differ never make a duration negative', () => {
  const terms = termsOf(
    journal(`
    1000 1 role leader 4
    900 2 leader 1 4
    5000 1 stopped
    4900 2 role candidate 4
    4950 2 role leader 5
  `),
    now('2', 5),
  )
  expect(incidentsOf(terms, 9_999)).toMatchObject([{ detectedMs: 0, electedMs: 50, unavailableMs: 0, endAt: 5_000 }])
})

test('the new leader’s journal is not read: its election is known from the others', () => {
  const terms = termsOf(
    journal(`
    0 1 role leader 4
    1 2 leader 1 4
    1000 2 leader none 4
    1500 2 leader 3 5
  `),
    now('3', 5),
  )
  expect(terms[1]).toMatchObject({ electedAt: 1_500, servesAt: null })
  expect(incidentsOf(terms, 9_999)).toMatchObject([{ confirmedMs: null, unavailableMs: 500 }])
})

test('nothing, and entries of types that nobody knows', () => {
  expect(termsOf([], null)).toEqual([])
  expect(incidentsOf([], 0)).toEqual([])
  expect(termsOf(journal('1 1 something-new x 3'), null)).toEqual([])
})

test('writes that the old leader refused are those of its own epoch', () => {
  const fenced = (epoch: number, writes: unknown) => ({
    seq: 1,
    at: 1,
    brokerId: '1',
    type: 'write-fenced',
    data: { epoch, writes },
  })
  const entries = [fenced(7, 1), fenced(7, 39), fenced(4, 5), fenced(7, 'many'), { ...fenced(7, 9), type: 'notice' }]
  expect([fencedWrites(entries, 7), fencedWrites(entries, 4), fencedWrites(entries, 8)]).toEqual([40, 5, 0])
})

/** Three brokers that were told to stop, the leader last, and were started again. */
const stoppedAll = `
  90 1 started
  91 2 started
  92 3 started
  100 1 role leader 64
  105 1 leader 1 64
  111 2 leader 1 64
  115 3 leader 1 64
  5000 3 stopped
  5010 2 stopped
  5012 1 role candidate 64
  5020 1 stopped
  9000 2 started
  9010 1 started
  9020 3 started
  9500 2 role leader 65
  9505 1 leader 2 65
  9510 3 leader 2 65
`
const incidentsIn = (text: string, ids: readonly string[] = ['1', '2', '3']) => {
  const entries = journal(text)
  return incidentsOf(termsOf(entries, now('2', 65)), 20_000, new Map(), clusterStops(entries, ids))
}

test('a stop of the whole cluster is told from a loss of its leader, by the word of every broker', () => {
  expect(incidentsIn(stoppedAll)).toMatchObject([
    { startAt: 5012, endAt: 9500, atLeast: false, stop: { fromAt: 5020, toAt: 9000 } },
  ])
})

test('one broker that was killed, ran on, or whose journal was not read leaves it a loss of the leader', () => {
  const without = (line: string) => stoppedAll.replace(`  ${line}\n`, '')
  expect(without('5000 3 stopped')).not.toBe(stoppedAll)
  expect(incidentsIn(without('5000 3 stopped'))).toMatchObject([{ stop: null }])
  expect(incidentsIn(stoppedAll.replace('5010 2 stopped', '3000 2 stopped').replace('9000 2', '5015 2'))).toMatchObject(
    [{ stop: null }],
  )
  expect(incidentsIn(stoppedAll, ['1', '2', '3', '4'])).toMatchObject([{ stop: null }])
})

test('a broker that came into the cluster after it had not to stop for it', () => {
  expect(incidentsIn(`${stoppedAll.trimEnd()}\n  15000 4 started`)).toMatchObject([
    { stop: { fromAt: 5020, toAt: 9000 } },
  ])
  // Brokers after one another, as for a new version, are no stop of the whole.
  const rolling = `
    1 1 started
    2 2 started
    100 1 role leader 64
    5000 1 stopped
    5500 1 started
    5600 2 stopped
    5900 2 started
    6000 2 role leader 65
  `
  expect(clusterStops(journal(rolling), ['1', '2'])).toEqual([])
  expect(clusterStops(journal('1 1 started\n 50 1 stopped'), ['1'])).toEqual([{ fromAt: 50, toAt: null }])
})

test('what is told of the newest change is no failover that took as long as the cluster was stopped', () => {
  const entries = journal(stoppedAll)
  const change = latestChange(entries, ['1', '2', '3'], now('2', 65), 20_000, new Map())
  expect(changeText(change!)).toBe('after a stop of the whole cluster: no broker for 4.0 s, a leader 500 ms after')
  // While they start and nobody leads yet.
  const starting = entries.filter(({ at }) => at < 9_500)
  expect(latestChange(starting, ['1', '2', '3'], now(null, 64), 9_400, new Map())).toMatchObject({
    to: null,
    stop: { fromAt: 5_020, toAt: 9_000 },
  })
  // As long as the journal of one was not read it is not known.
  const unread = latestChange(entries, ['1', '2', '3', '4'], now('2', 65), 20_000, new Map())
  expect(changeText(unread!)).toMatch(/without a leader$/)
})

test('a follower that lost sight of the leader and follows it again has not missed it when it steps down', () => {
  const terms = termsOf(
    journal(`
  100 1 role leader 64
  105 1 leader 1 64
  110 2 leader 1 64
  5000 2 role unattached 64
  5050 2 role follower 64
  261000 1 role unattached 64
  261300 2 leader none 64
  261900 2 role leader 65
  261905 2 leader 2 65
`),
    now('2', 65),
  )
  expect(incidentsOf(terms, 300_000)).toMatchObject([{ detectedMs: 300, electedMs: 600, unavailableMs: 900 }])
})
