import { topicNameProblem } from '@yak/protocol'
import type { TopicDescription } from '@yak/protocol/schemas'
import { describe, expect, test } from 'vitest'
import { configRows } from '../../../src/features/topics/config-settings.ts'
import { nameRules, partitionsProblem } from '../../../src/features/topics/new-topic.ts'
import { pipelineScale, placeOf } from '../../../src/features/topics/pipeline-scale.ts'
import { replicaStandings } from '../../../src/features/topics/replica-standings.ts'
import { filterTopics, quietFor, topicRow } from '../../../src/features/topics/topic-rows.ts'

const leader = { id: '1', url: 'http://b1' }
const partition = (number: number, more: Partial<TopicDescription['partitions'][number]> = {}) => ({
  partition: number,
  leader,
  epoch: 3,
  isr: ['1', '2', '3'],
  replicas: ['1', '2', '3'],
  logStartOffset: 10,
  highWatermark: 110,
  logEndOffset: 110,
  sizeBytes: 1_000,
  ...more,
})
const topic = (name: string, partitions: TopicDescription['partitions']): TopicDescription => ({
  name,
  id: '0195d7b3-2f1a-7abc-8def-000000000000',
  config: {},
  partitions,
})

describe('a row of the list', () => {
  test('adds up what is known', () => {
    expect(topicRow(topic('orders', [partition(0), partition(1, { isr: ['1'] })]))).toMatchObject({
      messages: 200,
      inSync: 1,
      replicas: 3,
      leaderless: 0,
      sizeBytes: 2_000,
    })
  })

  test('has the lag of the replica that is furthest behind in any partition, if any is known', () => {
    const orders = topic('orders', [partition(0), partition(1)])
    const lags = new Map([
      ['2', new Map(Object.entries({ 'orders/0': 3, 'orders/1': 0, 'other/0': 99 }))],
      ['3', new Map(Object.entries({ 'orders/1': 7 }))],
      ['9', new Map(Object.entries({ 'orders/0': 50 }))],
    ])
    expect(topicRow(orders, lags).worstLag).toBe(7)
    expect(topicRow(orders).worstLag).toBeNull()
  })

  test('a partition that is not served counts for nothing', () => {
    const { sizeBytes: _, ...rest } = partition(0, { leader: null, isr: [], highWatermark: -1, logStartOffset: -1 })
    expect(topicRow(topic('orders', [rest]))).toMatchObject({
      messages: null,
      sizeBytes: null,
      leaderless: 1,
      inSync: 0,
    })
  })
})

describe('the search', () => {
  const rows = ['audit.log', 'orders', '__metadata'].map((name) => topicRow(topic(name, [partition(0)])))
  const names = (filter: { text?: string; regex?: boolean; internal?: boolean }) =>
    filterTopics(rows, { text: '', regex: false, internal: false, ...filter }).rows.map(({ name }) => name)

  test('is text in any case, or a pattern', () => {
    expect(names({ text: 'ORD' })).toEqual(['orders'])
    expect(names({ text: '^a.*log$' })).toEqual([])
    expect(names({ text: '^a.*log$', regex: true })).toEqual(['audit.log'])
  })

  test('leaves internal topics out unless asked', () => {
    expect(names({})).toEqual(['audit.log', 'orders'])
    expect(names({ internal: true })).toContain('__metadata')
  })

  test('a pattern that is none is told, and hides nothing', () => {
    const found = filterTopics(rows, { text: '(', regex: true, internal: false })
    expect(found.problem).toBe('This is not a regular expression: Unterminated group.')
    expect(found.rows).toHaveLength(2)
  })
})

test('how long a topic was quiet', () => {
  expect(quietFor([])).toBeNull()
  expect(quietFor([null, null])).toBeNull()
  expect(quietFor([null, 4, 0, 0])).toBe(2)
  expect(quietFor([0, 3])).toBe(0)
  expect(quietFor([0, 0])).toBe('over')
  // No broker answers: what was of now is as old as what it said last.
  expect(quietFor([0, 3], 44_900)).toBe(44)
})

test('rules of a name are seen one by one', () => {
  const states = (name: string, taken = false) => nameRules(name, taken).map(({ state }) => state)
  expect(states('')).toEqual(['open', 'open', 'open', 'open'])
  expect(states('orders')).toEqual(['kept', 'kept', 'kept', 'kept'])
  expect(states('or ders')).toEqual(['broken', 'kept', 'kept', 'kept'])
  expect(states('__x', true)).toEqual(['kept', 'kept', 'broken', 'broken'])
  expect(nameRules('or ders', false)[0]!.text).toMatch(/^Character 3 is none of /)
  // So that the dialog need not say it a second time.
  for (const name of ['.', '..', 'ü', 'a/b', 'x'.repeat(250), 'a b'.repeat(100)])
    expect([topicNameProblem(name) !== undefined, states(name).includes('broken')]).toEqual([true, true])
  expect(partitionsProblem('6')).toBeUndefined()
  for (const wrong of ['', '0', '1001', '2.5', 'x']) expect(partitionsProblem(wrong)).toBeDefined()
})

test('settings: what they are, what they would be, and whether they were changed', () => {
  const rows = configRows({ retentionMs: 3_600_000, flush: 'always', later: { x: 1 } })
  expect(rows.map(({ name, value, changed }) => [name, value, changed])).toEqual([
    ['retentionMs', '3600000', true],
    ['flush', 'always', false],
    ['later', '{"x":1}', false],
  ])
})

describe('the pipeline', () => {
  test('shows as much as the furthest behind needs, up to the end of the log', () => {
    const scale = pipelineScale(0, 10_000, 9_990)
    expect(scale).toMatchObject({ from: 9_950, to: 10_000 })
    expect(scale.ticks).toEqual([9_950, 9_960, 9_970, 9_980, 9_990, 10_000])
    expect(placeOf(scale, 9_975)).toBe(50)
    expect(placeOf(scale, 0)).toBe(0)
    expect(pipelineScale(0, 10_000, 2_000).from).toBe(0)
  })

  test('of an empty log has a width', () => {
    expect(pipelineScale(0, 0, 0)).toMatchObject({ from: 0, to: 1 })
  })

  test('a follower stands where it is behind the leader of its moment, not where its own old words say', () => {
    const standings = replicaStandings('orders', partition(0, { isr: ['1', '2'] }), {
      brokers: [],
      lags: new Map([
        ['2', new Map([['orders/0', 0]])],
        ['3', new Map([['orders/0', 40]])],
      ]),
    })
    expect(standings.map(({ id, leads, inSync, acked, lag }) => [id, leads, inSync, acked, lag])).toEqual([
      ['1', true, true, 110, 0],
      ['2', false, true, 110, 0],
      ['3', false, false, 70, 40],
    ])
  })
})
