import { describe, expect, test } from 'vitest'
import { eventsOf, fakeClient, pathsOf } from '../support/fake-client.ts'

const metadataOf = (requests: readonly { readonly path: string; readonly brokerId: string }[]) =>
  requests.filter(({ path }) => path === '/v1/metadata').map(({ brokerId }) => brokerId)

describe('a broker that accepts connections and never answers', () => {
  test('costs a quarter of a second, once', async () => {
    const { yak, cluster, clock } = fakeClient({ brokers: 3, partitions: 1 })
    cluster.brokers[0]!.isFrozen = true
    cluster.elect(cluster.brokers[2]!)
    const startMs = clock.nowMs()
    expect((await yak.producer().send({ topic: 't', value: 1 })).offset).toBe(0)
    expect(clock.nowMs() - startMs).toBeGreaterThanOrEqual(250)
    expect(clock.nowMs() - startMs).toBeLessThan(300)
    // The second knows who leads: the third need not be asked.
    expect(metadataOf(cluster.requests)[0]).toBe('b2')
  })

  test('two of them, and the leader is found all the same', async () => {
    const { yak, cluster, clock } = fakeClient({ brokers: 3, partitions: 1 })
    cluster.brokers[0]!.isFrozen = true
    cluster.brokers[1]!.isFrozen = true
    cluster.elect(cluster.brokers[2]!)
    const startMs = clock.nowMs()
    expect((await yak.producer().send({ topic: 't', value: 1 })).offset).toBe(0)
    expect(clock.nowMs() - startMs).toBeLessThan(600)
  })

  test('looking for the leader takes no more than half of what a call has', async () => {
    const { yak, cluster, clock } = fakeClient({ brokers: 1 })
    cluster.brokers[0]!.isFrozen = true
    const startMs = clock.nowMs()
    await expect(yak.admin().listTopics({ timeoutMs: 500 })).rejects.toMatchObject({
      code: 'BROKERS_UNREACHABLE',
      message: expect.stringContaining('did not answer within 250 ms.'),
    })
    expect(clock.nowMs() - startMs).toBe(500)
  })

  test('a call that any broker could answer names the one that is silent up to its end', async () => {
    const { yak, cluster } = fakeClient({ brokers: 2 }, { requestTimeoutMs: 60_000, connectTimeoutMs: 60_000 })
    for (const broker of cluster.brokers) broker.isFrozen = true
    await expect(yak.admin().cluster({ timeoutMs: 200 })).rejects.toMatchObject({
      code: 'BROKERS_UNREACHABLE',
      message: expect.stringMatching(
        /^No broker answered within 200 ms\. http:\/\/fake-1\.test [^.]+\. http:\/\/fake-2\.test has not answered yet\./,
      ),
    })
  })

  test('an error says since when it owes an answer, and not that it answers', async () => {
    const { yak, cluster } = fakeClient({ brokers: 2 }, { requestTimeoutMs: 60_000, connectTimeoutMs: 60_000 })
    for (const broker of cluster.brokers) broker.isFrozen = true
    await expect(yak.admin().createTopic({ topic: 't' }, { timeoutMs: 1_000 })).rejects.toMatchObject({
      code: 'BROKERS_UNREACHABLE',
      message: expect.stringMatching(
        /^No broker answered within 1000 ms\. http:\/\/fake-1\.test has not answered for 1000 ms\. http:\/\/fake-2\.test has not answered for 750 ms\./,
      ),
    })
  })

  test('among others that answer and know of no leader: each is told for what it is', async () => {
    const { yak, cluster } = fakeClient({ brokers: 3 }, { requestTimeoutMs: 60_000, connectTimeoutMs: 60_000 })
    cluster.elect(null)
    cluster.brokers[1]!.isFrozen = true
    cluster.brokers[2]!.stop()
    await expect(yak.admin().createTopic({ topic: 't' }, { timeoutMs: 1_000 })).rejects.toMatchObject({
      code: 'LEADER_NOT_AVAILABLE',
      message: expect.stringMatching(
        /fake-1\.test knows of no leader .*fake-2\.test has not answered .*fake-3\.test refuses/,
      ),
    })
  })

  test('a leader that hangs, and wakes after another has taken over: it is not asked to write', async () => {
    const { yak, cluster, clock } = fakeClient({ brokers: 3, partitions: 1 }, { requestTimeoutMs: 30_000 })
    const producer = yak.producer()
    await producer.send({ topic: 't', value: 0 })
    const [first, second] = cluster.brokers
    first!.isFrozen = true
    const sent = [1, 2, 3].map((value) => producer.send({ topic: 't', value }))
    await clock.sleep(3_000)
    first!.belief = { epoch: 1, leader: first! }
    cluster.elect(second!)
    first!.isFrozen = false
    cluster.requests.length = 0
    expect((await Promise.all(sent)).map(({ offset, epoch }) => [offset, epoch])).toEqual([
      [1, 2],
      [2, 2],
      [3, 2],
    ])
    expect(cluster.requests.filter(({ path, brokerId }) => path === '/v1/produce' && brokerId === 'b1')).toEqual([])
  })

  test('an idle consumer leaves it within two seconds of the election', async () => {
    const { yak, cluster, clock } = fakeClient({ brokers: 2, partitions: 1 })
    const producer = yak.producer()
    await producer.send({ topic: 't', value: 0 })
    const iterator = yak
      .consumer({ topics: ['t'], maxWaitMs: 30_000, metadataRefreshMs: 600_000 })
      [Symbol.asyncIterator]()
    await iterator.next()
    const next = iterator.next()
    await clock.sleep(100)
    cluster.brokers[0]!.isFrozen = true
    await clock.sleep(1_000)
    cluster.elect(cluster.brokers[1]!)
    const startMs = clock.nowMs()
    await producer.send({ topic: 't', value: 1 })
    expect((await next).value?.offset).toBe(1)
    expect(clock.nowMs() - startMs).toBeLessThan(2_200)
    await iterator.return?.()
  })

  test('a call that takes long is not ended by those that wonder about it', async () => {
    const { yak, cluster, clock } = fakeClient({ brokers: 2 }, { requestTimeoutMs: 30_000, connectTimeoutMs: 500 })
    await yak.admin().listTopics()
    cluster.onRequest = ({ method, path }) =>
      method === 'POST' && path === '/topics' ? { kind: 'delay', delayMs: 8_000 } : undefined
    const startMs = clock.nowMs()
    // Probed each second for those eight, by this call and by another beside it.
    const [created, listed] = await Promise.all([
      yak.admin().createTopic({ topic: 'slow' }),
      yak.admin().listTopics({ timeoutMs: 2_000 }),
    ])
    expect(created.name).toBe('slow')
    expect(listed).toEqual([])
    expect(clock.nowMs() - startMs).toBeLessThan(8_100)
  })
})

describe('without a leader', () => {
  test.each(['nobody was elected', 'the leader is dead', 'the leader hangs'])('cluster, topics: %s', async (what) => {
    const { yak, cluster, clock } = fakeClient({ brokers: 3 }, { requestTimeoutMs: 60_000, connectTimeoutMs: 60_000 })
    cluster.createTopic('t')
    if (what === 'nobody was elected') cluster.elect(null)
    if (what === 'the leader is dead') cluster.brokers[0]!.stop()
    if (what === 'the leader hangs') cluster.brokers[0]!.isFrozen = true
    const admin = yak.admin()
    const startMs = clock.nowMs()
    const seen = await admin.cluster()
    expect(clock.nowMs() - startMs).toBeLessThan(600)
    expect(seen.brokers.map(({ id }) => id)).toEqual(['b1', 'b2', 'b3'])
    if (what === 'nobody was elected') expect(seen.leader).toBeNull()
    expect((await admin.listTopics()).map(({ name }) => name)).toEqual(['t'])
    expect((await admin.describeTopic('t')).partitions).toHaveLength(3)
    expect(clock.nowMs() - startMs).toBeLessThan(6_000)
  })

  test('a broker that has missed an election does not tell of topics or the cluster', async () => {
    const { yak, cluster } = fakeClient({ brokers: 3 }, { brokers: ['http://fake-3.test'] })
    cluster.createTopic('t')
    cluster.elect(cluster.brokers[2]!)
    await yak.admin().listTopics()
    const [first, second, third] = cluster.brokers
    first!.belief = { epoch: 1, leader: first! }
    second!.belief = { epoch: 1, leader: first! }
    third!.stop()
    const [clusters, topics] = await Promise.allSettled([
      yak.admin().cluster({ timeoutMs: 2_000 }),
      yak.admin().describeTopic('t', { timeoutMs: 2_000 }),
    ])
    for (const each of [clusters, topics]) expect(each).toMatchObject({ reason: { code: 'UNKNOWN_LEADER_EPOCH' } })
    // One that knows: at once.
    second!.belief = undefined
    expect((await yak.admin().cluster()).epoch).toBe(2)
    expect((await yak.admin().describeTopic('t')).name).toBe('t')
  })

  test('a topic that a follower does not know may be new: the leader decides', async () => {
    const { yak, cluster, clock } = fakeClient({ brokers: 2 })
    const admin = yak.admin()
    cluster.elect(null)
    const described = admin.describeTopic('t')
    await clock.sleep(3_000)
    cluster.createTopic('t')
    expect((await described).name).toBe('t')
    const startMs = clock.nowMs()
    await expect(admin.describeTopic('none', { timeoutMs: 3_000 })).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' })
    expect(clock.nowMs() - startMs).toBeGreaterThan(2_000)
    cluster.elect(cluster.brokers[0]!)
    const askedMs = clock.nowMs()
    await expect(admin.describeTopic('none')).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' })
    expect(clock.nowMs() - askedMs).toBeLessThan(100)
  })

  test('a signal ends the wait', async () => {
    const { yak, cluster, clock } = fakeClient({ brokers: 2 })
    for (const broker of cluster.brokers) broker.isFrozen = true
    const controller = new AbortController()
    const asked = yak.admin().cluster({ signal: controller.signal })
    clock.setTimer(() => controller.abort(new Error('enough')), 40)
    await expect(asked).rejects.toThrow('enough')
  })
})

describe('with all brokers down for an hour', () => {
  test.each(['refuse', 'hang'])(
    'they %s: a few attempts a second, and on within the cap when they return',
    async (how) => {
      const { yak, cluster, clock } = fakeClient(
        { brokers: 3, partitions: 1 },
        { retryBackoffMs: 20, retryBackoffMaxMs: 500, requestTimeoutMs: 2_000 },
      )
      const retries = eventsOf(yak, 'retry')
      const producer = yak.producer({ deliveryTimeoutMs: 7_200_000 })
      const iterator = yak.consumer({ topics: ['t'] })[Symbol.asyncIterator]()
      await producer.send({ topic: 't', value: 0 })
      await iterator.next()
      const received = iterator.next()
      for (const broker of cluster.brokers) how === 'hang' ? (broker.isFrozen = true) : broker.stop()
      let connects = 0
      const { connect } = cluster.transport
      ;(cluster.transport as { connect: typeof connect }).connect = (url, options) => {
        connects++
        return connect(url, options)
      }
      const sends = Array.from({ length: 100 }, (_, n) => producer.send({ topic: 't', value: n + 1 }))
      const listed = yak.admin().listTopics({ timeoutMs: 7_200_000 })
      await clock.sleep(3_600_000)
      // Backoff is 250 ms in the mean: four rounds a second to three brokers, and little besides.
      expect(connects / 3_600).toBeLessThan(20)
      expect(retries.length / 3_600).toBeLessThan(20)
      for (const broker of cluster.brokers) how === 'hang' ? (broker.isFrozen = false) : broker.start()
      const startMs = clock.nowMs()
      const receipts = await Promise.all(sends)
      expect(receipts.map(({ offset }) => offset)).toEqual(Array.from({ length: 100 }, (_, n) => n + 1))
      expect((await received).value?.value).toBe(1)
      expect((await listed).map(({ name }) => name)).toEqual(['t'])
      // A request that was swallowed has to run into its timeout first.
      expect(clock.nowMs() - startMs).toBeLessThan(how === 'hang' ? 3_500 : 1_100)
      await iterator.return?.()
    },
  )

  test('nobody waits: nothing is asked', async () => {
    const { yak, cluster, clock } = fakeClient({ brokers: 2 })
    await yak.producer().send({ topic: 't', value: 0 })
    for (const broker of cluster.brokers) broker.stop()
    for (const broker of cluster.brokers) broker.start()
    cluster.requests.length = 0
    await clock.sleep(60_000)
    expect(pathsOf(cluster)).toEqual([])
  })
})

describe('who is gone', () => {
  test('has nobody asked any more', async () => {
    const { yak, cluster, clock } = fakeClient({ brokers: 3 })
    cluster.elect(null)
    const gone = new AbortController()
    const call = yak.admin().createTopic({ topic: 't' }, { signal: gone.signal })
    await clock.sleep(1_000)
    gone.abort(new Error('I have gone.'))
    await expect(call).rejects.toThrow('I have gone.')
    cluster.requests.length = 0
    await clock.sleep(5_000)
    expect(cluster.requests.length).toBeLessThanOrEqual(3)
  })
})

test('a leader that goes on answering connects once', async () => {
  const { yak, clock } = fakeClient({ brokers: 3, partitions: 1 })
  const connected = eventsOf(yak, 'connected')
  const producer = yak.producer()
  for (let n = 0; n < 20; n++) {
    await producer.send({ topic: 't', value: n })
    await yak.admin().cluster()
    await clock.sleep(100)
  }
  expect(connected).toHaveLength(1)
})

test('a call with no time gives an error of its own', async () => {
  const { yak, cluster } = fakeClient({ brokers: 1 })
  cluster.elect(null)
  await expect(yak.admin().createTopic({ topic: 't' }, { timeoutMs: 0 })).rejects.toMatchObject({
    code: 'BROKERS_UNREACHABLE',
  })
})

test('a call that is aborted in the very turn in which the leader is found is not made', async () => {
  const { yak, cluster, clock } = fakeClient({ partitions: 1 })
  const controller = new AbortController()
  yak.on('connected', () => queueMicrotask(() => controller.abort(new Error('gone'))))
  const created = yak.admin().createTopic({ topic: 't' }, { signal: controller.signal })
  await expect(created).rejects.toThrow('gone')
  await clock.sleep(1_000)
  expect([...cluster.topics.keys()]).toEqual([])
})

test('something in between that answers for all of them for a while: a call waits, as for brokers that are away', async () => {
  const { yak, cluster, clock } = fakeClient({ brokers: 2 })
  await yak.admin().listTopics()
  const untilMs = clock.nowMs() + 3_000
  cluster.onRequest = () => (clock.nowMs() < untilMs ? { kind: 'html' } : undefined)
  expect(await yak.admin().listTopics()).toEqual([])
  expect((await yak.producer().send({ topic: 't', value: 1 })).offset).toBe(0)
})
