import { describe, expect, test } from 'vitest'
import { fetchRecords } from './frames.ts'
import { call, createTopic, expectProblem } from './http-json.ts'
import { newTopicName, useTarget } from './target.ts'

const target = useTarget()

describe('topics', () => {
  test('are created, described, listed and deleted', async () => {
    const name = newTopicName()
    const created = await call(target, '/topics', { body: { name, partitions: 2, config: { retentionMs: 60_000 } } })
    expect(created.status).toBe(201)
    expect(created.headers.get('location')).toBe(`/topics/${name}`)
    expect(created.body).toMatchObject({ name, config: { retentionMs: 60_000, flush: 'always' } })
    expect(created.body.partitions).toHaveLength(2)
    const [partition] = created.body.partitions
    const leader = { id: expect.any(String), url: expect.any(String) }
    expect(partition).toMatchObject({ partition: 0, leader, logStartOffset: 0, highWatermark: 0, logEndOffset: 0 })
    expect(partition.isr).toContain(partition.leader.id)
    expect(partition.replicas).toContain(partition.leader.id)

    expect((await call(target, `/topics/${name}`)).body).toEqual(created.body)
    const { body } = await call(target, '/topics')
    expect(body.topics.filter((topic: { name: string }) => topic.name === name)).toEqual([created.body])

    const deleted = await call(target, `/topics/${name}`, { method: 'DELETE' })
    expect(deleted.body).toEqual({ name, id: created.body.id })
    expectProblem(await call(target, `/topics/${name}`), 'UNKNOWN_TOPIC', 404)
  })

  test('one that is not there cannot be deleted, and waiting for it does not help', async () => {
    const name = newTopicName()
    const answer = await call(target, `/topics/${name}`, { method: 'DELETE' })
    expectProblem(answer, 'UNKNOWN_TOPIC', 404)
    expect(answer.body.retriable).toBe(false)
    expect(answer.body.detail).toBe(
      `There is no topic ${name}, so nothing was deleted. See which there are with GET /topics.`,
    )
  })

  test('a name used again is another topic, without the records of the first', async () => {
    const name = newTopicName()
    const first = await createTopic(target, name, 1)
    await call(target, '/produce', { body: { topic: name, value: 'old' } })
    await call(target, `/topics/${name}`, { method: 'DELETE' })
    const second = await createTopic(target, name, 1)
    expect(second.id).not.toBe(first.id)
    expect((await call(target, `/consume?topic=${name}&partition=0`)).body).toMatchObject({
      records: [],
      highWatermark: 0,
    })
    const [old] = await fetchRecords(target, [{ topicId: first.id }])
    expect(old?.error).toBe('UNKNOWN_TOPIC_ID')
  })

  test('a topic may choose to be synced only now and then', async () => {
    const name = newTopicName()
    const config = { flush: 'interval', flushIntervalMs: 50 }
    expect((await call(target, '/topics', { body: { name, partitions: 1, config } })).body.config).toMatchObject(config)
    for (let value = 0; value < 5; value++) await call(target, '/produce', { body: { topic: name, value } })
    const { body } = await call(target, `/consume?topic=${name}&partition=0`)
    expect(body.records.map(({ value }: { value: number }) => value)).toEqual([0, 1, 2, 3, 4])
  })

  test('the longest name is good', async () => {
    const name = `${newTopicName()}-`.padEnd(249, 'x')
    await createTopic(target, name, 1)
    expect((await call(target, `/topics/${name}`)).body.name).toBe(name)
    await call(target, `/topics/${name}`, { method: 'DELETE' })
  })
})

describe('bad input', () => {
  test.each([
    ['..', 'INVALID_TOPIC'],
    ['.', 'INVALID_TOPIC'],
    ['', 'INVALID_TOPIC'],
    ['a/b', 'INVALID_TOPIC'],
    ['../../etc', 'INVALID_TOPIC'],
    ['a b', 'INVALID_TOPIC'],
    ['naïve', 'INVALID_TOPIC'],
    ['a\u0000', 'INVALID_TOPIC'],
    ['__metadata', 'INVALID_TOPIC'],
    ['__mine', 'INVALID_TOPIC'],
    ['x'.repeat(250), 'INVALID_TOPIC'],
  ])('the name %j', async (name, code) => {
    expectProblem(await call(target, '/topics', { body: { name } }), code, 400)
    expectProblem(await call(target, '/produce', { body: { topic: name, value: 1 } }), code, 400)
    if (name !== '' && name !== '.' && name !== '..') {
      expectProblem(await call(target, `/topics/${encodeURIComponent(name)}`), code, 400)
    }
  })

  test('a name that is taken', async () => {
    const name = newTopicName()
    await createTopic(target, name, 1)
    expectProblem(await call(target, '/topics', { body: { name } }), 'TOPIC_ALREADY_EXISTS', 409)
  })

  test.each([[0], [-1], [1_001], [2_147_483_647]])('%d partitions', async (partitions) => {
    const name = newTopicName()
    expectProblem(await call(target, '/topics', { body: { name, partitions } }), 'INVALID_PARTITIONS', 400)
    expectProblem(await call(target, `/topics/${name}`), 'UNKNOWN_TOPIC', 404)
  })

  test('more partitions than any number names: the limit is told all the same', async () => {
    const body = '{"name":"many","partitions":9223372036854775808}'
    const answer = await call(target, '/topics', { body })
    expectProblem(answer, 'INVALID_REQUEST', 400)
    expect(answer.body.detail).toContain('partitions: give a number from 1 to 1000.')
  })

  test.each([
    [{ partitions: 1.5 }],
    [{ partitions: '3' }],
    [{ colour: 'red' }],
    [{ config: { colour: 'red' } }],
    [{ config: { retentionMs: 0 } }],
    [{ config: { flush: 'never' } }],
    [{ name: 7 }],
    [{ name: null }],
  ])('the body %j', async (fields) => {
    const name = newTopicName()
    expectProblem(await call(target, '/topics', { body: { name, ...fields } }), 'INVALID_REQUEST', 400)
    expectProblem(await call(target, `/topics/${name}`), 'UNKNOWN_TOPIC', 404)
  })

  test('settings no log can have', async () => {
    const name = newTopicName()
    const answer = await call(target, '/topics', { body: { name, config: { segmentBytes: 2_147_483_647 } } })
    expectProblem(answer, 'INVALID_CONFIG', 400)
    expectProblem(await call(target, `/topics/${name}`), 'UNKNOWN_TOPIC', 404)
  })
})
