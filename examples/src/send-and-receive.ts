/** The first message, there and back. */
import assert from 'node:assert/strict'
import { YakClient } from '@yak/client'
import { temporaryBroker } from './temporary-broker.ts'

await using broker = await temporaryBroker()
await using yak = new YakClient({ brokers: [broker.url] })

const producer = yak.producer()
const receipt = await producer.send({ topic: 'server_metrics', key: 'web-1', value: { cpu: 0.7 } })
console.log(receipt) // { topic, partition, offset, epoch, timestamp }: it is on disk

for await (const message of yak.consumer({ topics: ['server_metrics'], from: 'earliest' })) {
  console.log(message.key, message.value)
  assert.equal(message.key, 'web-1')
  assert.deepEqual(message.value, { cpu: 0.7 })
  assert.deepEqual([message.partition, message.offset], [receipt.partition, receipt.offset])
  break
}
