import { type Cluster, startCluster } from '@yak/broker'
import { YakClient } from '@yak/client'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { hasChromium, openBrowser } from './browser.ts'
import { everyPartIn } from './kept-parts.ts'

if (!hasChromium() && process.env.CI) throw new Error('CI has no Chromium. Install it, or name it in YAK_CHROMIUM.')

/**
 * A page that one broker served talks to a second, which does not lead and names the third. A browser that follows such a redirect by
 * itself says `Origin: null`, which no broker allows.
 */
describe.skipIf(!hasChromium())('a redirect to a third origin', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
  })

  /** A page of broker 2, which is gone, so that it talks to 3; and 1 leads. */
  async function openPage(cluster: Cluster, path: string): Promise<Page> {
    expect((await cluster.leader()).id).toBe('1')
    const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } })
    onTestFinished(() => page.close())
    await page.goto(`${cluster.urls[1]}/console${path}`)
    await page.getByRole('button', { name: /b1 leads e\d/ }).waitFor()
    await everyPartIn(page)
    await cluster.stop('2')
    await page.getByText('Served by b2, which does not answer; now talking to b3').waitFor()
    return page
  }

  test('the console creates a topic there, and reads from there', async () => {
    await using cluster = await startCluster({ settings: { leaseMs: 1_500 } })
    await using client = new YakClient({ brokers: [cluster.urls[0]!] })
    await client.admin().createTopic({ topic: 'earlier', partitions: 1 })
    await client.producer().send({ topic: 'earlier', key: 'a', value: { seen: 'by the page' } })
    const page = await openPage(cluster, '/produce')
    await page.getByRole('combobox', { name: 'Topic' }).fill('third')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Create topic third' }).click()
    await page.getByText('3 partitions').waitFor()
    await page.getByRole('link', { name: 'Topics', exact: true }).click()
    await page.getByRole('link', { name: /^earlier/ }).click()
    await page.getByText('by the page').waitFor()
    await page.getByText(/now talking to b3/).waitFor()
  })
})
