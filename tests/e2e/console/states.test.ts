import { type Cluster, startCluster } from '@yak/broker'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askLeader } from './ask-leader.ts'
import { hasChromium, openBrowser } from './browser.ts'

if (!hasChromium() && process.env.CI) throw new Error('CI has no Chromium. Install it, or name it in YAK_CHROMIUM.')

/** Each state on the page that asks brokers for most; the healthy one on every page of a topic. */
const asksMost = '/topics/orders/messages?seek=oldest&m=0%400'

/** Fixtures are what they are, whatever the cluster has that serves their page: here, a topic of the same name. */
describe.skipIf(!hasChromium())('the states of the gallery', () => {
  let browser: Browser
  let cluster: Cluster
  let page: Page
  const faults: string[] = []

  beforeAll(async () => {
    cluster = await startCluster({ brokers: 1 })
    browser = await openBrowser()
    await askLeader(cluster, '/topics', JSON.stringify({ name: 'orders', partitions: 6 }))
    await askLeader(cluster, '/produce', JSON.stringify({ topic: 'orders', key: 'k', value: { of: 'the cluster' } }))
    page = await browser.newPage({ viewport: { width: 1440, height: 1000 } })
    page.setDefaultTimeout(20_000)
    page.on('pageerror', (error) => faults.push(`${page.url()}: ${error.message}`))
    page.on('request', (request) => {
      if (!/\/console\//.test(request.url())) faults.push(`${page.url()} asks for ${request.url()}`)
    })
    page.on('websocket', (socket) => faults.push(`${page.url()} asks for ${socket.url()}`))
  })
  afterAll(async () => {
    await browser?.close()
    await cluster?.close()
  })

  const gallery = async () => {
    await page.goto(`${cluster.urls[0]}/console/__states?__state=healthy`)
    const links = page.getByRole('table').getByRole('link')
    await links.first().waitFor()
    return links.evaluateAll((found) => found.map((link) => link.getAttribute('href')!))
  }

  test('ask no broker, and none is a bug', async () => {
    const links = await gallery()
    const chosen = links.filter(
      (link) =>
        (link.endsWith('__state=healthy') && link.includes('/orders/')) || link.startsWith(`/console${asksMost}&`),
    )
    expect(chosen.length).toBeGreaterThan(18)
    for (const link of chosen) {
      await page.goto(cluster.urls[0] + link)
      await page.getByRole('heading', { level: 1 }).first().waitFor()
      if (link.endsWith('__state=healthy')) {
        await page.waitForSelector('[aria-busy=true]', { state: 'detached' })
        const told = await page.getByRole('alert').filter({ hasText: /./ }).allTextContents()
        // One page of the gallery is of a message that is gone, one of a filter that is not finished.
        if (!/\/2\/100|filter=value\.&/.test(link)) expect(told, link).toEqual([])
      }
    }
    expect(faults).toEqual([])
  })

  test('show messages of their own, with a scale of time, fields to filter by and the journey of a key', async () => {
    await page.goto(`${cluster.urls[0]}/console/topics/orders/messages?seek=oldest&__state=healthy`)
    const grid = page.getByRole('grid')
    await grid.getByText('parcel-').first().waitFor()
    await page.getByRole('slider').waitFor()
    await page.getByLabel('Filter', { exact: true }).pressSequentially('value.hub.')
    await page.getByRole('option', { name: /value\.hub\.city/ }).waitFor()
    await page.goto(`${cluster.urls[0]}/console/topics/orders/journey?key=parcel-7&__state=healthy`)
    await page.locator('[data-step]').nth(20).waitFor()
    expect(faults).toEqual([])
  })

  test('without a cluster a write says so', async () => {
    await page.goto(`${cluster.urls[0]}/console/brokers/1?__state=healthy`)
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByText('This page shows a fixture: there is no cluster that could do it.').waitFor()
    expect(faults).toEqual([])
  })

  test('without the fixture nothing is shown, and so no broker asked', async () => {
    const other = await browser.newPage()
    const asked: string[] = []
    other.on('request', (request) => /\/console\//.test(request.url()) || asked.push(request.url()))
    await other.route(/state-fixtures/, (route) => route.abort())
    await Promise.all([
      other.waitForEvent('pageerror'),
      other.goto(`${cluster.urls[0]}/console${asksMost}&__state=disconnected`),
    ])
    expect(await other.locator('#root > *').count()).toBe(0)
    expect(asked).toEqual([])
    await other.close()
  })

  test('what would write is off and says why, without a broker and in a snapshot', async () => {
    const reasons = { disconnected: 'No broker answers.', snapshot: 'A snapshot cannot be changed' }
    for (const [state, reason] of Object.entries(reasons)) {
      for (const [path, name] of [
        ['/topics', 'Create topic'],
        ['/topics/orders/config', 'Delete topic'],
        ['/topics/orders/config', 'Purge messages'],
        ['/topics/orders/partitions', 'Send and time'],
        ['/topics/no-such-topic/partitions', 'Create topic'],
      ] as const) {
        await page.goto(`${cluster.urls[0]}/console${path}?__state=${state}`)
        const button = page.getByRole('button', { name })
        await button.and(page.locator('[aria-disabled=true]')).focus()
        const said = page.locator(`[id="${await button.getAttribute('aria-describedby')}"]`)
        expect([await said.isVisible(), await said.textContent()]).toEqual([true, expect.stringContaining(reason)])
        await page.keyboard.press('Enter')
        expect(await page.getByRole('dialog').count(), `${path} in ${state}`).toBe(0)
      }
      await page.keyboard.press('Control+k')
      await page.getByRole('combobox').fill('create')
      await page.getByRole('option', { name: 'Create a topic' }).getByText(reason).waitFor()
      await page.keyboard.press('Enter')
      expect(await page.getByRole('dialog', { name: 'Go to or do' }).isVisible(), state).toBe(true)
      await page.keyboard.press('Escape')
    }
    expect(faults).toEqual([])
  })

  test('in a snapshot everything is of its time', async () => {
    for (const path of [
      '/?partition=orders%2F2',
      '/topics',
      '/topics/orders/partitions?open=%5B0%5D',
      '/topics/orders/config',
      '/brokers/1',
      '/timeline',
      '/timeline?view=table',
      '/log?at=1%3A2',
    ]) {
      await page.goto(`${cluster.urls[0]}/console${path}${path.includes('?') ? '&' : '?'}__state=snapshot`)
      await page.getByText('Nothing here is live.').waitFor()
      await page.getByRole('heading', { level: 1 }).first().waitFor()
      await page.waitForSelector('[aria-busy=true]', { state: 'detached' })
      const live = page.locator('header, main').getByText(/\b(now|ago|yet|leads|has everything|counting|following)\b/i)
      // A line of the journal is of its time by itself.
      const said = (await live.allTextContents()).filter((text) => !/ in epoch \d+[.:]/.test(text))
      expect(said, path).toEqual([])
    }
    await page.goto(`${cluster.urls[0]}/console/timeline?view=table&__state=snapshot`)
    await page.getByText('led when the snapshot was taken').waitFor()
    await page.goto(`${cluster.urls[0]}/console/?__state=snapshot`)
    await page.getByText('So it was when the snapshot was taken').waitFor()
    expect(faults).toEqual([])
  })

  test('without a broker a list does not look as if it loads', async () => {
    await page.goto(`${cluster.urls[0]}/console${asksMost}&__state=disconnected`)
    await page.getByText('Waiting for a broker that can answer. Reading begins').waitFor()
    expect(faults).toEqual([])
  })

  test('what of a link is no subscription is told beside those that are, until it is left out', async () => {
    const s = encodeURIComponent(JSON.stringify(['orders', 'orders/x', 7, 'payments@yesterday']))
    await page.goto(`${cluster.urls[0]}/console/consume?s=${s}&__state=healthy`)
    const problems = page.getByRole('alert').filter({ hasText: '2 subscriptions of the link could not be read' })
    await problems.getByText('After the slash goes the number of a partition, not “x”.').waitFor()
    await problems.getByText('earliest, latest, an offset or a time, not “yesterday”.').waitFor()
    expect(await page.getByRole('list', { name: 'Subscriptions' }).getByRole('listitem').count()).toBe(2)
    await page.getByRole('button', { name: 'Leave them out' }).click()
    await problems.waitFor({ state: 'detached' })
    expect(new URL(page.url()).searchParams.get('s')).toBe('["orders","7"]')
    expect(faults).toEqual([])
  })

  test('a time is taken as people paste it, the same way above a list and in a dialog', async () => {
    const abroad = await browser.newPage({ timezoneId: 'Europe/Berlin' })
    const said = async () => {
      const id = await abroad.getByLabel(/^Time, /).getAttribute('aria-describedby')
      return abroad.locator(`[id="${id}"]`).textContent()
    }
    const takesTimes = async (press: (key: string) => Promise<void>) => {
      const field = abroad.getByLabel(/^Time, /)
      await field.fill('2026-02-30 10:00')
      expect(await field.getAttribute('aria-invalid')).toBeNull()
      await press('Enter')
      await expect.poll(said).toBe('There is no day 30 in month 2 of 2026.')
      expect(await field.getAttribute('aria-invalid')).toBe('true')
      const understood = '= 2026-11-29 14:05:03.250 UTC · 2026-11-29 15:05:03.250 local'
      for (const typed of ['2026-11-29 14:05:03.250', '2026-11-29T15:05:03.25+01:00', '1795961103250']) {
        await field.fill(typed)
        await expect.poll(said).toBe(understood)
      }
      await press('Enter')
    }
    await abroad.goto(`${cluster.urls[0]}/console/topics/orders/messages?seek=time&__state=healthy`)
    await takesTimes((key) => abroad.getByLabel('Time, UTC').press(key))
    await expect.poll(() => new URL(abroad.url()).searchParams.get('at')).toBe('2026-11-29T14:05:03.250Z')
    // The field follows the zone that is shown.
    await abroad.getByRole('button', { name: /UTC/ }).first().click()
    await expect.poll(() => abroad.getByLabel('Time, local').inputValue()).toBe('2026-11-29 15:05:03.250')
    await abroad.getByRole('button', { name: /local/ }).first().click()

    await abroad.goto(`${cluster.urls[0]}/console/consume?s=%5B%22orders%22%5D&__state=healthy`)
    await abroad.getByRole('button', { name: 'Subscribe', exact: true }).click()
    const dialog = abroad.getByRole('dialog')
    // What is offered lies above the dialog, and Escape takes only that away.
    await dialog.getByLabel('Topic').fill('pay')
    const option = abroad.getByRole('option', { name: 'payments' })
    await option.hover()
    await abroad.keyboard.press('Escape')
    await option.waitFor({ state: 'detached' })
    // Which rule is broken is seen while it is typed, and nothing lies over it.
    await dialog.getByLabel('Topic').fill('my orders')
    await dialog.getByText('character 3 is " "').click({ trial: true })
    expect(await abroad.getByText('Nothing like it.').isVisible()).toBe(false)
    await dialog.getByLabel('Topic').fill('payment')
    await option.click()
    await dialog.getByLabel('Where to begin').selectOption('time')
    await takesTimes((key) => abroad.getByLabel('Time, UTC').press(key))
    await abroad.waitForURL((url) => (url.searchParams.get('s') ?? '').includes('payments@2026-11-29T14:05:03.250Z'))
    await abroad.close()
    expect(faults).toEqual([])
  })

  test('code is never cut: a long line goes on below, and what is selected is the code as it is', async () => {
    const s = encodeURIComponent(JSON.stringify(['orders', 'payments/1@earliest']))
    const narrow = await browser.newPage({ viewport: { width: 390, height: 844 } })
    for (const each of [page, narrow]) {
      await each.goto(`${cluster.urls[0]}/console/consume?s=${s}&__state=healthy`)
      await each.getByRole('button', { name: 'Code for these subscriptions' }).click()
      for (const language of ['SDK', 'CLI']) {
        await each.getByRole('dialog').getByRole('button', { name: language }).first().click()
        const code = each.getByRole('dialog').locator('pre').first()
        await code.getByText(language === 'SDK' ? 'await using' : 'yak consume').waitFor()
        expect(await code.evaluate((pre) => pre.scrollWidth - pre.clientWidth)).toBeLessThanOrEqual(0)
        const text = await code.textContent()
        const selected = await code.evaluate((pre) => {
          const selection = pre.ownerDocument.getSelection()
          selection?.selectAllChildren(pre)
          return selection?.toString()
        })
        expect(selected).toBe(text)
        if (language === 'CLI') expect(text).toMatch(/--brokers http\S+,http\S+,http\S+ \\\n {2}--from latest/)
      }
    }
    await narrow.close()
    expect(faults).toEqual([])
  })

  test('the bytes of a key fit beside and below a list', async () => {
    const narrow = await browser.newPage({ viewport: { width: 390, height: 844 } })
    for (const each of [page, narrow]) {
      await each.goto(`${cluster.urls[0]}/console${asksMost}&__state=healthy`)
      await each.getByRole('tab', { name: 'Key' }).click()
      const bytes = each.getByRole('tabpanel').getByText('00000000')
      await bytes.waitFor()
      expect(await bytes.evaluate((pre) => pre.scrollWidth - pre.clientWidth)).toBeLessThanOrEqual(0)
    }
    await narrow.close()
    expect(faults).toEqual([])
  })

  test('an import that this browser keeps can be forgotten, when nothing else is stored', async () => {
    const url = `${cluster.urls[0]}/console/settings?__state=healthy`
    const context = await browser.newContext()
    const other = await context.newPage()
    await other.goto(url)
    const forget = other.getByRole('button', { name: 'Forget everything here' })
    await other.getByText('Nothing is stored here.').waitFor()
    expect(await forget.count()).toBe(0)
    const importing = await context.newPage()
    await importing.goto(url)
    await importing.evaluate(storeJob)
    await other.reload()
    await other.getByText('Imports of CSV files', { exact: true }).waitFor()
    await forget.click()
    await other.getByRole('dialog').getByText('1 import with the rows that failed').waitFor()
    await other.getByRole('dialog').getByRole('button', { name: 'Forget' }).click()
    await other.getByText('Nothing is stored here.').waitFor()
    expect(await forget.count()).toBe(0)
    await context.close()
  })
})

/** Run in the page. The database stays open there, as in another tab that imports. */
const storeJob = `new Promise((resolve, reject) => {
  const request = indexedDB.open('yak.imports', 1)
  request.onupgradeneeded = () => {
    request.result.createObjectStore('jobs', { keyPath: 'id' })
    request.result.createObjectStore('bad-rows')
  }
  request.onerror = () => reject(request.error)
  request.onsuccess = () => {
    globalThis.keptOpen = request.result
    const transaction = request.result.transaction('jobs', 'readwrite')
    transaction.objectStore('jobs').put({ id: 'a', updatedAt: 1 })
    transaction.oncomplete = () => resolve()
  }
})`
