import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseJson, parseJsonExact } from '../src/index.ts'
import { hasEscapedName } from '../src/json-names.ts'

/** Where an object like the first was read before, JSON.parse takes a name of the second for that of the first. */
const confusing: readonly [string, string][] = [
  [String.raw`{"h":[],"\\":0}`, String.raw`{"h":1,"\"":2}`],
  [String.raw`{"i":[],"\\":0}`, String.raw`{"i":1,"\n":2}`],
  [String.raw`{"j":[],"\\":0}`, String.raw`{"j":1,"\u540d":2}`],
  [String.raw`{"k":[],"a\\":0}`, String.raw`{"k":1,"a\t":2}`],
]
/** Read again and compared as text, so that what is expected is not read by JSON.parse. */
const plainOf = (text: string) => text.replace('\\u540d', '名')

test.each(confusing)('after %s all names of %s are as they were written', (before, text) => {
  JSON.parse(before)
  expect(JSON.stringify(parseJson(text))).toBe(plainOf(text))
  expect(JSON.stringify(parseJsonExact(text))).toBe(plainOf(text))
})

test.each([
  [String.raw`{"\n":1}`, true],
  [String.raw`[{"a":{"b\\" : 1}}]`, true],
  [String.raw`{"a":"\n","b":["\\","\""]}`, false],
  [String.raw`["\":","\\"]`, false],
  ['{"a":1}', false],
  [String.raw`"\"`, false],
])('%s has a name with an escape: %j', (text, expected) => {
  expect(hasEscapedName(text)).toBe(expected)
})

test('parseJson reads what JSON.stringify writes, whatever was read before', () => {
  const name = fc.constantFrom('a', '"', '\\', '\n', 'é', 'a"', '\\"', '__proto__', '0')
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.oneof(name, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(null, true, 7)),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(name, tie('value'), { maxKeys: 4 }),
    ),
  }))
  fc.assert(
    fc.property(value, (written) => {
      const text = JSON.stringify(written)
      expect(JSON.stringify(parseJson(text))).toBe(text)
    }),
    { numRuns: 2_000 },
  )
})

test.each(['', '{', String.raw`{"\n":}`, String.raw`{"\x":1}`, '[1,]'])(
  'parseJson throws a SyntaxError at %j',
  (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError)
  },
)
