import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { TopicQueue } from '../../src/producer/topic-queue.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const KEYS = 200
const KEY_LENGTH = 200_000

function heapUsed(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

test('long keys are not kept in memory to know their partition', () => {
  const topic = new TopicQueue('t', Math.random)
  topic.found({ name: 't', id: 'id', partitionCount: 3 }, (_, partition) => ({ partition }) as never)
  const before = heapUsed()
  for (let n = 0; n < KEYS; n++) {
    const key = Buffer.alloc(KEY_LENGTH, `${n}.`).toString('latin1')
    expect(topic.queueFor(key, undefined)).toBe(topic.queueFor(key, undefined))
  }
  expect(heapUsed() - before).toBeLessThan((KEYS * KEY_LENGTH) / 10)
})
