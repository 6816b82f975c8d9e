import { describe, expect, test } from 'vitest'
import { fakeClient } from './support/fake-client.ts'

/** What a configuration file, a form or a program without types gives instead. */
const NOT_BOOLEAN = ['false', 'true', 0, 1, null, {}]
const NOT_SIGNALS = [new AbortController(), true, 'abort', null, {}, () => {}]

describe('an option of the wrong type is an error that names it', () => {
  test.each(NOT_BOOLEAN)('a boolean: %j', (value) => {
    const { yak } = fakeClient()
    const wrong = value as never
    expect(() => yak.consumer({ topics: ['t'], follow: wrong })).toThrow(/`follow` is true or false, not/)
    expect(() => yak.producer({ idempotent: wrong })).toThrow(/`idempotent` is true or false, not/)
    expect(() => yak.producer({ createTopics: wrong })).toThrow(/`createTopics` is true or false, not/)
  })

  test.each(NOT_SIGNALS)('a signal: %o', async (value) => {
    const { yak, cluster, clock } = fakeClient()
    const signal = value as never
    expect(() => yak.consumer({ topics: ['t'], signal })).toThrow(/`signal` is an AbortSignal, not/)
    const calls = [
      yak.producer().send({ topic: 't', value: 1 }, { signal }),
      yak.producer().sendBatch({ topic: 't', records: [{ value: 1 }] }, { signal }),
      yak.producer().sendBatch({ topic: 't', records: [] }, { signal }),
      yak.admin().createTopic({ topic: 't' }, { signal }),
      yak.admin().deleteTopic('t', { signal }),
      yak.admin().deleteRecords('t', { signal }),
      yak.admin().describeTopic('t', { signal }),
      yak.admin().listTopics({ signal }),
      yak.admin().cluster({ signal }),
    ]
    for (const outcome of await Promise.allSettled(calls)) {
      expect(outcome).toMatchObject({
        reason: expect.objectContaining({ message: expect.stringMatching(/`signal` is an AbortSignal, not/) }),
      })
      expect((outcome as PromiseRejectedResult).reason).toBeInstanceOf(TypeError)
    }
    await clock.sleep(500)
    expect(cluster.requests).toEqual([])
  })

  test.each([undefined, null, 'orders'])('%j in the place of an object or a list', async (value) => {
    const { yak } = fakeClient()
    const wrong = value as never
    const consumer = yak.consumer({ topics: ['t'] })
    await expect(yak.producer().send(wrong)).rejects.toThrow(/^A message of send\(\) takes an object with /)
    await expect(yak.admin().createTopic(wrong)).rejects.toThrow(/^createTopic\(\) takes an object with /)
    expect(() => consumer.seek(wrong)).toThrow(/^seek\(\) takes \{ topic, partition, to \}/)
    if (value === undefined) return
    expect(() => consumer.pause(wrong)).toThrow(/^`partitions` is an array of/)
    expect(() => consumer.resume(wrong)).toThrow(/^`partitions` is an array of/)
  })

  test.each([{ timeout: 500 }, { singal: AbortSignal.abort() }, null])('the options of a call: %j', async (value) => {
    const { yak, cluster, clock } = fakeClient()
    const wrong = value as never
    const message =
      value === null ? / takes an object with / : new RegExp(` has no option \`${Object.keys(value)[0]}\``)
    const calls = [
      yak.producer().send({ topic: 't', value: 1 }, wrong),
      yak.producer().sendBatch({ topic: 't', records: [{ value: 1 }] }, wrong),
      yak.admin().createTopic({ topic: 't' }, wrong),
      yak.admin().deleteTopic('t', wrong),
      yak.admin().deleteRecords('t', wrong),
      yak.admin().describeTopic('t', wrong),
      yak.admin().listTopics(wrong),
      yak.admin().cluster(wrong),
    ]
    for (const outcome of await Promise.allSettled(calls)) {
      expect(outcome).toMatchObject({ reason: expect.objectContaining({ message: expect.stringMatching(message) }) })
      expect((outcome as PromiseRejectedResult).reason).toBeInstanceOf(TypeError)
    }
    await clock.sleep(500)
    expect(cluster.requests).toEqual([])
  })

  test('undefined is as if it were not there', async () => {
    const { yak } = fakeClient()
    const signal = undefined
    const producer = yak.producer({ idempotent: undefined as never, createTopics: undefined as never })
    expect((await producer.send({ topic: 't', partition: 0, value: 1 }, { signal })).offset).toBe(0)
    expect(yak.consumer({ topics: ['t'], follow: undefined as never, signal: signal as never })).toBeDefined()
  })
})
