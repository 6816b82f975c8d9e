/** A broker that stops in the middle; and what an error says of a record. */
import assert from 'node:assert/strict'
import { YakClient, YakError } from '@yak/client'
import { temporaryBroker } from './temporary-broker.ts'

await using broker = await temporaryBroker()
await using yak = new YakClient({ brokers: [broker.url] })
yak.on('disconnected', ({ url }) => console.log(`${url} is away`))
yak.on('leader-changed', ({ to }) => console.log(`${to.url} leads under epoch ${to.epoch}`))

await yak.admin().createTopic({ topic: 'orders', partitions: 1 })
const producer = yak.producer()
const sends: Promise<unknown>[] = []
for (let n = 0; n < 500; n++) {
  sends.push(producer.send({ topic: 'orders', value: n }))
  if (n === 200) await broker.stop()
  if (n === 400) await broker.start()
  if (n % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
}
// Those that were under way are sent again; the broker knows what it has, and writes nothing twice.
await Promise.all(sends)
const values: unknown[] = []
for await (const { value } of yak.consumer({ topics: ['orders'], follow: false })) values.push(value)
assert.deepEqual(
  values,
  Array.from({ length: 500 }, (_, n) => n),
)

// With nobody there for good, a send fails after `deliveryTimeoutMs`, and says what became of the record.
await broker.stop()
const impatient = yak.producer({ deliveryTimeoutMs: 200 })
try {
  await impatient.send({ topic: 'orders', value: 'too late' })
  assert.fail('Nobody was there')
} catch (error) {
  assert.ok(YakError.is(error))
  // 'not-written' is a promise: it can never appear. 'unknown' means that it may.
  console.log(error.code, error.outcome, error.message)
  assert.equal(error.outcome, 'not-written')
}
