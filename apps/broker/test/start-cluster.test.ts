import { freePort } from '@yak/election/testing'
import { expect, test } from 'vitest'
import { startCluster } from '../src/index.ts'

test('when nobody can lead, it does not wait for ever: it rejects with what the brokers say', async () => {
  const coordinator = `redis://127.0.0.1:${await freePort()}`
  const started = startCluster({ coordinator, startWithinMs: 500 })
  await expect(started).rejects.toThrow(
    /^No broker of the cluster leads after 500 ms\. Broker 1: .*cannot be reached \(ECONNREFUSED\).*correct --coordinator\. Broker 2: /,
  )
})

test.each([
  [{ broker: 5 }, 'startCluster has no option broker. Did you mean brokers?'],
  [{ dataDirectory: '/tmp' }, 'startCluster has no option dataDirectory. It has: brokers, dataDir, coordinator,'],
])('an option that it does not know is refused, with the nearest: %j', async (options, message) => {
  await expect(startCluster(options as object)).rejects.toThrow(message)
})
