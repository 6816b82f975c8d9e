import { type Cluster, startCluster } from '@yak/broker'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askLeader } from './ask-leader.ts'
import { hasChromium, openBrowser } from './browser.ts'
import { routes } from './routes.ts'

if (!hasChromium() && process.env.CI) throw new Error('CI has no Chromium. Install it, or name it in YAK_CHROMIUM.')

const patienceMs = 30_000

/** More than any page has to step over. */
const mostTabs = 80

/** What holds on every page, with three brokers and no fixture. */
describe.skipIf(!hasChromium())('the whole console', () => {
  let browser: Browser
  let cluster: Cluster

  beforeAll(async () => {
    cluster = await startCluster()
    browser = await openBrowser()
    await askLeader(cluster, '/topics', JSON.stringify({ name: 'orders', partitions: 3 }))
    const records = Array.from({ length: 400 }, (_, n) => ({ partition: n % 3, key: `k${n}`, value: { n } }))
    await askLeader(cluster, '/produce', JSON.stringify({ topic: 'orders', records }))
  })
  afterAll(async () => {
    await browser?.close()
    await cluster?.close()
  })

  test('no page asks anybody but the brokers, nor for what their policy forbids', async () => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 1000 } })
    const asked = new Set<string>()
    const faults: string[] = []
    // A request that leaves is stopped as well as told: the test passes or fails the same without a network.
    await context.route(
      (url) => !cluster.urls.includes(url.origin),
      (route) => route.abort(),
    )
    for (const route of [...routes, '/nowhere']) {
      const page = await context.newPage()
      page.setDefaultTimeout(patienceMs)
      page.on('request', (request) => asked.add(request.url()))
      page.on('websocket', (socket) => asked.add(socket.url().replace(/^ws/, 'http')))
      page.on('pageerror', (error) => faults.push(`${route}: ${error.message}`))
      page.on('console', (message) => {
        if (/content security policy/i.test(message.text())) faults.push(`${route}: ${message.text()}`)
      })
      const socket = page.waitForEvent('websocket')
      await page.goto(`${cluster.urls[0]}/console${route}`)
      await socket
      await page.waitForSelector('h1')
      await page.waitForSelector('[aria-busy=true]', { state: 'detached' })
      await page.close()
    }
    await context.close()
    const outside = [...asked].filter(
      (url) => !/^(data|blob):/.test(url) && !cluster.urls.includes(new URL(url).origin),
    )
    expect(outside).toEqual([])
    expect(faults).toEqual([])
    // It saw what there was to see: files, REST and the live channel.
    for (const part of ['/console/assets/', '/v1/', 'http']) expect([...asked].join('\n')).toContain(part)
  })

  test.for(['/', '/topics', '/consume', '/brokers/1', '/timeline', '/log'])(
    '%s says that nobody answers, instead of waiting on',
    async (route) => {
      const page = await browser.newPage()
      page.setDefaultTimeout(patienceMs)
      await page.goto(`${cluster.urls[0]}/console${route}?__state=error`)
      await page
        .getByRole('alert')
        .filter({ hasText: /could not be read.*No answer from http/ })
        .waitFor()
      await page.close()
    },
  )

  test('by keyboard alone: a topic is created, a message sent and found', async () => {
    const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } })
    page.setDefaultTimeout(patienceMs)
    await page.goto(`${cluster.urls[0]}/console/`)
    await page.getByRole('heading', { level: 1, name: /^Healthy: 3 brokers/ }).waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press('t')
    await page.waitForURL('**/console/topics')
    await page.locator('h1:focus').waitFor()
    await tabTo(page, /^Create topic/)
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').locator('input:focus').waitFor()
    await page.keyboard.type('by.keyboard')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/topics/by.keyboard/messages')

    await page.locator('h1:focus').waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press('p')
    await page.waitForURL('**/console/produce')
    await page.locator('h1:focus').waitFor()
    await tabTo(page, /^Topic/)
    await page.keyboard.type('by.keyboard')
    await page.keyboard.press('Escape')
    await tabTo(page, /^Key/)
    await page.keyboard.type('the-key')
    await tabTo(page, /^Value/)
    await page.keyboard.press('Control+a')
    await page.keyboard.type('{"typed":"on a keyboard"}')
    await page.keyboard.press('Control+Enter')
    await page.getByRole('link', { name: /^p\d@0$/ }).waitFor()

    await tabTo(page, /^p\d@0$/)
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/topics\/by\.keyboard\/\d\/0/)
    await page.getByText('"on a keyboard"').first().waitFor()

    await page.keyboard.press('g')
    await page.keyboard.press('t')
    await page.waitForURL('**/console/topics')
    await page.locator('h1:focus').waitFor()
    await tabTo(page, /^by\.keyboard/)
    await page.keyboard.press('Enter')
    await page.waitForURL('**/topics/by.keyboard/messages')
    await page.locator('h1:focus').waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('key == "the-key"')
    await page.getByRole('grid').getByText('the-key').waitFor()
    await tabTo(page, /^Messages of by\.keyboard/)
    await page.keyboard.press('Enter')
    await page.getByRole('complementary', { name: 'Message' }).getByText('"on a keyboard"').waitFor()
    await page.close()
  })
})

/** Presses Tab until what has the focus is called so; from the end of the page it goes on at its beginning. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  const passed: string[] = []
  for (let count = 0; count < mostTabs; count++) {
    await page.keyboard.press('Tab')
    const focused = await page.evaluate<string>(`(() => {
      const { activeElement: element } = document
      return (element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent).trim()
    })()`)
    if (name.test(focused)) return
    passed.push(focused.slice(0, 40))
  }
  throw new Error(`Tab never came to ${name}, only to: ${passed.join(', ')}`)
}
