import { Writable } from 'node:stream'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { call, runningBroker } from '../running-broker.ts'

test('of requests refused for one reason the first is logged at once, and the others together', async () => {
  const lines: { readonly msg: string; readonly code?: string; readonly requests?: number }[] = []
  const log = new Writable({
    write: (line, _encoding, done) => {
      lines.push(JSON.parse(String(line)))
      done()
    },
  })
  const refusals = () =>
    lines.filter(({ msg }) => msg.startsWith('request')).map(({ code, requests }) => [code, requests])
  const logger = pino({ level: 'warn' }, log)
  const broker = await runningBroker({ minFreeDiskBytes: 2 ** 50, logLevel: 'warn' }, { logger })
  await call(broker, '/topics', { name: 'a' })
  for (let count = 0; count < 50; count++) {
    const refused = await call(broker, '/produce', { topic: 'a', value: 1 })
    expect(refused).toMatchObject({ status: 507, body: { code: 'DISK_FULL' } })
  }
  expect(refusals()).toEqual([['DISK_FULL', undefined]])
  await broker.close()
  expect(refusals()).toEqual([
    ['DISK_FULL', undefined],
    ['DISK_FULL', 49],
  ])
})
