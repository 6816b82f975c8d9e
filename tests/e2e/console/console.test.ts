import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Cluster, startCluster } from '@yak/broker'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { askLeader } from './ask-leader.ts'
import { hasChromium, openBrowser } from './browser.ts'
import { everyPartIn } from './kept-parts.ts'

const consoleRoot = join(import.meta.dirname, '../../../apps/console')
const pictures = join(consoleRoot, '.screenshots')

if (!hasChromium()) {
  if (process.env.CI) throw new Error('CI has no Chromium. Install it, or name it in YAK_CHROMIUM.')
  console.warn('SKIPPED: the console is not looked at, since there is no Chromium (YAK_CHROMIUM)')
}

/** The built console as a real cluster serves it, with the content security policy of a broker, in a real browser. */
/** What the browser itself says of a broker that goes, and of one that has just been elected. */
const ofFailover =
  /ERR_CONNECTION_REFUSED|ERR_SOCKET_NOT_CONNECTED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|status of 503|WebSocket connection/

describe.skipIf(!hasChromium())('the console in a browser', () => {
  let browser: Browser
  let cluster: Cluster
  let page: Page
  let complaints: string[]

  beforeAll(async () => {
    await mkdir(pictures, { recursive: true })
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
  })

  beforeEach(async () => {
    cluster = await startCluster({ settings: { leaseMs: 1_500 } })
    page = await browser.newPage({ viewport: { width: 1440, height: 1000 } })
    complaints = []
    page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`))
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
  })
  afterEach(async () => {
    await page.close()
    await cluster.close()
  })

  const createTopic = (name: string, partitions: number) =>
    askLeader(cluster, '/topics', JSON.stringify({ name, partitions }))

  test('the overview says that the cluster is well, and what changes, without a complaint of the browser', async () => {
    await page.goto(`${cluster.urls[0]}/console/`)
    await page.getByRole('heading', { level: 1, name: 'Healthy: 3 brokers, no topic yet.' }).waitFor()
    await page.getByText('Create your first topic').waitFor()
    await createTopic('orders', 6)
    await page
      .getByRole('heading', { level: 1, name: 'Healthy: 3 brokers, all 6 partitions led and in sync.' })
      .waitFor()
    await page.getByRole('button', { name: /^orders\/2, b1 leads, 3 of 3 in sync/ }).click()
    await page.getByRole('dialog').getByText('has everything').first().waitFor()
    await page.keyboard.press('Escape')
    expect(new URL(page.url()).search).toBe('')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    await page.getByRole('heading', { level: 1 }).focus()
    await page.keyboard.press('Space')
    await page.getByText('paused; numbers are still kept').waitFor()
    await page.getByText('15 min').click()
    await page.waitForURL('**/console/?range=15m')
    await page.getByRole('heading', { level: 1 }).focus()
    await page.keyboard.press('g')
    await page.keyboard.press('t')
    await page.waitForURL('**/console/topics')
    await page.locator('h1:focus').waitFor()
    expect(complaints).toEqual([])
  })

  test('the page outlives the broker that served it', async () => {
    await createTopic('orders', 3)
    const first = await cluster.leader()
    await page.goto(`${first.url}/console/`)
    await page.getByRole('heading', { level: 1, name: /^Healthy: 3 brokers, all 3/ }).waitFor()
    const id = String(cluster.brokers.indexOf(first) + 1)
    await cluster.stop(id)
    await page.getByText(new RegExp(`Served by b${id}, which does not answer; now talking to b`)).waitFor()
    await page.getByRole('heading', { level: 1, name: `b${id} does not answer.` }).waitFor()
    const next = await cluster.leader()
    await page.getByRole('button', { name: new RegExp(`b${cluster.brokers.indexOf(next) + 1} leads e\\d`) }).waitFor()
    await page.screenshot({ path: join(pictures, 'outlived.png') })
    await cluster.restart(id)
    await page.getByRole('heading', { level: 1, name: /^Healthy: 3 brokers, all 3/ }).waitFor()
    await page.getByText(`Served by b${id}; now talking to b`).waitFor()
    expect(complaints.filter((text) => !ofFailover.test(text))).toEqual([])
  })

  test('a subscription goes on at another broker with nothing lost, and the timeline tells the story', async () => {
    await createTopic('orders', 3)
    const first = await cluster.leader()
    const id = String(cluster.brokers.indexOf(first) + 1)
    await page.goto(`${first.url}/console/consume`)
    await page.getByRole('combobox', { name: 'Topic' }).fill('orders')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Subscribe and send a test message' }).click()
    const list = page.getByRole('log', { name: 'Messages' })
    await list.getByText('A test message from the console').waitFor()
    expect(new URL(page.url()).searchParams.get('s')).toBe('["orders"]')

    await everyPartIn(page)
    await cluster.stop(id)
    await list.getByText(/^Reconnected to b\d after .*, 0 lost\.$/).waitFor()
    const records = Array.from({ length: 20 }, (_, count) => ({ key: `k${count}`, value: { count } }))
    await askLeader(cluster, '/produce', JSON.stringify({ topic: 'orders', records }))
    const card = page.getByRole('list', { name: 'Subscriptions' }).getByRole('listitem')
    // The rate beside it may be the same number for a moment.
    await card.getByText('21', { exact: true }).first().waitFor()
    expect(await card.getByText(/fault/).count()).toBe(0)

    await page.getByRole('heading', { level: 1 }).focus()
    await page.keyboard.press('g')
    await page.keyboard.press('f')
    const changes = page.getByRole('list', { name: 'Changes of leader' })
    await changes.getByText('without a leader').waitFor()
    await changes.getByText(/its journal cannot be read now/).waitFor()
    await cluster.restart(id)
    await changes.getByText(/it resigned, to stop\.$/).waitFor()
    await page.screenshot({ path: join(pictures, 'timeline-after.png') })
    expect(complaints.filter((text) => !ofFailover.test(text))).toEqual([])
  })
})
