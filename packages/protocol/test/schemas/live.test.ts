import { describe, expect, test } from 'vitest'
import {
  brokerStateSchema,
  journalEntrySchema,
  journalQuerySchema,
  journalResponseSchema,
  liveClientFrameSchema,
  parseRequest,
} from '../../src/schemas/index.ts'

const frame = (value: unknown) => parseRequest(liveClientFrameSchema, value, 'frame')
const query = (value: unknown) => parseRequest(journalQuerySchema, value, 'query')
const subscribe = { type: 'subscribe', id: 'a' }

describe('frames of a client', () => {
  test('have their defaults', () => {
    expect(frame({ ...subscribe, channel: 'messages', topic: 't' })).toEqual({
      ...subscribe,
      channel: 'messages',
      topic: 't',
      from: 'latest',
      mode: 'all',
      credit: { messages: 0, bytes: 0 },
    })
    expect(frame({ ...subscribe, channel: 'journal' })).toEqual({
      ...subscribe,
      channel: 'journal',
      brokers: 'self',
      after: {},
      last: 200,
      level: 'info',
    })
    expect(frame({ type: 'credit', id: 'a', messages: 5 })).toEqual({ type: 'credit', id: 'a', messages: 5, bytes: 0 })
  })

  test('name places as the rest of YAK does, for all partitions or each', () => {
    const from = (value: unknown) => {
      const parsed = frame({ ...subscribe, channel: 'messages', topic: 't', from: value })
      return 'from' in parsed ? parsed.from : undefined
    }
    expect(from('earliest')).toBe('earliest')
    expect(from(42)).toBe(42)
    expect(from('1970-01-01T00:00:01Z')).toEqual({ timestampMs: 1_000 })
    expect(from({ 0: 42, 1: 'latest' })).toEqual({ 0: 42, 1: 'latest' })
  })

  test.each([
    [{ type: 'shout' }],
    [{ ...subscribe, channel: 'weather' }],
    [{ ...subscribe, channel: 'cluster', more: 1 }],
    [{ ...subscribe, id: '', channel: 'cluster' }],
    [{ ...subscribe, id: 'x'.repeat(65), channel: 'cluster' }],
    [{ ...subscribe, channel: 'messages' }],
    [{ ...subscribe, channel: 'messages', topic: 't', partitions: [] }],
    [{ ...subscribe, channel: 'messages', topic: 't', from: { one: 1 } }],
    [{ ...subscribe, channel: 'messages', topic: 't', from: 'yesterday' }],
    [{ ...subscribe, channel: 'journal', after: { 1: -1 } }],
    [{ ...subscribe, channel: 'journal', brokers: [] }],
    [{ type: 'credit', id: 'a', messages: -1 }],
    [{ type: 'credit', id: 'a', bytes: 0.5 }],
  ])('that break a rule are refused: %j', (value) => {
    expect(() => frame(value)).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }))
  })
})

const advice = 'give a whole number, earliest, latest or an ISO time such as 2026-01-31T10:00:00Z'
const messages = { ...subscribe, channel: 'messages', topic: 't' }
const forEach = 'or one of these for each partition such as {"0":42,"1":"latest"}'

test.each([
  [{ ...messages, from: 'yesterday' }, `from: "yesterday" is no offset: ${advice}`],
  [{ ...messages, from: '2026-02-30' }, `from: "2026-02-30" is no offset: ${advice}`],
  [{ ...messages, from: true }, `from: ${advice}, ${forEach}, not true`],
  [{ ...messages, from: [1] }, `from: ${advice}, ${forEach}, not a list`],
  [{ ...messages, from: { x: 1 } }, 'from.x: name partitions by their numbers'],
  [{ ...messages, from: { 0: 'yesterday' } }, `from.0: "yesterday" is no offset: ${advice}`],
  [{ ...messages, from: { 0: 1.5, 1: 'x', z: 1 } }, `from.0: ${advice}, not 1.5; from.1: "x" is no offset: ${advice}`],
  [
    { ...subscribe, channel: 'journal', brokers: 'some' },
    'brokers: give "self", "all" or a list of broker ids, not "some"',
  ],
  [{ type: 'ping', echo: true }, 'echo: give a number or a string, not true'],
])('of %j it is told: %s', (value, told) => {
  expect(() => frame(value)).toThrow(told)
})

describe('the query of the journal', () => {
  test('has its defaults, and a place for one broker or each', () => {
    expect(query({})).toEqual({ broker: 'self', limit: 200, level: 'info' })
    expect(query({ after: '120' }).after).toBe(120)
    expect(query({ after: '1:120,b-2:44' }).after).toEqual({ 1: 120, 'b-2': 44 })
  })

  test.each(['x', '1:', ':1', '1:2,', '-1', '1:2 3:4', '9'.repeat(20)])('refuses after=%s', (after) => {
    expect(() => query({ after })).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }))
  })
})

test.each([
  ['JournalEntry', journalEntrySchema],
  ['JournalResponse', journalResponseSchema],
  ['BrokerState', brokerStateSchema],
])('the example of %s is one', (_name, schema) => {
  const { examples } = schema.meta() as { readonly examples: readonly unknown[] }
  for (const example of examples) expect(schema.parse(example)).toEqual(example)
})
