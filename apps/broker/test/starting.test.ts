import { freePort } from '@yak/election/testing'
import { MemoryStorage } from '@yak/log/testing'
import { expect, test } from 'vitest'
import { call, runningBroker } from './running-broker.ts'

test('while the logs are opened it says so, and takes nothing', async () => {
  let letGo = () => {}
  const held = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const storage = new MemoryStorage({ before: () => held })
  const port = await freePort()
  const starting = runningBroker({ port }, { storage })
  const broker = { url: `http://127.0.0.1:${port}` }
  await expect
    .poll(() => call(broker, '/health').catch(() => undefined), { timeout: 20_000 })
    .toMatchObject({
      status: 503,
      body: { status: 'unavailable', leader: null, reasons: ['The broker is opening its logs.'] },
    })
  for (const path of ['/metadata/leader', '/topics', '/consume?topic=a&partition=0', '/v1/metadata', '/cluster']) {
    expect((await call(broker, path)).body).toMatchObject({
      code: 'LEADER_NOT_AVAILABLE',
      status: 503,
      retriable: true,
    })
  }
  expect((await call(broker, '/produce', { topic: 'a', value: 1 })).body.code).toBe('LEADER_NOT_AVAILABLE')
  expect((await call(broker, '/metrics')).status).toBe(200)
  letGo()
  await starting
  expect((await call(broker, '/health')).status).toBe(200)
  expect((await call(broker, '/topics')).body.topics).toEqual([])
})
