import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseJsonExact, repeatedField } from '../src/index.ts'

/** The same of the text alone. */
function found(text: string): string | undefined {
  const name = repeatedField(text, parseJsonExact(text))
  expect(repeatedField(text)).toBe(name)
  return name
}

test.each([
  ['{"a":1,"a":2}', 'a'],
  ['{"a":{"b":1,"c":2,"b":3}}', 'b'],
  ['[1,{"x":[{"y":1},{"y" : 2, "y"\n:3}]}]', 'y'],
  [String.raw`{"a":1,"\u0061":2}`, 'a'],
  ['{"__proto__":1,"__proto__":2}', '__proto__'],
  ['{"":1.0,"":2}', ''],
  [String.raw`{"a\\":1,"b":"\\\"","a\\":2}`, 'a\\'],
])('%s has %j twice', (text, name) => {
  expect(found(text)).toBe(name)
})

test.each([
  '{"a":{"a":1},"b":{"a":1}}',
  '[{"a":1},{"a":1.0}]',
  String.raw`{"a":"\":\":","b":":","c":"\\"}`,
  '{"rawJSON":1e400,"__proto__":{"a":1}}',
  '":"',
  '1.0',
  'null',
])('%s has none', (text) => {
  expect(found(text)).toBeUndefined()
})

/** Objects as lists of fields, so that a name may come again. */
type Tree =
  | { readonly text: string }
  | { readonly items: readonly Tree[] }
  | { readonly fields: readonly [string, Tree][] }

const name = fc.constantFrom('a', 'b', '"', '\\', ':', '{', '__proto__', 'é', '\n', 'rawJSON')
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.record({
      text: fc.oneof(
        name.map((text) => JSON.stringify(text)),
        fc.constantFrom('1', '1.0', '-0', 'null', 'true'),
      ),
    }),
    fc.record({ items: fc.array(tie('tree'), { maxLength: 3 }) }),
    fc.record({ fields: fc.array(fc.tuple(name, tie('tree')), { maxLength: 3 }) }),
  ),
}))

function textOf(value: Tree): string {
  if ('text' in value) return value.text
  if ('items' in value) return `[${value.items.map(textOf).join(' , ')}]`
  return `{${value.fields.map(([key, field]) => `${JSON.stringify(key)} : ${textOf(field)}`).join()}}`
}

function repeatedIn(value: Tree): readonly string[] {
  if ('text' in value) return []
  if ('items' in value) return value.items.flatMap(repeatedIn)
  const names = value.fields.map(([key]) => key)
  const own = names.filter((key, index) => names.indexOf(key) !== index)
  return [...own, ...value.fields.flatMap(([, field]) => repeatedIn(field))]
}

test('whatever the text holds, a name is found where one is repeated, and only there', () => {
  fc.assert(
    fc.property(tree, (value) => {
      const expected = repeatedIn(value)
      const name = found(textOf(value))
      if (expected.length === 0) expect(name).toBeUndefined()
      else expect(expected).toContain(name)
    }),
    { numRuns: 1_000 },
  )
})
