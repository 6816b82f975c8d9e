import { describe, expect, test } from 'vitest'
import { matchMessage, readFilter } from '../../../src/lib/filter/message-filter.ts'
import type { Message } from '../../../src/lib/json/consume-text.ts'

const message: Message = {
  topic: 'orders',
  partition: 2,
  offset: 1_042,
  timestamp: Date.parse('2026-01-31T10:00:00Z'),
  epoch: 8,
  key: 'web-1',
  valueText:
    '{"total":12.50,"id":9007199254740993,"host":"i-1","text":"9926554.0","user":{"id":7},"items":[{"sku":"A-1"}],"note":null,"paid":true,"odd name":1}',
  headersText: '{"trace-id":"4bf9"}',
  sizeBytes: 150,
}
const ask = (filter: string, of: Message = message) => matchMessage(readFilter(filter), of)

describe('plain text is a substring of key, value or headers', () => {
  test('in any case', () => {
    expect(ask('WEB-')).toBe('match')
    expect(ask('a-1')).toBe('match')
    expect(ask('4BF9')).toBe('match')
    expect(ask('absent')).toBe('other')
  })

  test('in quotes it is text even with an operator', () => {
    expect(readFilter('"a == b"')).toEqual({ kind: 'text', text: 'a == b' })
    expect(readFilter('  ')).toEqual({ kind: 'none' })
  })

  test('with an operator it is an expression, and may be wrong', () => {
    expect(readFilter('key == "a"').kind).toBe('expression')
    expect(readFilter('key ==').kind).toBe('fault')
    expect(readFilter('key = "a"').kind).toBe('fault')
    expect(readFilter('a=b').kind).toBe('text')
  })

  test('what begins as no expression can is text, whatever signs it has', () => {
    expect(readFilter('<script>')).toEqual({ kind: 'text', text: '<script>' })
    expect(readFilter('<key>a</key>').kind).toBe('text')
    expect(ask('> 5', { ...message, valueText: '"a > 5"', encoding: 'utf8' })).toBe('match')
  })

  test.each(['a -> b', 'total > 10', 'foo <key>', 'Foo::bar() == 1', '== 5'])(
    'a fault of what may have been meant as text says how text is written: %s',
    (text) => {
      const fault = readFilter(text)
      expect(fault.kind).toBe('fault')
      expect(fault).toHaveProperty(
        'message',
        expect.stringMatching(/; to find it as text, put all of it in double quotes$/),
      )
    },
  )

  test('a fault of what is surely an expression does not', () => {
    expect(readFilter('key == ')).toHaveProperty('message', expect.not.stringContaining('quotes'))
    expect(readFilter('!exists(value.a) && (value.b >')).toHaveProperty(
      'message',
      expect.not.stringContaining('quotes'),
    )
  })
})

describe('an operator that there is not', () => {
  test.each([
    ['value.h contains "x"', 8, 'contains'],
    ['value.h contains x', 8, 'contains'],
    ['key like "web"', 4, 'like'],
    ['  !value["odd name"] matches "x"', 21, 'matches'],
    ['value.total gt 5', 12, 'gt'],
    ['headers.id ~ "4b"', 11, '~'],
    ['$p in 2', 3, 'in'],
    ['value.h contains "x', 8, 'contains'],
  ])('%s', (text, index, operator) => {
    const fault = readFilter(text)
    expect(fault).toMatchObject({ kind: 'fault', index })
    expect(fault).toHaveProperty('message', expect.stringContaining(`${operator} is no operator`))
    expect(fault).toHaveProperty('message', expect.stringContaining('contains('))
  })

  test.each(['value', 'value.h', 'value is 5', 'key not found', 'value.total exceeded the limit', 'the key "x"'])(
    'words are text: %s',
    (text) => expect(readFilter(text).kind).toBe('text'),
  )
})

describe('an expression', () => {
  test.each([
    ['key == "web-1" && value.total > 10 && $p in [0,2] && exists(value.user.id)', true],
    ['key != "web-1"', false],
    ['value.total == 12.5', true],
    ['value.total > 12.5', false],
    ['value.id == 9007199254740993', true],
    ['value.id == 9007199254740992', false],
    ['value.id > 9007199254740992', true],
    ['value.text > 9926553.5', true],
    ['value.host > 5', false],
    ['value.items[0].sku == "A-1"', true],
    ['value.items[1].sku == "A-1"', false],
    ['value["odd name"] == 1', true],
    ['value.note == null', true],
    ['exists(value.note)', true],
    ['exists(value.absent)', false],
    ['value.absent == null', false],
    ['value.absent != 1', true],
    ['value.absent < 1', false],
    ['value.paid && true', true],
    ['!value.paid || $o >= 1042', true],
    ['$t >= "2026-01-31" && $t < "2026-01-31T10:00:01Z"', true],
    ['$t >= "2026-01-31T10:00:00" && $e == 8', true],
    ['headers["trace-id"] == "4bf9"', true],
    ['contains(value.host, "-")', true],
    ['startsWith(key, "web") && endsWith(key, "2")', false],
    ['$size > 100', true],
    ['value.user == 7', false],
  ])('%s', (filter, matches) => {
    expect(ask(filter)).toBe(matches ? 'match' : 'other')
  })

  test('a message without a key has the key null', () => {
    expect(ask('key == null', { ...message, key: null })).toBe('match')
    expect(ask('key == "web-1"', { ...message, key: null })).toBe('other')
  })

  test('bytes that are no JSON have no fields, but are text', () => {
    const text: Message = { ...message, valueText: '"plain text"', encoding: 'utf8' }
    expect(ask('exists(value.total)', text)).toBe('other')
    expect(ask('contains(value, "plain")', text)).toBe('match')
  })

  test('a value that takes too many steps is given up on', () => {
    const entries = Array.from({ length: 60_000 }, (_, index) => `"f${index}":1`).join(',')
    expect(ask('value.absent == 1', { ...message, valueText: `{${entries}}` })).toBe('limit')
  })
})
