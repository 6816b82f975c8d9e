import { expect, test } from 'vitest'
import { type Told, toldEvents } from '../../src/lib/told-events.ts'

const entry = (brokerId: string, at: number, text: string, over: Partial<Told> = {}): Told => ({
  seq: at,
  at,
  brokerId,
  epoch: 1,
  type: 'notice',
  level: 'info',
  text,
  ...over,
})
const told = (entries: readonly Told[]) =>
  toldEvents(entries).map(({ first, entries }) => [
    first.text,
    first.at,
    entries.map(({ brokerId }) => brokerId).join(),
  ])

test('the same from several brokers is one event; from the same broker again, or later, another', () => {
  expect(
    told([
      entry('1', 0, 'a'),
      entry('2', 10, 'b'),
      entry('2', 20, 'a'),
      entry('3', 30, 'a'),
      entry('2', 40, 'a'),
      entry('1', 9_000, 'b'),
    ]),
  ).toEqual([
    ['a', 0, '1,2,3'],
    ['b', 10, '2'],
    ['a', 40, '2'],
    ['b', 9_000, '1'],
  ])
})

test('what each says twice are two events, each of all', () => {
  const twice = [entry('1', 0, 'a'), entry('1', 1, 'a'), entry('2', 2, 'a'), entry('2', 3, 'a')]
  expect(told(twice)).toEqual([
    ['a', 0, '1,2'],
    ['a', 1, '1,2'],
  ])
})

test('another level, type or sentence is another event', () => {
  expect(
    toldEvents([
      entry('1', 0, 'b1 leads in epoch 8'),
      entry('2', 1, 'b2 leads in epoch 8'),
      entry('3', 2, 'b1 leads in epoch 8', { level: 'warn' }),
      entry('4', 3, 'b1 leads in epoch 8', { type: 'leader-changed' }),
    ]),
  ).toHaveLength(4)
})

test('brokers that tell it with other data, or in another epoch, are one event that says so', () => {
  const agree = (...data: (Partial<Told> | undefined)[]) => {
    const events = toldEvents(data.map((over, index) => entry(String(index), index, 'Topic a was created.', over)))
    expect(events).toHaveLength(1)
    return events[0]!.agree
  }
  expect(agree({ data: { topic: 'a', id: 'x' } }, { data: { id: 'x', topic: 'a' } })).toBe(true)
  expect(agree({}, {}, {})).toBe(true)
  expect(agree({ data: { id: 'x' } }, { data: { id: 'y' } })).toBe(false)
  expect(agree({ data: { isr: ['1', '2'] } }, { data: { isr: ['2', '1'] } })).toBe(false)
  expect(agree({ data: { id: 'x' } }, {})).toBe(false)
  expect(agree({ epoch: 8 }, { epoch: 7 })).toBe(false)
  // What a broker knew before it is no part of the event.
  expect(agree({ data: { isr: ['1'], previous: null } }, { data: { isr: ['1'], previous: ['2'] } })).toBe(true)
})
