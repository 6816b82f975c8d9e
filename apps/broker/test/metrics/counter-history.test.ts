import { LIMITS } from '@yak/protocol'
import { counterHistoryResponseSchema } from '@yak/protocol/schemas'
import { expect, test } from 'vitest'
import { startCluster } from '../../src/index.ts'
import { BrokerMetrics } from '../../src/metrics/broker-metrics.ts'
import { CounterHistory } from '../../src/metrics/counter-history.ts'
import { call } from '../running-broker.ts'

test('the newest notes are kept, oldest first, and no more than there is room for', () => {
  const metrics = new BrokerMetrics()
  let now = 0
  let isLeading = false
  const history = new CounterHistory({ metrics, clock: () => now, isLeading: () => isLeading })
  expect(history.read().at).toEqual([])
  const notes = LIMITS.maxCounterNotes + 10
  for (let note = 1; note <= notes; note++) {
    now = note * LIMITS.counterNoteMs
    isLeading = note === notes
    metrics.recordsIn.add(2)
    if (note > 1) metrics.errors.add()
    history.note()
  }
  const { at, leads, recordsIn, recordsOut, errors } = history.read()
  expect([at.length, leads.length, recordsIn.length]).toEqual(new Array(3).fill(LIMITS.maxCounterNotes))
  expect([at[0], at.at(-1)]).toEqual([11 * LIMITS.counterNoteMs, now])
  expect([recordsIn[0], recordsIn.at(-1)]).toEqual([22, 2 * notes])
  expect([errors[0], recordsOut.at(-1)]).toEqual([10, 0])
  expect(leads.indexOf(true)).toBe(LIMITS.maxCounterNotes - 1)
})

test('any broker is asked for what all of them noted; one that does not answer is named', async () => {
  await using cluster = await startCluster({ settings: { leaseMs: 1_000, minFreeDiskBytes: 0 } })
  const leader = await cluster.leader()
  const read = async (query: string) =>
    counterHistoryResponseSchema.parse((await call(leader, `/v1/counter-history${query}`)).body)
  const [own] = (await read('')).brokers
  const { startedAt } = (await call(leader, '/v1/broker-state')).body
  // The first is that of its start: everything is at 0.
  expect(own).toMatchObject({ brokerId: leader.id, startedAt })
  expect([own!.leads[0], own!.recordsIn[0]]).toEqual([false, 0])
  expect(own!.at[0]).toBeGreaterThanOrEqual(startedAt)
  expect(own!.asOf).toBeGreaterThanOrEqual(own!.at[0]!)
  const all = await read('?broker=all')
  expect(all.brokers.map(({ brokerId }) => brokerId)).toEqual(['1', '2', '3'])
  expect(all.missing).toEqual([])
  const gone = cluster.brokers.find(({ id }) => id !== leader.id)!
  await cluster.stop(gone.id)
  expect((await read('?broker=all')).missing.map(({ brokerId }) => brokerId)).toEqual([gone.id])
  expect((await call(leader, '/v1/counter-history?broker=9')).body.code).toBe('INVALID_REQUEST')
})
