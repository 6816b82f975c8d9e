import { expect, test } from 'vitest'
import { call, createTopic, expectProblem } from './http-json.ts'
import { newTopicName, useTarget } from './target.ts'

const target = useTarget()
const start = Date.UTC(2026, 0, 31, 10)

/** Counts of one partition's buckets, from its answer. */
function countsOf({ offsets, highWatermark }: { offsets: number[]; highWatermark: number }): number[] {
  return offsets.map((offset, at) => (offsets[at + 1] ?? highWatermark) - offset)
}

async function topicWith(timestamps: readonly (readonly number[])[]): Promise<string> {
  const topic = newTopicName()
  await createTopic(target, topic, timestamps.length)
  for (const [partition, times] of timestamps.entries())
    for (const timestamp of times) {
      const { status } = await call(target, '/produce', { body: { topic, partition, value: {}, timestamp } })
      expect(status).toBe(200)
    }
  return topic
}

test('records are counted in the bucket of their time, each partition by itself', async () => {
  const minutes = (...list: number[]) => list.map((minute) => start + minute * 60_000)
  const topic = await topicWith([minutes(0, 0.5, 3, 9), [], minutes(4, 4.1, 4.9)])
  const { body } = await call(target, `/topics/${topic}/histogram?buckets=10`)
  expect(body).toMatchObject({ from: start, bucketMs: 60_000, buckets: 10, earliest: start, newest: start + 540_000 })
  expect(body.partitions.map(countsOf)).toEqual([
    [2, 0, 0, 1, 0, 0, 0, 0, 0, 1],
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [0, 0, 0, 0, 3, 0, 0, 0, 0, 0],
  ])
  const some = await call(target, `/topics/${topic}/histogram?partitions=2&buckets=1000`)
  expectProblem(some, 'INVALID_REQUEST', 400)
  const one = await call(target, `/topics/${topic}/histogram?partitions=2&buckets=60`)
  expect(one.body).toMatchObject({ earliest: start + 240_000, bucketMs: 1_000, buckets: 55 })
  expect(countsOf(one.body.partitions[0]).reduce((sum, count) => sum + count)).toBe(3)
})

test('records out of the order of time are counted once all the same', async () => {
  const topic = await topicWith([[5, 1, 9, 2, 7, 0].map((seconds) => start + seconds * 1_000)])
  const { body } = await call(target, `/topics/${topic}/histogram?buckets=20`)
  const counts = countsOf(body.partitions[0])
  expect(counts.every((count) => count >= 0)).toBe(true)
  expect(counts.reduce((sum, count) => sum + count)).toBe(6)
})

test('an empty topic has no times', async () => {
  const topic = await topicWith([[], []])
  const { body } = await call(target, `/topics/${topic}/histogram`)
  expect(body).toMatchObject({ from: -1, buckets: 0, earliest: -1, newest: -1 })
  expect(body.partitions.map(({ offsets }: { offsets: number[] }) => offsets)).toEqual([[], []])
})

test('what is not there, and what is too much, is told', async () => {
  const topic = await topicWith(Array.from({ length: 20 }, () => []))
  expectProblem(await call(target, `/topics/${newTopicName()}/histogram`), 'UNKNOWN_TOPIC', 404)
  expectProblem(await call(target, `/topics/${topic}/histogram?partitions=20`), 'PARTITION_OUT_OF_RANGE', 404)
  expectProblem(await call(target, `/topics/${topic}/histogram?partitions=a`), 'INVALID_REQUEST', 400)
  expectProblem(await call(target, `/topics/${topic}/histogram?buckets=240`), 'INVALID_REQUEST', 400)
})
