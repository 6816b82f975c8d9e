import { expect, test } from 'vitest'
import { acceptOf, filterProblem } from '../../../src/features/consume/card-filter.ts'
import { lagOf, messagesBefore } from '../../../src/features/consume/card-lag.ts'
import { RateMeter } from '../../../src/features/consume/rate-meter.ts'
import { noteOf } from '../../../src/features/consume/row-text.ts'
import type { Message } from '../../../src/lib/json/consume-text.ts'

const message = (key: string | null, valueText: string): Message => ({
  topic: 'orders',
  partition: 0,
  offset: 1,
  timestamp: 0,
  epoch: 0,
  key,
  valueText,
  headersText: '{}',
  sizeBytes: 1,
})

test('text in key or value, whatever the case; blanks are no filter', () => {
  expect(acceptOf('  ')).toBeNull()
  const match = acceptOf('Grete')!
  expect(match(message(null, '{"user":"GRETE"}'))).toBe(true)
  expect(match(message('grete-1', 'null'))).toBe(true)
  expect(match(message(null, '{"user":"Ada"}'))).toBe(false)
})

test('an expression, exact; one that cannot be read keeps all and says where', () => {
  const match = acceptOf('value.id == 9007199254740993')!
  expect(match(message(null, '{"id":9007199254740993}'))).toBe(true)
  expect(match(message(null, '{"id":9007199254740992}'))).toBe(false)
  expect(acceptOf('value.id ==')).toBeNull()
  expect(filterProblem('value.id ==')).toMatch(/at character \d+/)
  expect(filterProblem('value.id == 1')).toBeNull()
})

test('lag over partitions; the further word about the end counts, and never below zero', () => {
  const at = (nextOffset: number, highWatermark: number) => ({ nextOffset, highWatermark })
  const end = (partition: number, highWatermark: number) => ({ partition, highWatermark })
  expect(lagOf({}, [end(0, 10)])).toBeNull()
  expect(lagOf({ 0: at(4, 6), 1: at(7, 7) }, [end(0, 9), end(1, 5)])).toBe(5)
})

test('what is still to be written before the first message of a card', () => {
  const ends = [
    { partition: 0, highWatermark: 10 },
    { partition: 1, highWatermark: 4 },
  ]
  expect(messagesBefore({ start: 12, partition: 0 }, ends)).toBe(2)
  expect(messagesBefore({ start: 12, partition: null }, ends)).toBe(2)
  expect(messagesBefore({ start: 10, partition: 0 }, ends)).toBe(0)
  expect(messagesBefore({ start: 5, partition: null }, ends)).toBe(0)
  expect(messagesBefore({ start: 'latest', partition: null }, ends)).toBe(0)
  expect(messagesBefore({ start: 12, partition: 0 }, [])).toBe(0)
})

test('a rate needs a second, follows the last seconds, and forgets after a pause', () => {
  const meter = new RateMeter(3_000)
  expect(meter.note(0, 0)).toBeNull()
  expect(meter.note(500, 50)).toBeNull()
  expect(meter.note(1_000, 100)).toBe(100)
  for (let at = 1_500; at <= 6_000; at += 500) meter.note(at, 100)
  expect(meter.note(6_500, 100)).toBe(0)
  expect(meter.note(60_000, 900)).toBeNull()
  expect(meter.note(61_000, 1_000)).toBe(100)
  expect(meter.note(61_500, 0)).toBeNull()
})

test('notes say what happened where', () => {
  expect(noteOf({ kind: 'reconnected', id: 1, afterMs: 1_400, brokerId: '2', lost: 0 }, 'orders')).toEqual({
    tone: 'neutral',
    text: 'Reconnected to b2 after 1.4 s, 0 lost.',
  })
  expect(noteOf({ kind: 'reconnected', id: 1, afterMs: 1_400, brokerId: '2', lost: 3 }, 'orders').tone).toBe('warn')
  expect(
    noteOf({ kind: 'skipped', id: 1, partition: 2, count: 1_200, fromOffset: 7, because: 'credit' }, 'orders').text,
  ).toContain('1\u00a0200 messages of orders/2 skipped, from offset 7 on')
  const fault = (each: Parameters<typeof noteOf>[0] & { kind: 'fault' }) => noteOf(each, 'orders')
  expect(
    fault({ kind: 'fault', id: 1, partition: 2, fault: { kind: 'gap', fromOffset: 5, toOffset: 7 } }),
  ).toMatchObject({ tone: 'bad', text: expect.stringContaining('3 offsets missing, 5 to 7') })
  expect(fault({ kind: 'fault', id: 1, partition: 2, fault: { kind: 'duplicate', offset: 5 } }).text).toContain(
    'offset 5',
  )
  expect(
    fault({ kind: 'fault', id: 1, partition: 2, fault: { kind: 'epoch-back', epoch: 7, before: 8 } }).text,
  ).toContain('8, then 7')
})
