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
