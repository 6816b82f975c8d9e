import { consumedRecordSchema } from '@yak/protocol/schemas'
import { describe, expect, test } from 'vitest'
import { type ReadRecord, recordJson, recordLine } from '../../src/consume/record-text.ts'

const bytes = (text: string): Uint8Array => Buffer.from(text)
const record = (fields: Partial<ReadRecord>): ReadRecord => ({
  topic: 'orders',
  partition: 2,
  offset: 42,
  timestamp: 1_767_225_600_000,
  epoch: 3,
  keyBytes: bytes('web-1'),
  valueBytes: bytes('{"cpu":0.7}'),
  rawHeaders: [],
  ...fields,
})

describe('recordJson', () => {
  test('has every field, in one line', () => {
    expect(recordJson(record({}))).toBe(
      '{"topic":"orders","partition":2,"offset":42,"timestamp":1767225600000,"key":"web-1","value":{"cpu":0.7},"headers":{},"epoch":3}',
    )
  })

  test.each([
    ['9926554.0', '"value":9926554.0,'],
    ['12345678901234567890', '"value":12345678901234567890,'],
    ['{\n  "a": "x\\ny"\r\n}', '"value":{   "a": "x\\ny" },'],
    ['plain text\n', '"value":"plain text\\n","encoding":"utf8",'],
    ['', '"value":"","encoding":"utf8",'],
  ])('value %j', (value, expected) => {
    const line = recordJson(record({ valueBytes: bytes(value) }))
    expect(line).toContain(expected)
    expect(line).not.toContain('\n')
    consumedRecordSchema.parse(JSON.parse(line))
  })

  test('bytes that are no text, and no bytes at all', () => {
    const binary = recordJson(record({ keyBytes: new Uint8Array([255]), valueBytes: new Uint8Array([254, 0]) }))
    expect(JSON.parse(binary)).toMatchObject({ key: '/w==', keyEncoding: 'base64', value: '/gA=', encoding: 'base64' })
    expect(JSON.parse(recordJson(record({ keyBytes: null, valueBytes: null })))).toMatchObject({
      key: null,
      value: null,
    })
  })

  test('headers: text, bytes, nothing, a name that occurs twice, and names that mean something to JavaScript', () => {
    const line = recordJson(
      record({
        rawHeaders: [
          { key: 'a', value: bytes('1') },
          { key: 'b', value: new Uint8Array([255]) },
          { key: 'c', value: null },
          { key: 'a', value: bytes('2') },
          { key: '__proto__', value: bytes('x') },
        ],
      }),
    )
    expect(line).toContain('"headers":{"a":["1","2"],"b":{"base64":"/w=="},"c":null,"__proto__":"x"}')
  })
})

test('recordLine is one line for a person', () => {
  expect(recordLine(record({}))).toBe('2026-01-01T00:00:00.000Z  2:42  web-1  {"cpu":0.7}')
  expect(recordLine(record({ keyBytes: null, valueBytes: null, timestamp: -1 }))).toBe('-  2:42  -  (no value)')
  expect(
    recordLine(record({ valueBytes: bytes('a\nb\u001b[0m'), rawHeaders: [{ key: 'h', value: bytes('v') }] })),
  ).toBe('2026-01-01T00:00:00.000Z  2:42  web-1  a\\u000ab\\u001b[0m  [h=v]')
})
