import { describe, expect, test } from 'vitest'
import { parseFilter } from '../../../src/lib/filter/filter-expression.ts'

describe('an expression is read by its precedence', () => {
  test('&& binds before ||, and ! before both', () => {
    expect(parseFilter('!exists(value.a) || key == "x" && $p < 2')).toMatchObject({
      kind: 'or',
      left: { kind: 'not', inner: { kind: 'exists' } },
      right: { kind: 'and', left: { kind: 'compare', operator: '==' }, right: { kind: 'compare', operator: '<' } },
    })
  })

  test('paths have names, quoted names and indexes', () => {
    expect(parseFilter('exists(value.items[0]["odd name"].x-y)')).toEqual({
      kind: 'exists',
      path: { kind: 'path', root: 'value', steps: ['items', 0, 'odd name', 'x-y'] },
    })
  })

  test('numbers stay as they are typed, strings lose their quotes', () => {
    expect(parseFilter('value.id == 9007199254740993')).toMatchObject({
      right: { kind: 'number', text: '9007199254740993' },
    })
    expect(parseFilter(String.raw`key == "a\"b\u0041"`)).toMatchObject({ right: { kind: 'string', text: 'a"bA' } })
    expect(parseFilter(`key == 'it"s'`)).toMatchObject({ right: { kind: 'string', text: 'it"s' } })
  })
})

describe('a fault says what is wrong, and where', () => {
  test.each([
    ['key = "a"', 4, 'Write == to compare'],
    ['key == "a', 7, 'This string is not closed'],
    ['key == ', 7, 'A path or a value is expected, not the end'],
    ['key == "a" value', 11, '&& or || is expected before value'],
    ['total > 10', 0, 'total is not known'],
    ['(key == "a"', 11, ') is expected, not the end'],
    ['$p in [0, 2', 11, '] is expected, not the end'],
    ['length(key) > 2', 0, 'There is no length(…)'],
    ['value. > 1', 7, "A field's name is expected after the dot"],
    ['value[x] == 1', 6, 'In brackets stands an index'],
    ['key == "a" & true', 11, 'Write &&'],
    ['key == #', 7, '"#" means nothing here'],
    ['exists("a")', 0, 'exists(…) takes a path'],
    [String.raw`key == "\x"`, 7, 'This string has an escape'],
  ])('%s', (text, index, message) => {
    const fault = parseFilter(text)
    expect(fault).toMatchObject({ kind: 'fault', index })
    expect(fault).toHaveProperty('message', expect.stringContaining(message))
  })

  test('depth and length have a limit', () => {
    expect(parseFilter(`${'('.repeat(60)}true${')'.repeat(60)}`)).toMatchObject({ kind: 'fault' })
    expect(parseFilter(`${'!'.repeat(60)}true`)).toMatchObject({ kind: 'fault' })
    expect(parseFilter(`key == "${'a'.repeat(2_000)}"`)).toMatchObject({ kind: 'fault' })
  })
})
