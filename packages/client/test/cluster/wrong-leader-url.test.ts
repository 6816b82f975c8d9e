import { describe, expect, test } from 'vitest'
import type { YakClientOptions } from '../../src/client-options.ts'
import { type FakeBroker, FakeCluster } from '../../src/testing/index.ts'
import { clientOf, type FakeClient, fakeClient } from '../support/fake-client.ts'
import { reroute, spelledAs } from '../support/reroute.ts'

const [misled, other, leading, elsewhere] = [0, 1, 2, 3]

interface Misled extends FakeClient {
  /** Who is named with the wrong URL, by the first broker. */
  readonly misname: (leader: FakeBroker) => void
}

/** The third leads, and the first has the address of the fourth for it, which the client is not given. */
function misledClient(options: Partial<YakClientOptions> = {}): Misled {
  const { cluster, clock } = fakeClient({ brokers: 4, partitions: 1 })
  const misname = (leader: FakeBroker): void => {
    cluster.brokers[misled]!.belief = {
      epoch: cluster.epoch,
      leader: { ...leader, url: cluster.brokers[elsewhere]!.url },
    }
  }
  cluster.elect(cluster.brokers[leading]!)
  misname(cluster.brokers[leading]!)
  return { cluster, clock, misname, yak: clientOf(cluster, clock, { brokers: cluster.urls.slice(0, 3), ...options }) }
}

/** What stands at the address of the fourth. */
const STRANGERS: Readonly<Record<string, (fake: Misled) => void>> = {
  'something that is no broker': ({ cluster }) => {
    cluster.onRequest = ({ url }) => (url === cluster.brokers[elsewhere]!.url ? { kind: 'html' } : undefined)
  },
  'something that never answers': ({ cluster }) => {
    cluster.brokers[elsewhere]!.isFrozen = true
  },
  'a follower of another cluster, of a higher epoch': (fake) => foreign(fake, 'follower'),
  'the leader of another cluster, of a higher epoch': (fake) => foreign(fake, 'leader'),
  'the misled follower itself': ({ cluster }) => {
    const { connect } = cluster.transport
    const { url } = cluster.brokers[misled]!
    reroute(cluster, (to, options) =>
      to === cluster.brokers[elsewhere]!.url ? spelledAs(to, connect(url, options)) : undefined,
    )
  },
}

/** A cluster of its own behind the address of the fourth. */
function foreign({ cluster, clock }: Misled, role: 'leader' | 'follower'): FakeCluster {
  const strange = new FakeCluster({ brokers: 4, partitions: 1, clusterId: 'another', clock })
  for (let epoch = 1; epoch < 64; epoch++) strange.elect(strange.brokers[role === 'leader' ? elsewhere : other]!)
  reroute(cluster, (to, options) =>
    to === cluster.brokers[elsewhere]!.url ? strange.transport.connect(to, options) : undefined,
  )
  return strange
}

describe.each(Object.entries(STRANGERS))(
  'a follower names the leader with a wrong URL, at which stands %s',
  (_, stand) => {
    test('the others are asked, and the leader is found', async () => {
      const fake = misledClient()
      stand(fake)
      const { yak, clock } = fake
      const startMs = clock.nowMs()
      expect((await yak.producer().send({ topic: 't', value: 1 })).offset).toBe(0)
      expect(clock.nowMs() - startMs).toBeLessThan(300)
    })

    test('also when the leader was away a moment before', async () => {
      const fake = misledClient()
      stand(fake)
      const { yak, cluster, clock } = fake
      const sent = yak.producer().send({ topic: 't', value: 1 })
      cluster.brokers[leading]!.stop()
      await clock.sleep(1_000)
      cluster.brokers[leading]!.start()
      const startMs = clock.nowMs()
      expect((await sent).offset).toBe(0)
      expect(clock.nowMs() - startMs).toBeLessThan(1_000)
    })

    test.each(['send', 'fetch', 'call'])('told when the leader hands over in the middle of a %s', async (operation) => {
      const fake = misledClient()
      stand(fake)
      const { yak, cluster, clock, misname } = fake
      const producer = yak.producer()
      await producer.send({ topic: 't', value: 1 })
      const iterator = yak.consumer({ topics: ['t'] })[Symbol.asyncIterator]()
      await iterator.next()
      // The second leads now; the first, which the client asks first, and the third have the wrong URL for it.
      cluster.elect(cluster.brokers[other]!)
      misname(cluster.brokers[other]!)
      cluster.brokers[leading]!.belief = cluster.brokers[misled]!.belief
      const startMs = clock.nowMs()
      if (operation === 'send') expect((await producer.send({ topic: 't', value: 2 })).offset).toBe(1)
      else
        await clientOf(cluster, clock, { brokers: [cluster.urls[other]!] })
          .producer()
          .send({ topic: 't', value: 2 })
      if (operation === 'call') expect((await yak.admin().createTopic({ topic: 'new' })).name).toBe('new')
      else expect((await iterator.next()).value?.offset).toBe(1)
      expect(clock.nowMs() - startMs).toBeLessThan(operation === 'fetch' ? 2_500 : 600)
      await iterator.return?.()
    })
  },
)

test('nothing is told of another cluster, while the own one is slow to answer', async () => {
  const fake = misledClient()
  const strange = foreign(fake, 'leader')
  const { yak, cluster } = fake
  strange.createTopic('strange')
  cluster.createTopic('own')
  cluster.brokers[leading]!.stop()
  cluster.brokers[other]!.stop()
  await expect(yak.admin().createTopic({ topic: 'x' }, { timeoutMs: 1_000 })).rejects.toBeDefined()
  // The misled one is the only one left, and slower than the stranger that it names.
  cluster.onRequest = ({ url, method, path }) =>
    url === cluster.brokers[misled]!.url && method === 'GET' && path !== '/v1/metadata'
      ? { kind: 'delay', delayMs: 400 }
      : undefined
  expect((await yak.admin().listTopics()).map(({ name }) => name)).toEqual(['own'])
  await expect(yak.admin().describeTopic('strange', { timeoutMs: 3_000 })).rejects.toMatchObject({
    code: 'UNKNOWN_TOPIC',
  })
  expect((await yak.admin().cluster()).clusterId).toBe('fake-cluster')
})

test('nothing is done in another cluster, and nothing is believed of it', async () => {
  const fake = misledClient()
  const strange = foreign(fake, 'leader')
  const { yak, cluster } = fake
  strange.createTopic('precious')
  cluster.createTopic('precious')
  await yak.admin().deleteTopic('precious')
  await yak.admin().createTopic({ topic: 'new' })
  await yak.producer().send({ topic: 't', value: 1 })
  expect([...strange.topics.keys()]).toEqual(['precious'])
  expect(strange.requests.filter(({ method }) => method !== 'GET')).toEqual([])
  expect([...cluster.topics.keys()]).toEqual(['new', 't'])
  expect((await yak.admin().cluster()).epoch).toBe(2)
})

test.each(['two', 'one'])(
  '%s of them away, and only the wrong URL is named: asked a few times a second',
  async (what) => {
    const fake = misledClient({ retryBackoffMs: 20, retryBackoffMaxMs: 500 })
    const { yak, cluster, clock } = fake
    STRANGERS['the misled follower itself']!(fake)
    cluster.brokers[leading]!.stop()
    if (what === 'two') cluster.brokers[other]!.stop()
    await expect(yak.admin().createTopic({ topic: 'x' }, { timeoutMs: 1_000 })).rejects.toMatchObject({
      code: 'LEADER_NOT_AVAILABLE',
    })
    cluster.requests.length = 0
    const sent = yak.producer().send({ topic: 't', value: 1 })
    await clock.sleep(10_000)
    expect(cluster.requests.length / 10).toBeLessThan(20)
    cluster.brokers[leading]!.start()
    expect((await sent).offset).toBe(0)
  },
)
