import { expect, test } from 'vitest'
import { readConsumeText } from '../../../src/lib/json/consume-text.ts'

test('values stay text, and so exact', () => {
  const page = readConsumeText(
    '{"topic":"orders","partition":1,"records":[{"offset":42,"timestamp":5,"key":"k","value":{"id":9007199254740993,"v":1.10},"headers":{},"epoch":3},' +
      '{"offset":43,"timestamp":-1,"key":null,"value":"AAE=","encoding":"base64","headers":{"a":"b"},"epoch":3}],"nextOffset":44,"logStartOffset":0,"highWatermark":50}',
  )
  expect(page.messages[0]).toMatchObject({
    topic: 'orders',
    partition: 1,
    offset: 42,
    key: 'k',
    valueText: '{"id":9007199254740993,"v":1.10}',
  })
  expect(page.messages[1]).toMatchObject({ key: null, encoding: 'base64', headersText: '{"a":"b"}', timestamp: -1 })
  expect(page).toMatchObject({ nextOffset: 44, highWatermark: 50 })
})

test('an answer of something else is refused', () => {
  expect(() => readConsumeText('<html>')).toThrow(TypeError)
  expect(() => readConsumeText('{}')).toThrow(TypeError)
})

test('the size of a message is that of the bytes that are stored', () => {
  const sizeOf = (record: string) =>
    readConsumeText(
      `{"topic":"t","partition":0,"records":[{"offset":0,"timestamp":5,${record},"headers":{},"epoch":1}],"nextOffset":1,"logStartOffset":0,"highWatermark":1}`,
    ).messages[0]!.sizeBytes
  const utf8 = (text: string) => Buffer.byteLength(text)
  expect(sizeOf('"key":"ü","value":{"sum":"10 €","x":"🦬"}')).toBe(utf8('ü') + utf8('{"sum":"10 €","x":"🦬"}'))
  expect(sizeOf('"key":null,"value":"say \\"no\\"\\n","encoding":"utf8"')).toBe(utf8('say "no"\n'))
  expect(sizeOf('"key":"AAE=","keyEncoding":"base64","value":"AAECAw==","encoding":"base64"')).toBe(2 + 4)
  // A record without a value, and without a key.
  expect(sizeOf('"key":null,"value":null')).toBe(0)
})
