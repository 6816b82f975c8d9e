import { LIMITS } from '@yak/protocol'
import { expect, test } from 'vitest'
import type { ApiClient } from '../../src/data/api/api-client.ts'
import { type RateName, rateNames } from '../../src/data/cluster-feed.ts'
import { PastRates } from '../../src/data/past-rates.ts'
import { RateHistory } from '../../src/lib/rates.ts'

const now = 10_000_000

function opened(answer: () => unknown) {
  const asked: string[] = []
  const api = {
    json: async (path: string) => {
      asked.push(path)
      return { data: answer(), at: now }
    },
  } as unknown as ApiClient
  const history = new RateHistory<RateName>(rateNames, 1_000)
  let fills = 0
  const past = new PastRates(api, history, () => fills++)
  return { asked, history, past, fills: () => fills }
}

const notes = () => {
  const at = [20, 15, 10, 5, 0].map((ago) => now - ago * 1_000)
  const counted = at.map((_, index) => index * 50)
  const columns = { recordsIn: counted, recordsOut: counted, recordsReplicated: counted, errors: counted }
  return {
    brokers: [{ brokerId: '1', asOf: now, startedAt: 0, at, leads: at.map(() => true), ...columns }],
    missing: [{ brokerId: '2', detail: 'no answer' }],
  }
}

test('the past is asked for once in each connection, and only for somebody who looks at it', async () => {
  const { asked, history, past, fills } = opened(notes)
  past.noteConnected()
  expect(asked).toEqual([])
  const leave = past.want()
  await expect.poll(fills).toBe(1)
  expect(asked).toEqual(['/v1/counter-history?broker=all'])
  expect(history.since(0).columns.produced).toEqual([10, 10, 10, 10])
  // The other of the two did not tell.
  expect(history.latest('errors')).toBeNull()
  expect(past.told.get()).toEqual({ at: now, missing: ['2'] })
  past.want()()
  leave()
  past.noteConnected()
  expect(asked).toHaveLength(1)
  past.want()
  await expect.poll(fills).toBe(2)
  expect(history.length).toBe((20_000 - LIMITS.counterNoteMs) / LIMITS.counterNoteMs + 1)
})

test('a broker that has no such path changes nothing, and is not asked again before the next connection', async () => {
  const { asked, history, past } = opened(() => {
    throw new Error('NOT_FOUND')
  })
  past.want()
  past.noteConnected()
  past.want()
  await Promise.resolve()
  expect([asked.length, history.length, past.told.get()]).toEqual([1, 0, null])
  past.noteConnected()
  expect(asked).toHaveLength(2)
})
