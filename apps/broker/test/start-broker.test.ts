import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '@yak/election/testing'
import { MemoryStorage } from '@yak/log/testing'
import { expect, test } from 'vitest'
import { startBroker } from '../src/index.ts'
import { call, runningBroker, valuesOf } from './running-broker.ts'
import { temporaryFolder } from './temporary-folder.ts'

const reason = new Error('not wanted any more')

test('a start that was given up before it began makes nothing, and rejects with the reason', async () => {
  const dataDir = join(await temporaryFolder(), 'data')
  const started = startBroker({ dataDir, port: 0 }, { signal: AbortSignal.abort(reason) })
  await expect(started).rejects.toBe(reason)
  expect(existsSync(dataDir)).toBe(false)
})

test('a start that is given up anywhere on its way closes what it began: port, folder and logs are free for the next', async () => {
  const dataDir = await temporaryFolder()
  const port = await freePort()
  const disk: { before: (operation: string) => void } = { before: () => {} }
  const storage = new MemoryStorage({ before: async (operation) => disk.before(operation) })
  const first = await runningBroker({ dataDir, port }, { storage })
  await call(first, '/produce', { topic: 'a', value: 'kept', partition: 0 })
  await first.close()

  // One call to the disk later each time, until a start is through before it comes to so many.
  let isGivenUp = true
  for (let callsBefore = 0; isGivenUp; callsBefore++) {
    const controller = new AbortController()
    let calls = 0
    disk.before = () => void (calls++ === callsBefore && controller.abort(reason))
    const starting = runningBroker({ dataDir, port }, { storage, signal: controller.signal })
    const ended = await starting.then(
      (broker) => broker,
      (error) => error,
    )
    isGivenUp = ended === reason
    if (!isGivenUp) await ended.close()
    await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow()
  }
  disk.before = () => {}
  expect(await valuesOf(await runningBroker({ dataDir, port }, { storage }), 'a')).toEqual(['kept'])
})

test('one that waits for what will not come, on a disk that fails, gives up too', async () => {
  const port = await freePort()
  let writes = 0
  const storage = new MemoryStorage({
    before: async (operation) => {
      if (operation === 'write' && ++writes > 2) throw Object.assign(new Error('no disk'), { code: 'EIO' })
    },
  })
  const controller = new AbortController()
  const starting = runningBroker({ port }, { storage, signal: controller.signal })
  // Its logs are open, and what it has promised cannot be written: it waits to lead.
  await expect
    .poll(() => call({ url: `http://127.0.0.1:${port}` }, '/health').catch(() => undefined))
    .toMatchObject({ status: 503, body: { reasons: expect.arrayContaining([expect.stringContaining('no disk')]) } })
  controller.abort(reason)
  await expect(starting).rejects.toBe(reason)
})

test('once it has started, the signal does nothing', async () => {
  const controller = new AbortController()
  const broker = await runningBroker({}, { signal: controller.signal })
  controller.abort(reason)
  expect(await call(broker, '/health')).toMatchObject({ status: 200 })
})
