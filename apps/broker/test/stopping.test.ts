import { MemoryStorage } from '@yak/log/testing'
import { expect, test } from 'vitest'
import { call, runningBroker, valuesOf } from './running-broker.ts'
import { temporaryFolder } from './temporary-folder.ts'

test('a stop answers what was accepted, ends long-polls at once, and keeps every acknowledged record', async () => {
  const dataDir = await temporaryFolder()
  let letGo = () => {}
  let held: Promise<void> | undefined
  const storage = new MemoryStorage({
    before: async (operation, path) => {
      if (operation === 'write' && !path.includes('__metadata')) await held
    },
  })
  const broker = await runningBroker({ dataDir }, { storage })
  await call(broker, '/topics', { name: 'a', partitions: 1 })
  const polling = call(broker, '/consume?topic=a&partition=0&maxWaitMs=30000')
  while (await isWaiting(broker)) await new Promise(setImmediate)
  held = new Promise((resolve) => {
    letGo = resolve
  })
  const accepted = call(broker, '/produce', { topic: 'a', value: 'accepted' })
  while ((await call(broker, '/topics/a')).body.partitions[0].logEndOffset === 0) await new Promise(setImmediate)
  const closing = broker.close()
  expect((await polling).body).toMatchObject({ records: [], nextOffset: 0 })
  letGo()
  expect(await accepted).toMatchObject({ status: 200, body: { offset: 0 } })
  await closing
  await expect(fetch(`${broker.url}/health`)).rejects.toThrow()
  const next = await runningBroker({ dataDir }, { storage })
  expect(await valuesOf(next, 'a')).toEqual(['accepted'])
})

async function isWaiting(broker: { readonly url: string }): Promise<boolean> {
  const { body } = await call(broker, '/metrics')
  return body.metrics.find(({ name }: { name: string }) => name === 'yak_waiting_fetches').value === 0
}

test('closing twice is closing once', async () => {
  const broker = await runningBroker()
  await Promise.all([broker.close(), broker.close()])
  await broker.close()
})

test('a stop takes no longer than it may', async () => {
  const storage = new MemoryStorage()
  const broker = await runningBroker({ shutdownTimeoutMs: 100, requestTimeoutMs: 600_000 }, { storage })
  // A request whose body never comes would hold the stop for as long as requests may take.
  const socket = await import('node:net').then(({ connect }) => connect(Number(new URL(broker.url).port), '127.0.0.1'))
  socket.on('error', () => {})
  socket.write('POST /produce HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{')
  await new Promise((resolve) => socket.once('connect', resolve))
  await call(broker, '/health')
  await broker.close()
})
