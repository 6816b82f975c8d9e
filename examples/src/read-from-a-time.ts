/** Where to begin, how to go elsewhere, and how to stop. */
import assert from 'node:assert/strict'
import { type StartPosition, YakClient } from '@yak/client'
import { temporaryBroker } from './temporary-broker.ts'

await using broker = await temporaryBroker()
await using yak = new YakClient({ brokers: [broker.url] })
await yak.admin().createTopic({ topic: 'log', partitions: 1 })
const producer = yak.producer()
const start = Date.parse('2026-01-01T00:00:00Z')
await producer.sendBatch({
  topic: 'log',
  records: Array.from({ length: 60 }, (_, minute) => ({ value: minute, timestamp: start + minute * 60_000 })),
})

async function read(from: StartPosition, count: number): Promise<unknown[]> {
  const values: unknown[] = []
  for await (const { value } of yak.consumer({ topics: ['log'], from })) {
    if (values.push(value) === count) break
  }
  return values
}
assert.deepEqual(await read('earliest', 2), [0, 1])
assert.deepEqual(await read(42, 2), [42, 43])
assert.deepEqual(await read('2026-01-01T00:30:00Z', 2), [30, 31])
assert.deepEqual(await read(new Date(start + 90_000), 1), [2])

// One consumer, several loops: each goes on where the last ended. `seek` goes elsewhere.
const consumer = yak.consumer<number>({ topics: ['log'], follow: false })
for await (const { value } of consumer) if (value === 9) break
console.log(consumer.positions()) // offset 10, high watermark 60
consumer.seek({ topic: 'log', partition: 0, to: 57 })
const rest: number[] = []
// Without `follow` the loop ends at the end.
for await (const { value } of consumer) rest.push(value)
assert.deepEqual(rest, [57, 58, 59])

// An offset that does not exist is an error that says so.
await assert.rejects(read(1_000, 1), { code: 'OFFSET_OUT_OF_RANGE' })
