import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesText, type RecordBytes, recordText, recordTextJson } from '../src/record-text.ts'
import { consumedRecordSchema } from '../src/schemas/index.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const record = (fields: Partial<RecordBytes>): RecordBytes => ({
  offset: 42,
  timestamp: 1_767_225_600_000,
  epoch: 3,
  key: bytes('web-1'),
  value: bytes('{"cpu":0.7}'),
  headers: [],
  ...fields,
})
const jsonOf = (fields: Partial<RecordBytes>): string => recordTextJson(recordText(record(fields)))

describe('a record as JSON', () => {
  test('has every field', () => {
    expect(jsonOf({})).toBe(
      '{"offset":42,"timestamp":1767225600000,"key":"web-1","value":{"cpu":0.7},"headers":{},"epoch":3}',
    )
  })

  test.each([
    ['JSON, every digit kept', '12345678901234567890.0', '"value":12345678901234567890.0,'],
    ['JSON, as it was written', '{ "a":\n1e400 }', '"value":{ "a":\n1e400 },'],
    ['JSON null is not no value', 'null', '"value":null,'],
    ['other text', 'plain\n', '"value":"plain\\n","encoding":"utf8",'],
    ['nothing', '', '"value":"","encoding":"utf8",'],
    ['a byte order mark', '\ufeff1', '"value":"\ufeff1","encoding":"utf8",'],
  ])('value: %s', (_, value, expected) => {
    expect(jsonOf({ value: bytes(value) })).toContain(expected)
  })

  test('bytes that are no text, and none at all', () => {
    const binary = JSON.parse(jsonOf({ key: new Uint8Array([255]), value: new Uint8Array([254, 0]) }))
    expect(binary).toMatchObject({ key: '/w==', keyEncoding: 'base64', value: '/gA=', encoding: 'base64' })
    const none = JSON.parse(jsonOf({ key: null, value: null }))
    expect(none).toMatchObject({ key: null, value: null })
    expect(none).not.toHaveProperty('encoding')
    expect(none).not.toHaveProperty('keyEncoding')
  })

  test('headers: text, bytes, nothing, a name that occurs twice, and names that mean something to JavaScript', () => {
    const headers = [
      { key: 'a', value: bytes('1') },
      { key: 'b', value: new Uint8Array([255]) },
      { key: 'c', value: null },
      { key: 'a', value: bytes('2') },
      { key: '__proto__', value: bytes('x') },
    ]
    expect(jsonOf({ headers })).toContain('"headers":{"a":["1","2"],"b":{"base64":"/w=="},"c":null,"__proto__":"x"}')
  })

  test('whatever the bytes are: valid, as the schema has it, and nothing lost', () => {
    const some = fc.oneof(
      fc.uint8Array({ maxLength: 30 }),
      fc.json().map(bytes),
      fc.string({ unit: 'binary' }).map(bytes),
    )
    const back = (text: string, encoding: string | undefined): Uint8Array =>
      encoding === 'base64' ? Uint8Array.from(Buffer.from(text, 'base64')) : bytes(text)
    fc.assert(
      fc.property(fc.option(some), fc.option(some), (key, value) => {
        const text = recordText(record({ key, value }))
        const parsed = consumedRecordSchema.parse(JSON.parse(recordTextJson(text)))
        if (key === null) expect(parsed.key).toBeNull()
        else expect(back(parsed.key!, parsed.keyEncoding)).toEqual(Uint8Array.from(key))
        if (value === null) expect(text.valueText).toBe('null')
        else if (parsed.encoding === undefined) expect(bytes(text.valueText)).toEqual(Uint8Array.from(value))
        else expect(back(parsed.value as string, parsed.encoding)).toEqual(Uint8Array.from(value))
      }),
      { numRuns: 2_000 },
    )
  })
})

test('bytes as text', () => {
  expect(bytesText(bytes('ä'))).toEqual({ text: 'ä', encoding: 'utf8' })
  expect(bytesText(new Uint8Array([0xc3]))).toEqual({ text: 'ww==', encoding: 'base64' })
})
