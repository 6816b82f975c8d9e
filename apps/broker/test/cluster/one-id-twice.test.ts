import { join } from 'node:path'
import { freePort } from '@yak/election/testing'
import { expect, test } from 'vitest'
import { call, runningBroker } from '../running-broker.ts'
import { temporaryFolder } from '../temporary-folder.ts'

test('a second process under the id of a broker says that first, and waits for no cluster that it is no part of', async () => {
  const folder = await temporaryFolder()
  const ports = [await freePort(), await freePort(), await freePort()]
  const peers = ports.map((port, index) => `${index + 1}=http://127.0.0.1:${port}`).join(',')
  const shared = { id: '2', peers, coordinator: `sqlite:${join(folder, 'lease.db')}`, leaseMs: 1_000 }
  const reasonsOf = async (port: number): Promise<string[]> =>
    (await call({ url: `http://127.0.0.1:${port}` }, '/health')).body.reasons
  const [, portOfFirst] = ports
  const portOfSecond = await freePort()
  await runningBroker({ ...shared, port: portOfFirst! })
  await runningBroker({ ...shared, port: portOfSecond })
  await expect
    .poll(async () => (await reasonsOf(portOfSecond))[0], { timeout: 20_000 })
    .toMatch(
      `Two brokers use the id 2: another one answers at http://127.0.0.1:${portOfFirst}, which --peers names for`,
    )
  const waits = expect.arrayContaining([expect.stringMatching(/waits for/), expect.stringMatching(/is formed once/)])
  await expect.poll(() => reasonsOf(portOfFirst!), { timeout: 20_000 }).toEqual(waits)
  expect((await reasonsOf(portOfSecond)).join()).not.toMatch(/waits for|is formed once/)
})
