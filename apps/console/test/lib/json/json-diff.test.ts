import fc from 'fast-check'
import { expect, test } from 'vitest'
import { diffJson } from '../../../src/lib/json/json-diff.ts'

test('fields that came, went and changed, each by its path and as it was sent', () => {
  const before = '{"id":9007199254740993,"status":"packed","hub":{"city":"Ulm","dock":4},"note":null}'
  const after = '{ "hub": {"dock":5,"city":"Ulm"}, "id": 9007199254740993, "status": "picked up", "delayed": true }'
  expect(diffJson(before, after)).toEqual({
    cut: false,
    changes: [
      { kind: 'changed', path: ['status'], before: '"packed"', after: '"picked up"' },
      { kind: 'changed', path: ['hub', 'dock'], before: '4', after: '5' },
      { kind: 'removed', path: ['note'], before: 'null' },
      { kind: 'added', path: ['delayed'], after: 'true' },
    ],
  })
})

test('digits count, white space, order and escapes do not', () => {
  expect(diffJson('{"a":1.0,"b":"\\u00fc"}', '{ "b" : "ü", "a" : 1 }')?.changes).toEqual([
    { kind: 'changed', path: ['a'], before: '1.0', after: '1' },
  ])
  expect(diffJson('9007199254740993', '9007199254740992')?.changes).toHaveLength(1)
  expect(diffJson('{"a":[1,{"b":2}]}', '{"a": [1, {"b": 2}]}')?.changes).toEqual([])
})

test('a list is compared from both ends', () => {
  expect(diffJson('[1,2,3]', '[0,1,2,3]')?.changes).toEqual([{ kind: 'added', path: [0], after: '0' }])
  expect(diffJson('[1,2,3,4]', '[1,4]')?.changes).toEqual([
    { kind: 'removed', path: [1], before: '2' },
    { kind: 'removed', path: [2], before: '3' },
  ])
  expect(diffJson('[{"a":1},{"a":2}]', '[{"a":1},{"a":3}]')?.changes).toEqual([
    { kind: 'changed', path: [1, 'a'], before: '2', after: '3' },
  ])
})

test('what is no JSON or too long is not compared; of very many changes the first are told', () => {
  expect(diffJson('plain', '{}')).toBeNull()
  expect(diffJson('{}', `"${'x'.repeat(300_000)}"`)).toBeNull()
  const many = diffJson(JSON.stringify(Array(50).fill(1)), JSON.stringify(Array(50).fill(2)), 10)
  expect(many).toMatchObject({ cut: true })
  expect(many?.changes).toHaveLength(10)
})

test('a value differs from itself in nothing, and from another in something', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      const [left, right] = [JSON.stringify(a), JSON.stringify(b)]
      expect(diffJson(left, left)?.changes).toEqual([])
      const equal = JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))
      expect(diffJson(left, right)?.changes.length === 0).toBe(equal)
    }),
  )
})

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  // Not a list alone: {} is not [].
  return { fields: fields.map(([key, each]) => [key, sorted(each)]) }
}
