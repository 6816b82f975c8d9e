import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type Card,
  cardKey,
  maxCards,
  readCard,
  readCards,
  readStart,
  startText,
  writeCard,
} from '../../../src/features/consume/card.ts'
import { consumeSearch } from '../../../src/features/consume/search.ts'

test.each<[string, Partial<Card>]>([
  ['orders', {}],
  ['orders/2', { partition: 2 }],
  ['orders@earliest', { start: 'earliest' }],
  ['orders/0@1042', { partition: 0, start: 1042 }],
  ['orders@2026-11-24T14:03:00.000Z', { start: '2026-11-24T14:03:00.000Z' }],
  ['~orders/2@earliest?a?b@c/d', { partition: 2, start: 'earliest', filter: 'a?b@c/d', paused: true }],
])('%s', (text, fields) => {
  const card = { topic: 'orders', partition: null, start: 'latest', filter: '', paused: false, ...fields }
  expect(readCard(text)).toEqual(card)
  expect(writeCard(card)).toBe(text)
})

test.each([
  ['', 'It names no topic.'],
  ['~', 'It names no topic.'],
  ['/2', 'It names no topic.'],
  ['or ders', 'character 3 is " "'],
  ['..', '".." can not be a topic name'],
  ['orders/x', 'the number of a partition, not “x”'],
  ['orders/', 'the number of a partition, not “”'],
  ['orders/1/2', 'the number of a partition, not “1/2”'],
  ['orders@', 'an offset or a time, not “”'],
  ['orders/1@yesterday?a', 'an offset or a time, not “yesterday”'],
  ['orders@-1', 'not “-1”'],
  ['orders@99999999999999999', 'not “99999999999999999”'],
])('%j is no card, and what of it is not is told', (text, problem) =>
  expect(readCard(text)).toEqual({ text, problem: expect.stringContaining(problem) }),
)

test('every card survives the URL', () => {
  const start = fc.oneof(
    fc.constantFrom('latest', 'earliest'),
    fc.nat(),
    fc.date({ min: new Date(0), max: new Date('9999-01-01'), noInvalidDate: true }).map((date) => date.toISOString()),
  )
  const card = fc.record<Card>({
    topic: fc.constantFrom('orders', 'audit.log', 'a-b_c', '0'),
    partition: fc.option(fc.nat(999_999)),
    start,
    filter: fc.string(),
    paused: fc.boolean(),
  })
  fc.assert(
    fc.property(card, (each) => {
      expect(readCard(writeCard(each))).toEqual({ ...each })
    }),
  )
})

test('the same twice is one card, paused or not; what is none is told beside the others', () => {
  const { cards, problems } = readCards(['orders', '~orders', 'no topic', 'orders/1'])
  expect(cards.map(writeCard)).toEqual(['orders', 'orders/1'])
  expect(problems.map(({ text }) => text)).toEqual(['no topic'])
  expect(cardKey(cards[0]!)).toBe(cardKey({ ...cards[0]!, paused: true }))
})

test('a URL has as many cards as a page shows, and the rest is told', () => {
  const { cards, problems } = readCards(Array.from({ length: maxCards + 2 }, (_, index) => `orders/${index}`))
  expect(cards).toHaveLength(maxCards)
  expect(problems.map(({ text }) => text)).toEqual(['orders/16', 'orders/17'])
})

test.each([
  [
    ['orders', 7, ['x']],
    ['orders', '7', '["x"]'],
  ],
  ['orders', ['orders']],
  ['[orders', ['[orders']],
  [{ a: 1 }, ['{"a":1}']],
  [null, undefined],
])('subscriptions %j of a URL are read one by one', (s, texts) => {
  expect(consumeSearch.parse({ s }).s).toEqual(texts)
})

test('a time becomes UTC; what is none of these is refused', () => {
  expect(readStart('2026-11-24T14:03:00+02:00')).toBe('2026-11-24T12:03:00.000Z')
  expect(readStart(' 42 ')).toBe(42)
  for (const wrong of ['', 'now', '1.5', '2026-13-45', '24.11.2026']) expect(readStart(wrong)).toBeNull()
  expect(startText('2026-11-24T12:03:00.000Z')).toBe('from 2026-11-24 12:03:00.000 UTC')
})
