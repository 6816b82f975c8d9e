import { expect } from 'vitest'
import { epochOwners } from '../../apps/broker/src/replication/core/identity.ts'
import type { FetchRequest } from '../../apps/broker/src/replication/core/messages.ts'
import { FaultRun } from './harness/fault-run.ts'
import { deliverFetch, heldFetch } from './harness/held-fetch.ts'
import { until } from './harness/until.ts'

/** What a follower says of the one partition, as if it had all of the leader's log. */
type Claim = (fetch: FetchRequest) => Pick<FetchRequest, 'from'> & { readonly enteredEpoch: number }

/** B8 (KIP-320): its log reached that end under an older epoch. */
export const ofOlderEpoch: Claim = ({ from, epoch }) => ({ from, enteredEpoch: epoch - epochOwners })

/** B9 (KIP-903): it was an earlier run of that broker which had it on disk. */
export const fromBeforeRestart: Claim = ({ from, epoch }) => ({
  from: { ...from, incarnation: from.incarnation.replace(/^\d+/, '0') },
  enteredEpoch: epoch,
})

/** By nothing but the truth: so that a claim which is refused is refused for what it claims. */
const present: Claim = ({ from, epoch }) => ({ from, enteredEpoch: epoch })

/**
 * Nothing of what the followers say reaches the leader, and it has records that only it has. Then a fetch arrives from each
 * of them that claims to have all: what it claims counts for nothing, the high watermark stands, and nothing is acknowledged.
 */
export async function falseAcknowledgements(claims: readonly Claim[], mutation?: string): Promise<void> {
  // A lease in which all is said that there is to say: after it they are out of the ISR.
  await using run = await FaultRun.start({ isLinked: true, leaseMs: 4_000, partitions: 1, mutation })
  const { cluster, recorder } = run
  const producer = run.producer('p1').start()
  await run.untilAcknowledged(producer, 20)
  const leader = await cluster.leader()
  const links = cluster.others(leader.id).map(({ id }) => cluster.links.between(id, leader.id))
  await recorder.during('false acknowledgements', async () => {
    for (const link of links) link.hold('toServer')
    const fetches = await Promise.all(links.map(heldFetch))
    const key = `${run.topicId}-0`
    const { highWatermark, logEndOffset: endOffset } = await until('records that are not committed', async () => {
      const [found] = await run.partitionsAt(leader)
      return found!.logEndOffset > found!.highWatermark && found
    })
    let requestId = Math.max(...fetches.map((fetch) => fetch.requestId))
    const deliver = async (claim: Claim): Promise<number> => {
      requestId++
      for (const fetch of fetches) {
        const { epoch } = fetch
        const { from, enteredEpoch } = claim(fetch)
        const positions = [{ key, endOffset, lastEpoch: epoch, enteredEpoch, highWatermark }]
        await deliverFetch(leader, { ...fetch, from, requestId, continues: 0, positions })
        if (leader.fatal.length > 0) throw new Error(`The leader gave up: ${leader.fatal.join('\n')}`)
      }
      return (await run.partitionsAt(leader))[0]!.highWatermark
    }
    for (const claim of claims) expect(await deliver(claim), 'the high watermark').toBe(highWatermark)
    expect(await deliver(present), 'the high watermark, by what counts').toBe(endOffset)
  })
}

/**
 * B22, the leader's side: a second process under the id of a follower asks it for records, with a disk of its own. The leader
 * hears the first one only; otherwise it would take that one out of the ISR, for its disk is another.
 */
export async function secondFetcher(mutation?: string): Promise<void> {
  await using run = await FaultRun.start({ isLinked: true, leaseMs: 4_000, partitions: 1, mutation })
  const { cluster } = run
  const leader = await cluster.leader()
  const [follower] = cluster.others(leader.id)
  const link = cluster.links.between(follower!.id, leader.id)
  link.hold('toServer')
  const held = await heldFetch(link)
  const from = { ...held.from, diskId: 'another', incarnation: '9.another' }
  // The cluster may have begun with two of them in sync, and said so.
  const earlier = leader.lines.length
  await deliverFetch(leader, { ...held, from, continues: 0 })
  const said = await until('the leader says what it makes of it', () =>
    leader.lines.slice(earlier).find((line) => /is refused: one of that id|ISR of epoch \d+: .* becomes/.test(line)),
  )
  if (!said.includes('(disk another, incarnation 9.another) is refused')) throw new Error(`The leader says: ${said}`)
  await cluster.heal()
  await cluster.untilWhole()
}
