import { expect, test } from 'vitest'
import { readJson } from '../../../src/lib/json/json-node.ts'
import { isBelow, searchJson, searchText } from '../../../src/lib/json/json-search.ts'

function search(text: string, query: string, most?: number) {
  const node = readJson(text)
  if (node.kind === 'fault') throw new Error(node.message)
  return searchJson(text, node, query, most)
}

test('names and values, upper or lower case, in the order of reading', () => {
  const text = '{"ulm":{"city":"Ulm, near ULM"},"list":[1,{"x":"ulm"}],"n":9007199254740993}'
  expect(search(text, 'ulm')).toEqual([
    { path: ['ulm'], part: 'name', at: 1 },
    { path: ['ulm', 'city'], part: 'value', at: 1 },
    { path: ['ulm', 'city'], part: 'value', at: 11 },
    { path: ['list', 1, 'x'], part: 'value', at: 1 },
  ])
  expect(search(text, '4740993')).toEqual([{ path: ['n'], part: 'value', at: 9 }])
  expect(search(text, 'absent')).toEqual([])
  expect(search(text, '')).toEqual([])
  expect(search(text, 'ulm', 2)).toHaveLength(2)
})

test('signs of patterns are themselves, and hits do not overlap', () => {
  expect(searchText('a.b[0] (a.b) aXb', 'a.b')).toEqual([0, 8])
  expect(searchText('aaaa', 'aa')).toEqual([0, 2])
  expect(searchText('x^$\\/-{}|y', '^$\\/-{}|')).toEqual([1])
  expect(searchText('İİabc', 'abc')).toEqual([2])
})

test('what lies below a path', () => {
  expect(isBelow(['a', 0, 'b'], ['a', 0])).toBe(true)
  expect(isBelow(['a'], ['a'])).toBe(true)
  expect(isBelow(['a', 1], ['a', 0])).toBe(false)
  expect(isBelow(['a'], ['a', 0])).toBe(false)
})
