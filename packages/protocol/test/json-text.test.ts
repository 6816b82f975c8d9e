import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { invalidJson, LIMITS, parseJsonExact } from '../src/index.ts'
import { codeOf } from './record-batch/batch-bytes.ts'

const roundTrip = (text: string): string => JSON.stringify(parseJsonExact(text))

describe('parseJsonExact', () => {
  test.each([
    '1.0',
    '-0',
    '-0.0',
    '1e400',
    '-1E+5',
    '0.1000',
    '12345678901234567890',
    '0.30000000000000004',
    '9007199254740993',
    '100000000000000000000000000000001',
    '[1,2.50,{"a":1.0}]',
    '{"a":{"b":[1e2,null,true,"1.0"]}}',
    '"1.0"',
    '{"length":1.0,"toString":2.0,"constructor":{"prototype":3.0}}',
    '{"rawJSON":1.0}',
  ])('%s stays as it was sent', (text) => {
    expect(roundTrip(text)).toBe(text)
  })

  test('numbers that a double keeps are plain numbers', () => {
    expect(parseJsonExact('{"a":[1,-2,0.5,0,1767225600000]}')).toEqual({ a: [1, -2, 0.5, 0, 1_767_225_600_000] })
  })

  test('the last of several equal keys counts, whatever they hold', () => {
    expect(roundTrip('{"a":1.0,"a":{"b":2.0},"a":[3.0]}')).toBe('{"a":[3.0]}')
    expect(roundTrip('{"a":[1.0,2.0],"a":5.0}')).toBe('{"a":5.0}')
    expect(roundTrip('{"a":1.0,"a":"1.0"}')).toBe('{"a":"1.0"}')
    expect(roundTrip('{"a":1.0,"b":0,"a":1}')).toBe('{"a":1,"b":0}')
  })

  test('__proto__ is a field like any other', () => {
    for (const text of ['{"__proto__":{"polluted":1.0}}', '{"__proto__":{"polluted":1}}']) {
      const parsed = parseJsonExact(text) as object
      expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype)
      expect((parsed as { polluted?: unknown }).polluted).toBeUndefined()
      expect(JSON.stringify(parsed)).toBe(text)
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })

  test('any JSON comes back, its numbers as they were written', () => {
    const digits = fc.stringMatching(/^-?(0|[1-9]\d{0,24})(\.\d{1,20})?([eE][+-]?\d{1,4})?$/)
    const { json } = fc.letrec<{ json: string }>((tie) => ({
      json: fc.oneof(
        { depthSize: 'small' },
        digits,
        fc.constantFrom('null', 'true', 'false'),
        fc.string().map((text) => JSON.stringify(text)),
        fc.array(tie('json'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
        fc
          .uniqueArray(fc.tuple(fc.stringMatching(/^[a-z_"]{1,8}$/), tie('json')), {
            maxLength: 4,
            selector: ([key]) => key,
          })
          .map((fields) => `{${fields.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`),
      ),
    }))
    fc.assert(
      fc.property(json, (text) => {
        expect(roundTrip(text)).toBe(text)
      }),
      { numRuns: 1_000 },
    )
  })

  test('means what JSON.parse means', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(JSON.parse(roundTrip(text))).toEqual(JSON.parse(JSON.stringify(JSON.parse(text))))
      }),
    )
  })

  test('takes and refuses what JSON.parse does, with a number in it or not', () => {
    const near = fc.array(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"',
        '"a"',
        '\\',
        '\\u00',
        '1.0',
        '-',
        '.5',
        '0',
        '01',
        'e5',
        'true',
        'nul',
        'null',
        ' ',
        '\t',
        '\n',
        '\u00a0',
        '\u0001',
      ),
      { maxLength: 9 },
    )
    const outcome = (read: () => unknown): string => {
      try {
        return JSON.stringify(read())
      } catch {
        return 'refused'
      }
    }
    fc.assert(
      fc.property(near, fc.constantFrom('', '[1.0,', '[1,', '{"a":1.0,"b":'), (parts, before) => {
        const text = before + parts.join('') + (before === '' ? '' : before.startsWith('[') ? ']' : '}')
        const exact = outcome(() => parseJsonExact(text))
        const parsed = outcome(() => JSON.parse(text))
        expect(exact === 'refused' ? exact : JSON.stringify(JSON.parse(exact))).toBe(parsed)
      }),
      { numRuns: 2_000 },
    )
  })

  test('strings keep their escapes and white space', () => {
    for (const text of [
      '["a\\u0041\\n\\"\\\\",1.0]',
      ' { "a" : [ 1.0 , "b\\\\" ] }\r\n',
      '["\u2028\ufeff🚀\\ud800",1.0]',
    ]) {
      expect(JSON.parse(roundTrip(text))).toEqual(JSON.parse(text))
    }
  })

  test.each(['', '{', '1.', '{"a":1.0,}', "{'a':1}", '1.0 2', 'NaN', '\u0000', '[1.0', '01', '{"a":1.0}}'])(
    '%j is refused',
    (text) => {
      expect(codeOf(() => parseJsonExact(text))).toBe('INVALID_JSON')
    },
  )

  test.each([
    ['{"topic":"t",\n"value":tru}', 'line 2, column 9'],
    ['{"a":1.0,\n\n  "b" 2}', 'line 3, column 7'],
    ['[1.0,\n"\\x"]', 'line 2, column 1'],
    ['', 'line 1, column 1'],
    ['[1,\n', 'line 2, column 1'],
    ['1 2', 'line 1, column 3'],
    ['{"a":"open', 'line 1, column 6'],
  ])('the fault of %j is at %s', (text, place) => {
    expect(() => parseJsonExact(text)).toThrow(
      new RegExp(`^The text can not be read as JSON at ${place}: .+ Send valid JSON\\.$`, 's'),
    )
    expect(() => parseJsonExact(text), 'one place, not two').not.toThrow(/at position/)
  })

  test('nests as deep as the limit, and not deeper', () => {
    const nested = (depth: number, inside: string): string => '['.repeat(depth) + inside + ']'.repeat(depth)
    const brackets = '"[[[{{{\\"[[[["'
    for (const inside of ['1', '1.0', brackets]) {
      expect(roundTrip(nested(LIMITS.maxJsonDepth, inside))).toBe(nested(LIMITS.maxJsonDepth, inside))
      expect(codeOf(() => parseJsonExact(nested(LIMITS.maxJsonDepth + 1, inside)))).toBe('INVALID_JSON')
      expect(codeOf(() => parseJsonExact(nested(1_000_000, inside)))).toBe('INVALID_JSON')
    }
    expect(codeOf(() => parseJsonExact('{"a":'.repeat(100_000)))).toBe('INVALID_JSON')
    const opened = '['.repeat(50_000)
    expect(invalidJson(opened, new SyntaxError('Unexpected end of JSON input')).message).toMatch(/nests deeper than/)
    expect(roundTrip(`[${Array(5_000).fill('[1.0]').join(',')}]`)).toHaveLength(5_000 * 6 + 1)
    expect(roundTrip(JSON.stringify('['.repeat(10_000)))).toHaveLength(10_002)
  })

  test('takes time in proportion to the text', () => {
    /** Of the processor, and the better of two, so that a busy machine tells the same. */
    const timeOf = (text: string): number => {
      const times = [1, 2].map(() => {
        const started = process.cpuUsage()
        parseJsonExact(text)
        const { user, system } = process.cpuUsage(started)
        return user + system
      })
      return Math.min(...times)
    }
    const shapes = [
      (count: number) => `[${Array.from({ length: count }, (_, index) => `${index}.0`).join(',')}]`,
      (count: number) => `{${Array.from({ length: count }, (_, index) => `"k${index}":${index}.0`).join(',')}}`,
      (count: number) => `{${Array.from({ length: count }, (_, index) => `"k":${index}.0`).join(',')}}`,
      (count: number) => `"${'9'.repeat(count * 8)}.0"`,
      (count: number) => '9'.repeat(count * 8),
    ]
    for (const shape of shapes) {
      const base = Math.max(500, timeOf(shape(2_500)))
      // 32 times the text; the square of it would be 1,024 times the time.
      expect(timeOf(shape(80_000))).toBeLessThan(base * 250)
    }
  })
})
