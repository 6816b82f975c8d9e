/** Sends in a loop travel in batches by themselves; a key keeps its records in one partition, in order. */
import assert from 'node:assert/strict'
import { YakClient } from '@yak/client'
import { temporaryBroker } from './temporary-broker.ts'

interface Reading {
  readonly host: string
  readonly n: number
}

await using broker = await temporaryBroker()
await using yak = new YakClient({ brokers: [broker.url] })
const producer = yak.producer({ compression: 'zstd' })

// A promise for each record, and a thousand of them in a few requests.
const receipts = await Promise.all(
  Array.from({ length: 1_000 }, (_, n) => {
    const host = `web-${n % 7}`
    return producer.send<Reading>({ topic: 'readings', key: host, value: { host, n } })
  }),
)
assert.equal(receipts.length, 1_000)

// Or one promise for many.
const more = await producer.sendBatch<Reading>({
  topic: 'readings',
  records: Array.from({ length: 1_000 }, (_, n) => ({ key: 'db-1', value: { host: 'db-1', n } })),
})
assert.equal(new Set(more.map(({ partition }) => partition)).size, 1)

// What was read, by host: each host's readings in the order they were sent.
const last = new Map<string, number>()
let count = 0
for await (const batch of yak.consumer<Reading>({ topics: ['readings'], follow: false }).batches()) {
  for (const { value } of batch) {
    assert.ok(value.n > (last.get(value.host) ?? -1), `${value.host} in order`)
    last.set(value.host, value.n)
  }
  count += batch.length
}
assert.equal(count, 2_000)
console.log(`${count} readings of ${last.size} hosts, each host in order`)
