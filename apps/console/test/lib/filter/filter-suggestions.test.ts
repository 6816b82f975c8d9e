import { expect, test } from 'vitest'
import { parseFilter } from '../../../src/lib/filter/filter-expression.ts'
import { isWrongYet, suggestionsAt, withSuggestion } from '../../../src/lib/filter/filter-suggestions.ts'
import { readFilter } from '../../../src/lib/filter/message-filter.ts'

const fields = [
  { path: 'key', samples: ['"web-1"', '"db-1"'] },
  { path: 'value.status', samples: ['"packed"', '"picked up"', '"sorted"'] },
  { path: 'value.hub.city', samples: ['"Ulm"'] },
  { path: 'value.total', samples: ['19.9', '9007199254740993'] },
  { path: 'value["odd name"]', samples: ['true'] },
]
const textsAt = (text: string) => suggestionsAt(text, text.length, fields)?.options.map((option) => option.text) ?? []

test('fields by how they begin, or how one of their steps does', () => {
  expect(textsAt('sta')).toEqual(['value.status', 'startsWith('])
  expect(textsAt('value.')).toEqual(['value.status', 'value.hub.city', 'value.total', 'value["odd name"]'])
  expect(textsAt('value.hub.city == "Ulm" && CI')).toEqual(['value.hub.city'])
  expect(textsAt('!exists(val')).toContain('value.total')
  expect(textsAt('odd')).toEqual(['value["odd name"]'])
  expect(textsAt('$')).toEqual(['$p', '$o', '$t', '$e', '$size'])
  expect(textsAt('')).toContain('key')
})

test('what stands before the caret is wrong already, what is being put together is not', () => {
  const wrong = (text: string) => {
    const read = readFilter(text)
    return read.kind === 'fault' && isWrongYet(read.index, suggestionsAt(text, text.length, fields))
  }
  expect(wrong('value.total > && ')).toBe(true)
  expect(wrong('value.status == ')).toBe(false)
  expect(wrong('value.total > 1 && va')).toBe(false)
  expect(wrong('value.absent == ')).toBe(true)
})

test('after a comparison, values that the field had', () => {
  expect(textsAt('value.status == ')).toEqual(['"packed"', '"picked up"', '"sorted"'])
  expect(textsAt('value.status == "p')).toEqual(['"packed"', '"picked up"'])
  expect(textsAt('value.total>9')).toEqual(['9007199254740993'])
  expect(textsAt('value["odd name"] != ')).toEqual(['true'])
  expect(textsAt('key in ["web-1", "d')).toEqual(['"db-1"'])
  expect(textsAt('value.absent == ')).toEqual([])
})

test('nothing where nothing could stand, or all is there', () => {
  expect(textsAt('value.status')).toEqual([])
  expect(textsAt('value.status == "packed"')).toEqual([])
  expect(textsAt('value.status ')).toEqual([])
  expect(textsAt('plain "wo')).toEqual([])
})

test('what is chosen stands for the word at the caret, ready to be compared', () => {
  const choose = (text: string, caret: number, index = 0) => {
    const found = suggestionsAt(text, caret, fields)!
    return withSuggestion(text, found, found.options[index]!)
  }
  expect(choose('sta', 3)).toEqual({ text: 'value.status == ', caret: 16 })
  expect(choose('value.status == "pi', 19)).toEqual({ text: 'value.status == "picked up"', caret: 27 })
  expect(choose('exists(cit)', 10)).toEqual({ text: 'exists(value.hub.city)', caret: 21 })
  expect(choose('cit == "Ulm"', 2)).toEqual({ text: 'value.hub.city == "Ulm"', caret: 14 })
  const whole = choose('value.status == ', 16, 1)
  expect(parseFilter(whole.text).kind).not.toBe('fault')
})
