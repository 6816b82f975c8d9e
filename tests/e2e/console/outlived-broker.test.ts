import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Cluster, startCluster } from '@yak/broker'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { askLeader } from './ask-leader.ts'
import { hasChromium, openBrowser } from './browser.ts'
import { everyPartIn } from './kept-parts.ts'

if (!hasChromium() && process.env.CI) throw new Error('CI has no Chromium. Install it, or name it in YAK_CHROMIUM.')

const rowCount = 200
const patienceMs = 30_000

/** The page has what it needs in memory: what it did not load before its broker ended, no other broker may give it. */
describe.skipIf(!hasChromium())('a page whose broker is gone', () => {
  let browser: Browser
  let cluster: Cluster
  let page: Page
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'yak-outlived-'))
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  })
  beforeEach(async () => {
    cluster = await startCluster({ settings: { leaseMs: 1_500 } })
    page = await browser.newPage({ viewport: { width: 1440, height: 1000 } })
    page.setDefaultTimeout(patienceMs)
  })
  afterEach(async () => {
    await page?.close()
    await cluster?.close()
  })

  /** Opens the console at a broker that does not lead, which ends as soon as all of the page is in its memory. */
  async function outlive(): Promise<void> {
    const leader = await cluster.leader()
    const home = cluster.brokers.find(({ id }) => id !== leader.id)!
    await page.goto(`${home.url}/console/`)
    await page.getByRole('heading', { level: 1, name: /^Healthy: 3 brokers/ }).waitFor()
    await everyPartIn(page)
    await cluster.stop(home.id)
    await page.getByText(/which does not answer; now talking to/).waitFor()
  }

  test('every page opens by its links, and an import goes through', async () => {
    await askLeader(cluster, '/topics', JSON.stringify({ name: 'orders', partitions: 3 }))
    const records = Array.from({ length: 30 }, (_, n) => ({ partition: n % 3, key: `k${n % 3}`, value: { n } }))
    await askLeader(cluster, '/produce', JSON.stringify({ topic: 'orders', records }))
    await outlive()
    const faults: string[] = []
    page.on('pageerror', (error) => faults.push(error.message))
    page.on('request', (request) => {
      // The icon beside the address is the browser's own affair.
      if (request.isNavigationRequest() || request.url().includes('/assets/')) faults.push(`asks for ${request.url()}`)
    })
    const link = (name: string) => page.getByRole('navigation').first().getByRole('link', { name, exact: true }).click()
    const heading = (name: string | RegExp) => page.getByRole('heading', { level: 1, name }).waitFor()

    await link('Topics')
    await page.getByRole('link', { name: /^orders/ }).click()
    await page.getByRole('grid').getByText('{"n":29}').waitFor()
    await page.getByRole('link', { name: 'Partitions', exact: true }).click()
    await page.waitForURL('**/partitions')
    await page.getByText('Committed').first().waitFor()
    await page.getByRole('link', { name: 'Config', exact: true }).click()
    await page.getByRole('button', { name: 'Delete topic' }).waitFor()
    await page.getByRole('link', { name: 'Messages', exact: true }).click()
    await page.getByRole('grid').getByText('{"n":29}').click()
    await page.keyboard.press('Shift+Enter')
    await page.getByRole('link', { name: 'Journey' }).click()
    await page.waitForURL('**/journey*')
    await page.locator('[data-step]').first().waitFor()
    await link('Consume')
    await heading('Consume')
    await link('Timeline')
    await heading('Timeline')
    await link('Log')
    await heading('Log')
    await page.keyboard.press('Control+k')
    await page.getByRole('option', { name: /Settings/ }).click()
    await heading('Settings')
    await link('Overview')
    await page.locator('.uplot canvas').first().waitFor()
    await page.getByRole('list', { name: 'Brokers' }).getByRole('link').first().click()
    await page.waitForURL('**/brokers/*')
    await page.getByText('Since it started').waitFor()

    const file = join(folder, 'rows.csv')
    await writeFile(file, `id,host\n${Array.from({ length: rowCount }, (_, n) => `${n},host-${n % 7}\n`).join('')}`)
    await link('Produce')
    await page.getByRole('link', { name: 'Import CSV' }).click()
    await page.locator('input[type=file]').setInputFiles(file)
    await page.getByRole('button', { name: 'Map columns' }).click()
    await page.getByRole('button', { name: 'Check all rows' }).click()
    await page.getByRole('combobox', { name: 'Topic' }).fill('orders')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: /^Send \d/ }).click()
    await page.getByText('The same from elsewhere').waitFor()
    await page.getByText('done', { exact: true }).waitFor()
    expect(faults).toEqual([])
  })

  test('a part that did not arrive is named where it would be, and is there when asked for again', async () => {
    const missing = /\/assets\/(timeline-page|palette-list|chart-canvas)-.*\.js/
    await page.route(missing, (route) => route.abort())
    await page.goto(`${(await cluster.leader()).url}/console/`)
    const fault = (what: string) => page.getByRole('alert').filter({ hasText: `${what} did not arrive` })
    await fault('The chart').first().waitFor()
    await page.evaluate('globalThis.isSamePage = true')
    await page.keyboard.press('Control+k')
    await fault('The palette').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('navigation').first().getByRole('link', { name: 'Timeline', exact: true }).click()
    await page.getByRole('heading', { level: 1, name: 'This page did not arrive' }).waitFor()

    await page.unroute(missing)
    await fault('The page').getByRole('button', { name: 'Retry' }).click()
    await page.getByRole('heading', { level: 1, name: 'Timeline' }).waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('option', { name: /Overview/ }).click()
    await page.locator('.uplot canvas').first().waitFor()
    expect(await page.evaluate('globalThis.isSamePage'), 'nothing was loaded anew').toBe(true)
  })

  test('an import whose worker did not arrive says so, and begins when it can be had', async () => {
    await page.route(/\/assets\/csv-worker-.*\.js/, (route) => route.abort())
    await page.goto(`${(await cluster.leader()).url}/console/produce/csv`)
    const file = { name: 'rows.csv', mimeType: 'text/csv', buffer: Buffer.from('id,host\n1,a\n') }
    await page.locator('input[type=file]').setInputFiles(file)
    await page.getByText(/What reads the file did not arrive/).waitFor()
    await page.unrouteAll()
    await page.getByRole('button', { name: 'Retry' }).click()
    await page.getByRole('button', { name: 'Map columns' }).waitFor()
  })
})
