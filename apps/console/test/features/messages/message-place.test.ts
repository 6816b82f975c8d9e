import { expect, test } from 'vitest'
import { neighbourWindow, sameKey, steppedIndex } from '../../../src/features/messages/neighbours.ts'
import { messagesSearch } from '../../../src/features/messages/search.ts'
import { readSnippets } from '../../../src/features/messages/snippets.ts'
import { absentPartitions, standingOf } from '../../../src/features/messages/standing.ts'
import { bytesOf, hexLines, wideHexLength } from '../../../src/lib/hex.ts'
import {
  placeText,
  readOffset,
  readPlace,
  seenFields,
  seenPaths,
  valueAt,
} from '../../../src/lib/json/message-place.ts'
import { pathText, readPath } from '../../../src/lib/json/path-text.ts'
import { resendProblem, resendSearch } from '../../../src/lib/resend.ts'
import { message } from './in-memory-log.ts'

test('a place is written and read', () => {
  expect(placeText({ partition: 2, offset: 1_042 })).toBe('2@1042')
  expect(readPlace('2@1042')).toEqual({ partition: 2, offset: 1_042 })
  for (const wrong of [undefined, '', '2', '2@', '@1', 'a@1', '2@-1']) expect(readPlace(wrong)).toBeNull()
})

test('an offset is any that a broker could give', () => {
  expect(readOffset('1042')).toBe(1_042n)
  expect(readOffset('9223372036854775807')).toBe(9_223_372_036_854_775_807n)
  expect(readOffset('9007199254740993')).toBe(9_007_199_254_740_993n)
  for (const wrong of ['9223372036854775808', '-1', '', '1.5', 'x', '99999999999999999999'])
    expect(readOffset(wrong)).toBeNull()
  expect(readPlace('0@9223372036854775807')).toEqual({ partition: 0, offset: 2 ** 63 })
})

test('a place is there, not yet, not any more, or in no partition of the topic', () => {
  const partitions = [
    { partition: 0, logStartOffset: 10, highWatermark: 20 },
    { partition: 1, logStartOffset: 0, highWatermark: -1 },
  ]
  const stand = (partition: number, offset: number) => standingOf(partitions, { partition, offset })
  expect(stand(0, 10)).toEqual({ kind: 'there' })
  expect(stand(0, 20)).toEqual({ kind: 'beyond', end: 20 })
  expect(stand(0, 9)).toEqual({ kind: 'expired', earliest: 10 })
  expect(stand(1, 5)).toEqual({ kind: 'there' })
  expect(stand(2, 5)).toEqual({ kind: 'no-partition' })
})

test('partitions that are asked for and are not there are named', () => {
  const topic = { name: 'orders', partitions: [{ partition: 0 }, { partition: 1 }, { partition: 2 }] }
  expect(absentPartitions(topic, undefined)).toBeNull()
  expect(absentPartitions(topic, [0, 2])).toBeNull()
  expect(absentPartitions(topic, [9])).toBe('orders has 3 partitions, from 0 on. There is no partition 9.')
  expect(absentPartitions(topic, [9, 0, 7])).toBe(
    'orders has 3 partitions, from 0 on. There are no partitions 9 and 7.',
  )
})

test('a value of the address that does not fit is left out', () => {
  expect(messagesSearch.parse({ n: 50, p: [0] })).toMatchObject({ n: 50, p: [0] })
  for (const n of [-5, 0, 1.5, 'x']) expect(messagesSearch.parse({ n }).n).toBeUndefined()
  expect(messagesSearch.parse({ p: [-1] }).p).toBeUndefined()
})

test('a path is written and read back', () => {
  for (const path of [['user', 'id'], ['items', 0, 'sku'], ['odd name', 'a"b', 3], [7]])
    expect(readPath(pathText(path))).toEqual(path)
  expect(pathText(['user', 'items', 0, 'odd name'])).toBe('user.items[0]["odd name"]')
  for (const wrong of ['', 'a..b', 'a[', 'a[x]', '1a']) expect(readPath(wrong)).toBeNull()
})

test('a column shows what was sent, digit for digit', () => {
  const exact = message(0, 0, 0, { valueText: '{"id":9007199254740993,"v":1.10,"s":"x","o":{"a":[1,2]}}' })
  expect(valueAt(exact, ['id'])).toBe('9007199254740993')
  expect(valueAt(exact, ['v'])).toBe('1.10')
  expect(valueAt(exact, ['s'])).toBe('x')
  expect(valueAt(exact, ['o', 'a'])).toBe('[1,2]')
  expect(valueAt(exact, ['absent'])).toBe('')
  expect(valueAt({ ...exact, encoding: 'utf8', valueText: '"text"' }, ['id'])).toBe('')
  expect(seenPaths([exact])).toEqual(['id', 'v', 's', 'o.a'])
})

test('the filter offers fields of messages from all over the list, with values as an expression writes them', () => {
  const messages = Array.from({ length: 1_000 }, (_, offset) =>
    message(0, offset, offset, {
      key: `k${offset % 3}`,
      valueText: `{"id":9007199254740993,"phase":"${offset < 500 ? 'early' : 'late'}","list":[1],"odd name":null}`,
      headersText: '{"trace-id":"4bf"}',
    }),
  )
  expect(seenFields(messages)).toEqual([
    { path: 'key', samples: ['"k1"', '"k0"', '"k2"'] },
    { path: 'value.id', samples: ['9007199254740993'] },
    { path: 'value.phase', samples: ['"early"', '"late"'] },
    { path: 'value.list', samples: [] },
    { path: 'value["odd name"]', samples: ['null'] },
    { path: 'headers.trace-id', samples: ['"4bf"'] },
  ])
  expect(seenFields([])).toEqual([{ path: 'key', samples: [] }])
  expect(seenFields([message(0, 0, 0, { key: null, encoding: 'utf8', valueText: '"text"' })])).toHaveLength(1)
})

test('bytes stand in hex as hexdump has them', () => {
  expect(hexLines(bytesOf('Grüße', undefined), 16, 64)).toEqual([
    '00000000  47 72 c3 bc c3 9f 65                              Gr....e',
  ])
  expect(hexLines(bytesOf('AAH/', 'base64'), 16, 64)[0]).toMatch(/^00000000 {2}00 01 ff /)
  expect(hexLines(new Uint8Array(40), 16, 64)).toHaveLength(3)
  expect(hexLines(new Uint8Array(40), 16, 2)).toHaveLength(2)
  const narrow = hexLines(new Uint8Array(17), 8, 64)
  expect(narrow.map((line) => line.slice(0, 8))).toEqual(['00000000', '00000008', '00000010'])
  expect(narrow[0]).toHaveLength(43)
  expect(hexLines(new Uint8Array(16), 16, 64)[0]).toHaveLength(wideHexLength)
})

test('twenty on either side, within the log', () => {
  expect(neighbourWindow(100, 0)).toEqual({ from: 80, limit: 41 })
  expect(neighbourWindow(5, 0)).toEqual({ from: 0, limit: 26 })
  expect(neighbourWindow(100, 95)).toEqual({ from: 95, limit: 26 })
})

test('the nearest of the same key, among those loaded', () => {
  const messages = Array.from({ length: 10 }, (_, offset) => message(0, offset, offset))
  expect(sameKey(messages, messages[4]!)).toEqual({ previous: 1, next: 7 })
  expect(sameKey(messages, messages[0]!)).toEqual({ previous: null, next: 3 })
  expect(sameKey(messages, { ...messages[4]!, key: null })).toEqual({ previous: null, next: null })
})

test('arrows, Home and End lead from one to another, and nowhere beyond the ends', () => {
  expect(['ArrowDown', 'ArrowUp', 'Home', 'End'].map((key) => steppedIndex(key, 4, 10))).toEqual([5, 3, 0, 9])
  expect([steppedIndex('ArrowDown', 9, 10), steppedIndex('ArrowUp', 0, 10), steppedIndex('End', 0, 0)]).toEqual([
    null,
    null,
    null,
  ])
  expect(steppedIndex('a', 4, 10)).toBeNull()
})

test('a message is handed on to be sent again; bytes and large ones are not', () => {
  const sent = message(0, 1, 1, { valueText: '{"id":9007199254740993}' })
  expect(resendSearch(sent)).toEqual({ topic: 't', key: 'k1', value: '{"id":9007199254740993}', asTyped: true })
  expect(resendSearch({ ...sent, key: null })).not.toHaveProperty('key')
  expect(resendSearch({ ...sent, headersText: '{"h":"v"}' })).toMatchObject({ headers: '{"h":"v"}' })
  expect(resendSearch({ ...sent, valueText: '"a\\nb"', encoding: 'utf8' })).toMatchObject({
    value: 'a\nb',
    kind: 'text',
  })
  expect(resendSearch({ ...sent, valueText: 'null' })).toMatchObject({ kind: 'none' })
  expect(resendProblem({ ...sent, headersText: '{"h":["v",null]}' })).toContain('A header of it is no text')
  expect(resendProblem(sent)).toBeUndefined()
  expect(resendProblem({ ...sent, encoding: 'base64' })).toContain('no text')
  expect(resendProblem({ ...sent, valueText: `"${'a'.repeat(70_000)}"` })).toContain('too large')
})

test('snippets name the place', () => {
  const snippets = readSnippets({ topic: 'orders', partition: 2, offset: 7 }, ['http://b1', 'http://b2'])
  expect(snippets.map(({ name }) => name)).toEqual(['SDK', 'curl', 'CLI'])
  expect(snippets[1]?.code).toBe("curl -L 'http://b1/consume?topic=orders&partition=2&offset=7&limit=1'")
  expect(snippets[2]?.code).toBe(
    'yak consume orders --brokers http://b1,http://b2 \\\n  --partition 2 --from 7 --max 1 --json',
  )
  const [, , dashed] = readSnippets({ topic: '-x', partition: 0, offset: 7 }, ['http://b1'])
  expect(dashed?.code).toBe('yak consume --brokers http://b1 \\\n  --partition 0 --from 7 --max 1 --json \\\n  -- -x')
})
