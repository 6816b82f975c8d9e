import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Message } from '../src/consumer/message.ts'
import { fakeClient } from './support/fake-client.ts'

const text = fc.string({ unit: 'grapheme', maxLength: 40 })

const record = fc.record({
  key: fc.option(text),
  value: fc.jsonValue(),
  headers: fc.dictionary(text, text, { maxKeys: 4 }),
  timestamp: fc.integer({ min: 0, max: 2 ** 45 }),
})

test('what goes in comes out', async () => {
  const { yak } = fakeClient({ partitions: 3 })
  let run = 0
  await fc.assert(
    fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 60 }), async (records) => {
      const topic = `run-${run++}`
      const compression = (['none', 'gzip', 'zstd'] as const)[run % 3]!
      const receipts = await yak.producer({ compression, maxBatchBytes: 600 }).sendBatch({ topic, records })
      const messages = new Map<string, Message>()
      for await (const message of yak.consumer({ topics: [topic], follow: false })) {
        messages.set(`${message.partition}:${message.offset}`, message)
      }
      expect(messages.size).toBe(records.length)
      for (const [index, { key, value, headers, timestamp }] of records.entries()) {
        const { partition, offset } = receipts[index]!
        const message = messages.get(`${partition}:${offset}`)!
        expect(message.key).toEqual(key === null ? null : key.toWellFormed())
        expect(JSON.stringify(message.value)).toBe(JSON.stringify(value))
        expect(message.timestamp).toBe(timestamp)
        expect(message.headers).toEqual({ ...headers })
      }
    }),
    { numRuns: 40 },
  )
})

test('names of fields come out as they were, whatever was read before', async () => {
  const { yak } = fakeClient({ partitions: 1 })
  const values = [
    { h: [], '\\': 0 },
    { h: 1, '"': 2 },
    { h: 1, '\n': 2 },
  ]
  await yak.producer().sendBatch({ topic: 'names', records: values.map((value) => ({ value })) })
  const read: string[] = []
  for await (const { value } of yak.consumer({ topics: ['names'], follow: false })) read.push(JSON.stringify(value))
  expect(read).toEqual(values.map((value) => JSON.stringify(value)))
})
