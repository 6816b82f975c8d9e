import { describe, expect, test } from 'vitest'
import { eventsOf, fakeClient, pathsOf, until } from '../support/fake-client.ts'

describe('finding the leader', () => {
  test('from any address, and the others are learnt from it', async () => {
    const { yak, cluster } = fakeClient({ brokers: 3 }, { brokers: ['http://fake-3.test'] })
    const changes = eventsOf(yak, 'leader-changed')
    expect((await yak.producer().send({ topic: 't', value: 1 })).offset).toBe(0)
    expect(changes).toEqual([{ from: undefined, to: { brokerId: 'b1', url: cluster.urls[0], epoch: 1 } }])
  })

  test('with some addresses dead', async () => {
    const { yak, cluster } = fakeClient({ brokers: 3 })
    cluster.brokers[1]!.stop()
    cluster.brokers[2]!.isFrozen = true
    expect((await yak.producer().send({ topic: 't', value: 1 })).offset).toBe(0)
  })

  test('again after a failover: every record once, in order', async () => {
    const { yak, cluster, clock } = fakeClient({ brokers: 3, partitions: 1 })
    const changes = eventsOf(yak, 'leader-changed')
    const producer = yak.producer()
    await producer.send({ topic: 't', value: -1 })
    const sends: Promise<unknown>[] = []
    for (let n = 0; n < 60; n++) {
      sends.push(producer.send({ topic: 't', value: n }))
      if (n === 20) cluster.brokers[0]!.stop()
      if (n === 30) cluster.elect(cluster.brokers[1]!)
      if (n === 45) cluster.elect(cluster.brokers[2]!)
      await clock.sleep(2)
    }
    await Promise.all(sends)
    const values: unknown[] = []
    for await (const message of yak.consumer({ topics: ['t'], follow: false })) values.push(message.value)
    expect(values).toEqual(Array.from({ length: 61 }, (_, n) => n - 1))
    expect(changes.at(-1)?.to).toMatchObject({ brokerId: 'b3', epoch: 3 })
  })

  test('a broker that has missed the election never wins', async () => {
    const { yak, cluster, clock } = fakeClient({ brokers: 3, partitions: 1 })
    const stale = eventsOf(yak, 'stale-answer')
    const producer = yak.producer()
    cluster.elect(cluster.brokers[1]!)
    await producer.send({ topic: 't', value: 1 })
    const [first, second, third] = cluster.brokers
    // It believes that it leads under epoch 1 still, and would take records.
    first!.belief = { epoch: 1, leader: first! }
    cluster.elect(third!)
    second!.stop()
    const receipts = await Promise.all([1, 2, 3].map((value) => producer.send({ topic: 't', value })))
    expect(receipts.map(({ epoch }) => epoch)).toEqual([3, 3, 3])
    await until(clock, () => stale.length > 0, 'the event')
    expect(stale[0]).toMatchObject({ url: first!.url, epoch: 1 })
    const produced = cluster.requests.filter(({ path, brokerId }) => path === '/v1/produce' && brokerId === 'b1')
    expect(produced).toEqual([])
  })

  test('a silent leader is left as soon as another leads', async () => {
    const { yak, cluster, clock } = fakeClient({ brokers: 2, partitions: 1 }, { requestTimeoutMs: 30_000 })
    const producer = yak.producer()
    await producer.send({ topic: 't', value: 0 })
    cluster.brokers[0]!.isFrozen = true
    const startMs = clock.nowMs()
    const sent = producer.send({ topic: 't', value: 1 })
    await clock.sleep(50)
    cluster.elect(cluster.brokers[1]!)
    expect((await sent).offset).toBe(1)
    expect(clock.nowMs() - startMs).toBeLessThan(2_000)
  })

  test('a new leader is awaited while there is none', async () => {
    const { yak, cluster, clock } = fakeClient({ brokers: 2 })
    cluster.elect(null)
    const sent = yak.producer().send({ topic: 't', value: 1 })
    await clock.sleep(100)
    cluster.elect(cluster.brokers[1]!)
    expect((await sent).epoch).toBe(2)
  })
})

describe('with all brokers down', () => {
  test('no spinning, and on at once when they return', async () => {
    const { yak, cluster, clock } = fakeClient(
      { brokers: 3, partitions: 1 },
      { retryBackoffMs: 20, retryBackoffMaxMs: 500 },
    )
    const producer = yak.producer()
    await producer.send({ topic: 't', value: 0 })
    for (const broker of cluster.brokers) broker.stop()
    let attempts = 0
    const { transport } = cluster
    const connect = transport.connect
    ;(transport as { connect: typeof connect }).connect = (url, options) => {
      attempts++
      return connect(url, options)
    }
    const sends = Array.from({ length: 100 }, (_, n) => producer.send({ topic: 't', value: n + 1 }))
    const usage = process.cpuUsage()
    await clock.sleep(1_500)
    const { user, system } = process.cpuUsage(usage)
    // Four rounds a second or so, to three brokers.
    expect(attempts).toBeLessThan(100)
    expect((user + system) / 1_000).toBeLessThan(400)
    for (const broker of cluster.brokers) broker.start()
    const startMs = clock.nowMs()
    const receipts = await Promise.all(sends)
    expect(clock.nowMs() - startMs).toBeLessThan(1_000)
    expect(receipts.map(({ offset }) => offset)).toEqual(Array.from({ length: 100 }, (_, n) => n + 1))
  })

  test('with nobody waiting, nothing is asked at all', async () => {
    const { yak, cluster, clock } = fakeClient({ brokers: 2 })
    await yak.producer().send({ topic: 't', value: 0 })
    for (const broker of cluster.brokers) broker.stop()
    for (const broker of cluster.brokers) broker.start()
    cluster.requests.length = 0
    await clock.sleep(300)
    expect(pathsOf(cluster)).toEqual([])
  })

  test('a send that never left is definitely not written; a call says who was asked', async () => {
    const { yak, cluster } = fakeClient({ brokers: 2 })
    for (const broker of cluster.brokers) broker.stop()
    const [sent, listed] = await Promise.allSettled([
      yak.producer({ deliveryTimeoutMs: 100 }).send({ topic: 't', value: 1 }),
      yak.admin().listTopics({ timeoutMs: 100 }),
    ])
    expect(sent).toMatchObject({ reason: { outcome: 'not-written' } })
    expect(listed).toMatchObject({
      reason: { code: 'BROKERS_UNREACHABLE', message: expect.stringContaining('http://fake-2.test') },
    })
  })
})

describe('an address that is no broker', () => {
  test('alone: told at once, with what it answers', async () => {
    const { yak, cluster } = fakeClient()
    cluster.onRequest = () => ({ kind: 'html' })
    const [sent, listed, consumed] = await Promise.allSettled([
      yak.producer().send({ topic: 't', value: 1 }),
      yak.admin().listTopics(),
      yak
        .consumer({ topics: ['t'] })
        [Symbol.asyncIterator]()
        .next(),
    ])
    expect(sent).toMatchObject({
      reason: { code: 'DELIVERY_ABANDONED', message: expect.stringContaining('answers 200 with text/html') },
    })
    for (const result of [listed, consumed]) {
      expect(result).toMatchObject({
        reason: { code: 'INVALID_RESPONSE', message: expect.stringContaining('answers 200 with text/html') },
      })
    }
  })

  test('among others: does no harm', async () => {
    const { yak, cluster } = fakeClient({ brokers: 2 })
    cluster.elect(cluster.brokers[1]!)
    cluster.onRequest = ({ brokerId }) => (brokerId === 'b1' ? { kind: 'html' } : undefined)
    expect((await yak.producer().send({ topic: 't', value: 1 })).offset).toBe(0)
  })
})

describe('calls', () => {
  test('create, describe, list, delete', async () => {
    const { yak } = fakeClient()
    const admin = yak.admin()
    expect(await admin.createTopic({ topic: 'a', partitions: 2 })).toMatchObject({ name: 'a' })
    await expect(admin.createTopic({ topic: 'a' })).rejects.toMatchObject({ code: 'TOPIC_ALREADY_EXISTS' })
    await expect(admin.createTopic({ topic: 'a/b' })).rejects.toMatchObject({ code: 'INVALID_TOPIC' })
    expect((await admin.describeTopic('a')).partitions).toHaveLength(2)
    expect((await admin.listTopics()).map(({ name }) => name)).toEqual(['a'])
    await admin.deleteTopic('a')
    await expect(admin.describeTopic('a')).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' })
  })

  test('what may have been done is not done again', async () => {
    const { yak, cluster } = fakeClient()
    await yak.admin().listTopics()
    cluster.onRequest = ({ path }) => (path === '/topics' ? { kind: 'lose-answer' } : undefined)
    await expect(yak.admin().createTopic({ topic: 'a' })).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    expect(cluster.requests.filter(({ method, path }) => method === 'POST' && path === '/topics')).toHaveLength(1)
  })

  test('a refusal for now is waited out, and a signal ends the wait', async () => {
    const { yak, cluster, clock } = fakeClient()
    let left = 3
    cluster.onRequest = ({ path }) =>
      path === '/topics' && left-- > 0 ? { kind: 'problem', code: 'OVERLOADED' } : undefined
    expect(await yak.admin().listTopics()).toEqual([])
    cluster.brokers[0]!.isFrozen = true
    const controller = new AbortController()
    const listed = yak.admin().listTopics({ signal: controller.signal })
    clock.setTimer(() => controller.abort(new Error('enough')), 20)
    await expect(listed).rejects.toThrow('enough')
  })

  test('a follower says who leads', async () => {
    const { yak, cluster } = fakeClient({ brokers: 2 })
    await yak.admin().listTopics()
    cluster.elect(cluster.brokers[1]!)
    expect(await yak.admin().listTopics()).toEqual([])
  })

  test('after close', async () => {
    const { yak } = fakeClient()
    const admin = yak.admin()
    await yak.close()
    await expect(admin.listTopics()).rejects.toMatchObject({ code: 'CLIENT_CLOSED' })
    expect(() => yak.producer()).toThrow(expect.objectContaining({ code: 'CLIENT_CLOSED' }))
  })
})

describe('events', () => {
  test('a listener that throws disturbs nobody', async () => {
    const { yak } = fakeClient()
    const seen: string[] = []
    yak.on('connected', () => {
      throw new Error('a listener')
    })
    const off = yak.on('connected', ({ brokerId }) => seen.push(brokerId))
    await yak.admin().listTopics()
    expect(seen).toEqual(['b1'])
    off()
    expect(() => {
      for (let count = 0; count < 200; count++) yak.on('retry', () => {})
    }).toThrow(TypeError)
  })
})
