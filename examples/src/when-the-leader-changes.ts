/** Three brokers; the one that leads is stopped in the middle, and another takes over. */
import assert from 'node:assert/strict'
import { startCluster } from '@yak/broker'
import { YakClient } from '@yak/client'

await using cluster = await startCluster({ brokers: 3, settings: { leaseMs: 1_000 } })
// One address that answers is enough; the others are learnt from it. With all of them, any may be away at the start.
await using yak = new YakClient({ brokers: cluster.urls })
yak.on('disconnected', ({ url, error }) => console.log(`${url} is left: ${error.code}`))
yak.on('leader-changed', ({ to }) => console.log(`broker ${to.brokerId} leads under epoch ${to.epoch}`))

await yak.admin().createTopic({ topic: 'orders', partitions: 1 })
const producer = yak.producer()
const sends: ReturnType<typeof producer.send>[] = []
let longestMs = 0
for (let n = 0; n < 600; n++) {
  const startMs = performance.now()
  const sent = producer.send({ topic: 'orders', value: n })
  void sent.then(() => {
    longestMs = Math.max(longestMs, performance.now() - startMs)
  })
  sends.push(sent)
  if (n === 300) {
    const leader = await cluster.leader()
    // It hands over, and what it had taken and not confirmed is sent again to the next, which knows what it has.
    await cluster.stop(leader.id)
  }
  if (n % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
}
const receipts = await Promise.all(sends)
assert.deepEqual(
  receipts.map(({ offset }) => offset),
  receipts.map((_, n) => n),
)
assert.ok(receipts.at(-1)!.epoch > receipts[0]!.epoch)

const values: unknown[] = []
for await (const { value } of yak.consumer({ topics: ['orders'], follow: false })) values.push(value)
assert.deepEqual(
  values,
  receipts.map((_, n) => n),
)

// Any broker tells of the cluster, whoever leads.
const { brokers } = await yak.admin().cluster()
console.log(brokers.map(({ id, role }) => `broker ${id}: ${role ?? 'away'}`).join(', '))
console.log(`600 orders, each once, in order; none waited longer than ${Math.ceil(longestMs)} ms`)
