import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Cluster, startCluster } from '@yak/broker'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { askLeader } from './ask-leader.ts'
import { hasChromium, openBrowser } from './browser.ts'

const rowCount = 200_000

if (!hasChromium() && process.env.CI) throw new Error('CI has no Chromium. Install it, or name it in YAK_CHROMIUM.')

/** What the console writes, in a real browser against a real cluster: once, whatever becomes of answers, leaders and pages. */
describe.skipIf(!hasChromium())('writing from a browser', () => {
  let browser: Browser
  let cluster: Cluster
  let page: Page
  let folder: string
  let complaints: string[]

  beforeAll(async () => {
    browser = await openBrowser()
    folder = await mkdtemp(join(tmpdir(), 'yak-csv-'))
  })
  afterAll(async () => {
    await browser?.close()
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  })

  beforeEach(async () => {
    cluster = await startCluster({ settings: { leaseMs: 1_500 } })
    await askLeader(cluster, '/topics', JSON.stringify({ name: 'orders', partitions: 3 }))
    page = await browser.newPage({ viewport: { width: 1440, height: 1000 } })
    complaints = []
    page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`))
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    page.on('dialog', (dialog) => void dialog.accept())
  })
  afterEach(async () => {
    await page.close()
    await cluster.close()
  })

  const idsOf = async (): Promise<number[]> => {
    const { url } = await cluster.leader()
    const ids: number[] = []
    for (let partition = 0; partition < 3; partition++) {
      for (let offset = 0; ; ) {
        const answer = await fetch(`${url}/consume?topic=orders&partition=${partition}&offset=${offset}&limit=10000`)
        const { records } = (await answer.json()) as { records: { offset: number; value: { id: number } }[] }
        if (records.length === 0) break
        ids.push(...records.map(({ value }) => value.id))
        offset = records.at(-1)!.offset + 1
      }
    }
    return ids.toSorted((a, b) => a - b)
  }

  test('a message whose answer was lost is unknown, and then confirmed where it is', async () => {
    await page.goto(`${cluster.urls[0]}/console/produce?topic=orders&key=a&value=${encodeURIComponent('{"id":1}')}`)
    await page.getByText('a → partition').waitFor()
    let lost = 0
    await page.route('**/v1/produce', async (route) => {
      if (lost > 0) return route.continue()
      // The broker has it; the page does not hear of that.
      const answer = await route.fetch()
      expect(answer.status()).toBe(200)
      lost++
      await route.abort('connectionreset')
    })
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    await page.getByText('unknown → confirmed').waitFor()
    expect(lost).toBe(1)
    expect(await idsOf()).toEqual([1])
    await page.getByRole('link', { name: /^p\d@0$/ }).waitFor()
    await page.getByText('on 3 of 3 replicas', { exact: true }).waitFor()
    expect(complaints.filter((text) => !/ERR_CONNECTION_RESET|ERR_FAILED/.test(text))).toEqual([])
  })

  test('a message says on how many replicas it is, until it is on all', async () => {
    const leader = await cluster.leader()
    const [away] = cluster.brokers.filter(({ id }) => id !== leader.id)
    await cluster.stop(away!.id)
    await page.goto(`${leader.url}/console/produce?topic=orders&key=a&value=${encodeURIComponent('{"id":1}')}`)
    await page.getByText('a → partition').waitFor()
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    await page.getByText('on 2 of 3 replicas', { exact: true }).waitFor()
    await page.getByText(`Whether b${away!.id} has it is not known: it does not answer.`).waitFor()
    await cluster.restart(away!.id)
    await page.getByText('on 3 of 3 replicas', { exact: true }).waitFor()
    await expect.poll(() => page.getByText('does not answer').count()).toBe(0)
  })

  test('what stands in double braces is sent as it was shown, or as it was typed', async () => {
    const value = encodeURIComponent('{"id":{{i}},"of":"{{uuid}}"}')
    await page.goto(`${cluster.urls[0]}/console/produce?topic=orders&key=k-{{i}}&value=${value}`)
    const shown = page.getByRole('region', { name: 'What is sent' })
    const first = await shown.getByText('"of"').textContent()
    expect(first).toMatch(/^\{"id":1,"of":"[\da-f-]{36}"\}$/)
    await page.getByText('k-1 → partition').waitFor()
    const send = page.getByRole('button', { name: 'Send', exact: true })
    await send.click()
    await page.getByRole('link', { name: /^p\d@\d$/ }).waitFor()
    await expect.poll(() => shown.getByText('"of"').textContent()).toMatch(/^\{"id":2/)
    await page.getByRole('list').getByText(first!.slice(0, 40)).first().waitFor()
    await send.click()
    await page.getByText('k-2', { exact: true }).waitFor()
    await expect.poll(idsOf).toEqual([1, 2])

    await page.getByRole('checkbox', { name: /^Fill in/ }).uncheck()
    // Without them it is not JSON, and the form says so.
    await page.getByText(/in line 1, column 8/).waitFor()
    expect(await send.getAttribute('aria-disabled')).toBe('true')
    expect(complaints).toEqual([])
  })

  test('an import goes on after the page was reloaded and the leader stopped, no row lost or doubled', async () => {
    const file = join(folder, 'rows.csv')
    const rows = Array.from({ length: rowCount }, (_, id) => `${id},customer-${id % 131},"line ${id}, quoted"\n`)
    await writeFile(file, `id,customer_id,note\n${rows.join('')}`)
    const leader = await cluster.leader()
    const home = cluster.urls.find((url) => url !== leader.url)!
    // Served by a follower, so every write goes to another origin.
    await page.goto(`${home}/console/produce/csv?topic=orders`)
    await page.locator('input[type=file]').setInputFiles(file)
    await page.getByRole('button', { name: 'Map columns' }).click()
    await page.getByRole('button', { name: 'Check all rows' }).click()
    await page.getByRole('button', { name: /^Send 200/ }).click()
    await page.getByText(/^sending$/).waitFor()
    await page
      .getByText(/^[1-9][\d\u00a0]+$/)
      .first()
      .waitFor()
    await page.reload()

    await page.getByText('Go on with an import').waitFor()
    const left = await page.getByText(/to go on at row/).textContent()
    expect(left).toMatch(/go on at row [\d\u00a0]{3,} of 200\u00a0000/)
    const other = join(folder, 'other.csv')
    await writeFile(other, 'id\n1\n')
    await page.locator('input[type=file]').setInputFiles(other)
    await page.getByText(/other\.csv has 5 bytes/).waitFor()
    await page.locator('input[type=file]').setInputFiles(file)
    await page.getByText(/^sending$|^waiting$/).waitFor()
    await cluster.stop(String(cluster.brokers.indexOf(leader) + 1))

    await page.getByText('The same from elsewhere').waitFor({ timeout: 60_000 })
    await page
      .getByText(/^200\u00a0000$/)
      .first()
      .waitFor()
    expect(await idsOf()).toEqual(Array.from({ length: rowCount }, (_, id) => id))
    expect(complaints.filter((text) => !/ERR_CONNECTION|WebSocket connection|503|Failed to load/.test(text))).toEqual(
      [],
    )
  })
})
