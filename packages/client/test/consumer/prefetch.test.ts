import { expect, test } from 'vitest'
import { fakeClient } from '../support/fake-client.ts'
import { fill } from '../support/reading.ts'

test('no more is fetched ahead than may be, also where that is less than a fetch', async () => {
  const { yak } = fakeClient({ partitions: 1 })
  await fill(yak, 't', 400)
  for await (const { length } of yak.consumer({ topics: ['t'], maxPrefetchBytes: 700 }).batches()) {
    expect(length).toBeLessThan(100)
    break
  }
})
