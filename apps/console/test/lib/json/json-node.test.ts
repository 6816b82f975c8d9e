import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  compactJson,
  type JsonNode,
  nodeAt,
  plainOf,
  prettyJson,
  readJson,
  textOf,
} from '../../../src/lib/json/json-node.ts'

function value(text: string, node: JsonNode): unknown {
  if (node.kind === 'object')
    return Object.fromEntries(node.entries.map(({ key, value: inner }) => [key, value(text, inner)]))
  if (node.kind === 'array') return node.items.map((item) => value(text, item))
  return JSON.parse(textOf(text, node))
}

function read(text: string): JsonNode {
  const node = readJson(text)
  if (node.kind === 'fault') throw new Error(node.message)
  return node
}

describe('readJson', () => {
  test('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t'), (given, space) => {
        const text = JSON.stringify(given, null, space)
        expect(value(text, read(text))).toEqual(JSON.parse(text))
      }),
    )
  })

  test('refuses what JSON.parse refuses, and takes what it takes', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[[\]{}",:0-9.eE+\-\\utrfalsn \n]{0,12}$/), (text) => {
        let good = true
        try {
          JSON.parse(text)
        } catch {
          good = false
        }
        expect(readJson(text).kind !== 'fault').toBe(good)
      }),
      { numRuns: 2_000 },
    )
  })

  test('keeps numbers and repeated names as they were sent', () => {
    const text = '{"id": 9007199254740993, "price": 1.0, "big": 1e400, "id": 2}'
    expect(prettyJson(text, read(text))).toBe(
      '{\n  "id": 9007199254740993,\n  "price": 1.0,\n  "big": 1e400,\n  "id": 2\n}',
    )
  })

  test('says where it stopped', () => {
    expect(readJson('{\n  "a": 1,\n  b: 2\n}')).toMatchObject({
      kind: 'fault',
      line: 3,
      column: 3,
      message: 'A name in quotes is expected, not "b"',
    })
    expect(readJson('')).toMatchObject({ kind: 'fault', line: 1, column: 1 })
  })

  test('reads a long string and a deep value without overflowing the stack, and refuses a deeper one', () => {
    expect(readJson(JSON.stringify('\\"x'.repeat(1_000_000))).kind).toBe('string')
    expect(readJson('['.repeat(1_000) + ']'.repeat(1_000)).kind).toBe('array')
    expect(readJson('['.repeat(200_000)).kind).toBe('fault')
  })
})

test('nodeAt finds by path; the last of equal names wins', () => {
  const text = '{"a": [1, {"b": "x\\u0041"}], "a2": 1, "a": [0, {"b": "y"}]}'
  expect(plainOf(text, nodeAt(read(text), ['a', 1, 'b'])!)).toBe('y')
  expect(nodeAt(read(text), ['a', 7, 'b'])).toBeUndefined()
})

test('compactJson keeps spaces in strings, and cuts', () => {
  expect(compactJson('{ "a b" : [ 1,\n 2 ] }', 100)).toBe('{"a b":[1,2]}')
  expect(compactJson('[1111111111]', 4)).toBe('[111…')
})
