/** Your own program under test: the SDK is real, the cluster is not, and its faults are yours to choose. */
import assert from 'node:assert/strict'
import { YakClient } from '@yak/client'
import { FakeCluster } from '@yak/client/testing'

/** The program: adds up what comes in. */
async function total(yak: YakClient, topic: string): Promise<number> {
  let sum = 0
  for await (const { value } of yak.consumer<number>({ topics: [topic], follow: false })) sum += value
  return sum
}

const cluster = new FakeCluster({ brokers: 3 })
await using yak = new YakClient({ brokers: cluster.urls, transport: cluster.transport })

// Every third request is lost on its way, or its answer is.
let count = 0
cluster.onRequest = ({ path }) =>
  path === '/v1/produce' && ++count % 3 === 0 ? { kind: count % 2 === 0 ? 'lose-request' : 'lose-answer' } : undefined
const producer = yak.producer()
for (let n = 1; n <= 20; n++) await producer.send({ topic: 'numbers', value: n })
assert.equal(await total(yak, 'numbers'), 210)

// The leader dies, and another takes over.
cluster.brokers[0]!.stop()
const sent = producer.send({ topic: 'numbers', value: 1_000 })
cluster.elect(cluster.brokers[1]!)
assert.equal((await sent).epoch, 2)
assert.equal(await total(yak, 'numbers'), 1_210)
console.log(`${cluster.requests.length} requests, each number once`)
