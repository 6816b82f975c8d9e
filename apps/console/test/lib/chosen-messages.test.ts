import { expect, test } from 'vitest'
import type { GridRow } from '../../src/features/messages/message-grid.tsx'
import { inLogOrder, maxChosen, rowsBetween, without, withRows } from '../../src/lib/chosen-messages.ts'
import type { Message } from '../../src/lib/json/consume-text.ts'

const row = (offset: number, partition = 0): GridRow => ({
  kind: 'message',
  id: `${partition}@${offset}`,
  message: { topic: 't', partition, offset } as Message,
})
const note: GridRow = { kind: 'note', id: 'n', tone: 'warn', text: 'skipped 3' }
const rows = [row(0), row(1), note, row(2), row(0, 1)]
const ids = (some: readonly GridRow[]) => some.map(({ id }) => id)

test('a range is what stands between, up or down; without its beginning it is its end', () => {
  expect(ids(rowsBetween(rows, '0@1', '0@2'))).toEqual(['0@1', 'n', '0@2'])
  expect(ids(rowsBetween(rows, '0@2', '0@1'))).toEqual(['0@1', 'n', '0@2'])
  expect(ids(rowsBetween(rows, '0@9', '0@1'))).toEqual(['0@1'])
  expect(ids(rowsBetween(rows, null, '0@1'))).toEqual(['0@1'])
  expect(rowsBetween(rows, '0@1', '0@9')).toEqual([])
})

test('messages are chosen and left, notes never; a file has each partition in its order', () => {
  const chosen = withRows(new Map(), rows.toReversed())
  expect([...chosen.keys()]).toEqual(['1@0', '0@2', '0@1', '0@0'])
  expect(inLogOrder(chosen).map(({ partition, offset }) => `${partition}@${offset}`)).toEqual([
    '0@0',
    '0@1',
    '0@2',
    '1@0',
  ])
  expect([...without(chosen, '0@2').keys()]).toEqual(['1@0', '0@1', '0@0'])
})

test('a file has topic after topic', () => {
  const of = (topic: string, offset: number) => ({
    id: `${topic}${offset}`,
    message: { topic, partition: 0, offset } as Message,
  })
  const chosen = withRows(new Map(), [of('b', 1), of('a', 2), of('b', 0)])
  expect(inLogOrder(chosen).map(({ topic, offset }) => `${topic}${offset}`)).toEqual(['a2', 'b0', 'b1'])
})

test('there is an end to how many', () => {
  const many = Array.from({ length: maxChosen + 5 }, (_, offset) => row(offset))
  expect(withRows(new Map(), many).size).toBe(maxChosen)
})
