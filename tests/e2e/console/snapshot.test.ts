import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Cluster, startCluster } from '@yak/broker'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askLeader } from './ask-leader.ts'
import { hasChromium, openBrowser } from './browser.ts'
import { everyPartIn } from './kept-parts.ts'

const pictures = join(import.meta.dirname, '../../../apps/console/.screenshots')

if (!hasChromium()) {
  if (process.env.CI) throw new Error('CI has no Chromium. Install it, or name it in YAK_CHROMIUM.')
  console.warn('SKIPPED: snapshots, since there is no Chromium (YAK_CHROMIUM)')
}

describe.skipIf(!hasChromium())('a snapshot of a cluster', () => {
  let browser: Browser
  let cluster: Cluster
  let page: Page

  beforeAll(async () => {
    await mkdir(pictures, { recursive: true })
    browser = await openBrowser()
    cluster = await startCluster({ settings: { leaseMs: 1_500 } })
    page = await browser.newPage({ viewport: { width: 1440, height: 1000 } })
  })
  afterAll(async () => {
    await browser?.close()
    await cluster?.close()
  })

  test('is taken of a real cluster, and opened in the same page when every broker is gone', async () => {
    await askLeader(cluster, '/topics', JSON.stringify({ name: 'orders', partitions: 3 }))
    const first = await cluster.leader()
    const id = String(cluster.brokers.indexOf(first) + 1)
    await page.goto(`${first.url}/console/timeline`)
    await page.getByRole('list', { name: 'Legend' }).getByText('leader known', { exact: true }).waitFor()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save a snapshot' }).click(),
    ])
    const path = join(pictures, 'snapshot.json')
    await download.saveAs(path)
    expect(download.suggestedFilename()).toMatch(/^yak-snapshot-.*Z\.json$/)
    const { takenAt, cluster: taken, logs, configs } = JSON.parse(await readFile(path, 'utf8'))
    expect(logs.brokers.map(({ brokerId }: { brokerId: string }) => brokerId)).toEqual(['1', '2', '3'])
    expect([logs.missing, configs.missing]).toEqual([[], []])
    const broken = join(pictures, 'broken.json')
    await writeFile(broken, (await readFile(path, 'utf8')).slice(0, 500))

    await everyPartIn(page)
    for (const broker of cluster.brokers) await cluster.stop(broker.id)
    await page
      .getByText('No broker answers')
      .or(page.getByText(/^Lost b\d/))
      .first()
      .waitFor()
    await page.getByRole('button', { name: 'Open a snapshot' }).click()
    const file = page.getByRole('dialog').getByLabel('Choose a file')
    await file.setInputFiles(broken)
    await page
      .getByRole('alert')
      .filter({ hasText: 'broken.json was not opened. It is not JSON, or not all of it.' })
      .waitFor()
    const requests: string[] = []
    await file.setInputFiles(path)
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    const bar = page.getByRole('paragraph').filter({ hasText: 'Nothing here is live.' })
    await bar.waitFor()
    // The browser asks for the icon by itself, whenever the title changes.
    page.on('request', (request) => request.url().endsWith('/favicon.svg') || requests.push(request.url()))
    page.on('websocket', (socket) => requests.push(socket.url()))
    expect(await bar.textContent()).toContain(`Snapshot of cluster ${taken.clusterId.slice(0, 8)}, taken`)
    expect(await bar.textContent()).toContain(new URL(first.url).origin)
    expect(await bar.locator('time').getAttribute('datetime')).toBe(takenAt)
    await page.getByTitle(`b${id} led in epoch ${taken.epoch} for`).first().waitFor()

    await page.getByRole('heading', { level: 1 }).focus()
    const go = async (keys: string, path: string) => {
      for (const key of keys) await page.keyboard.press(key)
      await page.waitForURL(`**/console${path}`)
      await page.locator('h1:focus').waitFor()
    }
    await go('go', '/')
    await page
      .getByRole('heading', { level: 1, name: 'Healthy: 3 brokers, all 3 partitions led and in sync.' })
      .waitFor()
    await go('gl', '/log')
    await page.getByText('Topic orders was created with 3 partitions.').first().waitFor()
    await go('gt', '/topics')
    await page.getByRole('link', { name: 'orders' }).first().waitFor()
    await page.goBack()
    await page.goBack()
    await page
      .getByRole('link', { name: `b${id}`, exact: true })
      .first()
      .click()
    await page.getByRole('list', { name: 'Last log lines' }).getByText('taking part').waitFor()
    await page.getByRole('table', { name: 'Settings' }).getByText('--lease-ms').waitFor()
    await page.getByRole('heading', { level: 1 }).focus()
    await go('gp', '/produce')
    await page.getByText('A snapshot holds no messages').waitFor()
    expect(requests, 'whom the page asked while it showed the snapshot').toEqual([])

    await cluster.restart(id)
    await page.getByRole('button', { name: 'Close snapshot' }).first().click()
    await page.getByRole('heading', { level: 1, name: 'Produce' }).waitFor()
    await expect.poll(() => requests.some((url) => url.startsWith(first.url.replace('http', 'ws')))).toBe(true)
    expect(await bar.count()).toBe(0)
  })
})
