import { expect, test } from 'vitest'
import { fakeClient, pathsOf } from '../support/fake-client.ts'
import { fill, take } from '../support/reading.ts'

test.each([
  [{ timestamp: Number.POSITIVE_INFINITY }, /^`timestamp` .* not Infinity/],
  [{ timestamp: Number.NaN }, /^`timestamp` .* not NaN/],
  [{ timestamp: 1.5 }, /^`timestamp` .* not 1\.5/],
  [{ timestamp: -1 }, /^`timestamp` .* not -1/],
  [{ timestamp: 2 ** 53 }, /^`timestamp` .* not 9007199254740992/],
  [{ timestamp: null }, /^`timestamp` /],
  [{ timestamp: '5' }, /^`timestamp` .* not string/],
  [{ timestamp: 5n }, /^`timestamp` .* not bigint/],
  [{ timestamp: new Date('never') }, /^`timestamp` .* not NaN/],
  [{ offset: Number.POSITIVE_INFINITY }, /^`offset` .* not Infinity/],
  [{ offset: 1.5 }, /^`offset` .* not 1\.5/],
  [new Date('never'), /^A Date .* not NaN/],
  [new Date(-1), /^A Date .* not -1/],
  [Number.POSITIVE_INFINITY, /not Infinity/],
  [2.5, /not 2\.5/],
  [5n, /not 5/],
  ['1969-12-31T23:59:59Z', /not "1969-12-31T23:59:59Z"/],
  [{}, /^A position is/],
])('%o is refused at once, with what is wrong about it', async (place, message) => {
  const { yak, cluster } = fakeClient({ partitions: 1 })
  const expected = expect.objectContaining({ name: 'TypeError', message: expect.stringMatching(message) })
  expect(() => yak.consumer({ topics: ['t'], from: place as never })).toThrow(expected)
  const partitions = [{ topic: 't', partition: 0, from: place as never }]
  expect(() => yak.consumer({ partitions })).toThrow(expected)
  await fill(yak, 't', 2)
  const consumer = yak.consumer({ topics: ['t'] })
  await take(consumer, 1)
  expect(() => consumer.seek({ topic: 't', partition: 0, to: place as never })).toThrow(expected)
  const asked = cluster.requests.length
  expect((await take(consumer, 1))[0]!.offset).toBe(1)
  expect(pathsOf(cluster).slice(asked)).not.toContain('/v1/offsets')
})

test('a whole number of milliseconds as a Date or a number, up to the last there is', async () => {
  const { yak } = fakeClient({ partitions: 1 })
  for (const timestamp of [0, Number.MAX_SAFE_INTEGER, new Date(0), new Date(8.64e15)]) {
    expect(() => yak.consumer({ topics: ['t'], from: { timestamp } })).not.toThrow()
  }
})
