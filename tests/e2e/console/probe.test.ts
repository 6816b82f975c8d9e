import { type Cluster, startCluster } from '@yak/broker'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askLeader } from './ask-leader.ts'
import { hasChromium, openBrowser } from './browser.ts'

/** A message that is sent to be timed, in a real browser against a real cluster. */
describe.skipIf(!hasChromium())('a timed message', () => {
  let browser: Browser
  let cluster: Cluster
  let page: Page

  beforeAll(async () => {
    browser = await openBrowser()
    cluster = await startCluster({ settings: { leaseMs: 1_500 } })
    await askLeader(cluster, '/topics', JSON.stringify({ name: 'orders', partitions: 3 }))
    page = await browser.newPage({ viewport: { width: 1440, height: 1000 } })
    await page.goto(`${cluster.urls[0]}/console/topics/orders/partitions`)
    await page.getByLabel('Partition of the timed message').selectOption('2')
  })
  afterAll(async () => {
    await browser?.close()
    await cluster?.close()
  })

  const rows = () => page.getByRole('list', { name: 'Timed messages' }).getByRole('listitem')
  const send = () => page.getByRole('button', { name: 'Send and time' }).click()

  test('is acknowledged by all in sync and comes back, and stands in the topic', async () => {
    await send()
    await rows().first().waitFor()
    const text = (await rows().first().textContent())!
    expect(text).toMatch(/p2@0.*[\d.]+ ms until acknowledged, on the disks of.*[\d.]+ ms until consumed here/)
    const { url } = await cluster.leader()
    const answer = await fetch(`${url}/consume?topic=orders&partition=2&offset=0`)
    const { records } = (await answer.json()) as { records: { key: string; value: { probe: string } }[] }
    expect(records.map(({ key, value }) => [key, Object.keys(value)])).toEqual([['yak-probe', ['probe', 'sentAt']]])
  })

  test('sent while the leader goes, it is written once by the next', async () => {
    const { id } = await cluster.leader()
    const stopped = cluster.stop(id)
    await send()
    await rows().nth(1).waitFor()
    await stopped
    expect(await rows().first().textContent()).toMatch(/p2@1.*until consumed here/)
    const { url } = await cluster.leader()
    const answer = await fetch(`${url}/consume?topic=orders&partition=2&offset=0`)
    const { records } = (await answer.json()) as { records: unknown[] }
    expect(records).toHaveLength(2)
  })
})
