import { expect, test } from 'vitest'
import { eventsOf, fakeClient } from '../support/fake-client.ts'
import { fill, range, readAll } from '../support/reading.ts'

test('without follow, an offset that is not in the log yet is out of range, as with it', async () => {
  const { yak } = fakeClient({ partitions: 1 })
  await fill(yak, 't', 5)
  const expected = { code: 'OFFSET_OUT_OF_RANGE' }
  await expect(readAll(yak.consumer({ topics: ['t'], from: 6, follow: false }))).rejects.toMatchObject(expected)
  expect(await readAll(yak.consumer({ topics: ['t'], from: 5, follow: false }))).toEqual([])
  const resets = eventsOf(yak, 'offset-reset')
  const consumer = yak.consumer({ topics: ['t'], from: 6, follow: false, onOffsetOutOfRange: 'earliest' })
  expect((await readAll(consumer)).map(({ offset }) => offset)).toEqual(range(5))
  expect(resets).toEqual([{ topic: 't', partition: 0, from: 6, to: 0 }])
  expect(await readAll(yak.consumer({ topics: ['t'], from: 9, follow: false, onOffsetOutOfRange: 'latest' }))).toEqual(
    [],
  )
})

test('without follow, an offset that the log has grown to is at the end', async () => {
  const { yak, cluster } = fakeClient({ partitions: 1 })
  await fill(yak, 't', 5)
  let isFilled = false
  cluster.onRequest = ({ path }) => {
    if (path !== '/v1/fetch' || isFilled) return undefined
    isFilled = true
    void fill(yak, 't', 5)
    return { kind: 'delay', delayMs: 500 }
  }
  expect(await readAll(yak.consumer({ topics: ['t'], from: 6, follow: false }))).toEqual([])
  expect(isFilled).toBe(true)
})
