import { parseSearchWith, stringifySearchWith } from '@tanstack/react-router'
import { expect, test } from 'vitest'
import { readSearchValue } from '../../src/lib/search-value.ts'

const parse = parseSearchWith(readSearchValue)
const stringify = stringifySearchWith(JSON.stringify, readSearchValue)

test('digits that a number would lose stay text, typed or written by the console', () => {
  expect(parse('?key=9007199254740993&at=1.10&o=42&live=true')).toEqual({
    key: '9007199254740993',
    at: '1.10',
    o: 42,
    live: true,
  })
  for (const key of ['9007199254740993', '42', '1.10', 'true', 'null', '"a"', '{"a":1}', 'plain', '', '007', '-0']) {
    expect(parse(stringify({ key })), key).toEqual({ key })
  }
})
