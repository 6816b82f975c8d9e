import { readdir } from 'node:fs/promises'
import { freePort } from '@yak/election/testing'
import { expect, test } from 'vitest'
import { startBroker, startCluster } from '../src/index.ts'
import { temporaryFolder } from './temporary-folder.ts'

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

test.each([
  [{ port: 5001 }, 'settings.port is 5001, and the cluster decides it itself. Each broker gets a free port'],
  [{ id: 'a' }, 'settings.id is "a", and the cluster decides it itself. The brokers are 1, 2, 3 and so on.'],
  [{ dataDir: '/tmp' }, 'Give it as the option dataDir of startCluster.'],
  [{ coordinator: 'sqlite:x' }, 'Give it as the option coordinator of startCluster.'],
  [{ peers: '1=http://x' }, 'settings.peers is "1=http://x", and the cluster decides it itself.'],
])('a setting that the cluster decides is refused and not dropped: %j', async (settings, message) => {
  await expect(startCluster({ settings: settings as object })).rejects.toThrow(message)
})

const reason = new Error('not wanted any more')

test('given up before it began, it makes nothing', async () => {
  const dataDir = await temporaryFolder()
  await expect(startCluster({ dataDir, signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  expect(await readdir(dataDir)).toEqual([])
})

test('given up while it waits for a leader, it closes the brokers that it started', async () => {
  const dataDir = await temporaryFolder()
  const controller = new AbortController()
  const coordinator = `redis://127.0.0.1:${await freePort()}`
  const starting = startCluster({ dataDir, coordinator, signal: controller.signal })
  const folders = ['1', '2', '3'].map((id) => `broker-${id}`)
  await expect.poll(() => readdir(dataDir)).toEqual(folders)
  controller.abort(reason)
  await expect(starting).rejects.toBe(reason)
  // The folders are nobody's now.
  for (const id of ['1', '2', '3']) {
    const broker = await startBroker({ id, port: 0, dataDir: `${dataDir}/broker-${id}`, logLevel: 'silent' })
    await broker.close()
  }
})
