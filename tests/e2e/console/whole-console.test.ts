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
      // Nor does the frame say something else, or the same again.
      expect(await page.getByText(/^No broker answers/).count()).toBe(0)
      expect(await page.getByRole('button', { name: 'Connection: Disconnected' }).count()).toBe(1)
      await page.close()
    },
  )

  test('by keyboard alone: a topic is created, a message sent and found', async () => {
    const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } })
    page.setDefaultTimeout(patienceMs)
    await page.goto(`${cluster.urls[0]}/console/`)
    await page.getByRole('heading', { level: 1, name: /^Healthy: 3 brokers/ }).waitFor()
    await goTo(page, 't', 'topics')
    await tabTo(page, /^Create topic/)
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').locator('input:focus').waitFor()
    await page.keyboard.type('by.keyboard')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/topics/by.keyboard/messages')

    await page.locator('h1:focus').waitFor()
    await goTo(page, 'p', 'produce')
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

    await goTo(page, 't', 'topics')
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

  test('by keyboard alone: what had the focus may go, and the broker too, and it is not lost', async () => {
    const leader = await cluster.leader()
    const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } })
    page.setDefaultTimeout(patienceMs)
    await page.goto(`${leader.url}/console/`)
    await page.getByRole('heading', { level: 1, name: /^Healthy: 3 brokers/ }).waitFor()

    // The palette takes what is typed, and gives the focus back.
    await tabTo(page, /^Go to/)
    await page.keyboard.press('Enter')
    await page.locator('dialog input:focus').waitFor()
    await page.keyboard.type('switch theme')
    await page.keyboard.press('Enter')
    await page.waitForSelector('html[data-theme=dark]')
    expect(await focusedName(page)).toMatch(/^Go to/)

    // What is typed where one presses things is a key all the same; behind a dialog it is none.
    await goTo(page, 's', 'settings')
    await tabTo(page, /^Dark/)
    await page.keyboard.press('?')
    const help = page.getByRole('dialog', { name: 'Keys' })
    await help.locator('h2:focus').waitFor()
    for (const key of ['Tab', 'Tab', 'Tab', 'g', 'o', 'Escape']) await page.keyboard.press(key)
    await help.waitFor({ state: 'detached' })
    expect(await focusedName(page)).toMatch(/^Dark/)
    expect(page.url()).toMatch(/settings$/)

    // A field that was entered stays, for the next try.
    await page.goto(`${leader.url}/console/topics/orders/messages?seek=offset`)
    await tabTo(page, /^Offset in each partition/)
    await page.keyboard.type('100')
    await page.keyboard.press('Enter')
    await page.waitForURL('**seek=offset&at=100')
    await page.getByRole('grid').getByText('k300').waitFor()
    expect(await focusedName(page)).toMatch(/^Offset in each partition/)
    // The panel of a message, closed from inside, leaves the list.
    await tabTo(page, /^Messages of orders/)
    await page.keyboard.press('Enter')
    await page.getByRole('complementary', { name: 'Message' }).getByRole('tab', { name: 'Value' }).waitFor()
    await tabTo(page, /^Next message/)
    await page.keyboard.press('Enter')
    expect(await focusedName(page)).toBe('Next message')
    await page.keyboard.press('Escape')
    await page.getByRole('complementary', { name: 'Message' }).waitFor({ state: 'detached' })
    expect(await focusedName(page)).toMatch(/^Messages of orders/)

    // A step of an import takes the place of the one before, with its button.
    await page.goto(`${leader.url}/console/produce/csv?topic=orders`)
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'two.csv', mimeType: 'text/csv', buffer: Buffer.from('id,name\n1,a\n2,b\n') })
    await page.getByRole('button', { name: 'Map columns' }).waitFor()
    await tabTo(page, /^Map columns/)
    await page.keyboard.press('Enter')
    await page.locator('[aria-current=step] :focus', { hasText: 'Map' }).waitFor()

    // The broker that leads and serves the page goes while a message is read.
    await page.goto(`${leader.url}/console/consume?s=${encodeURIComponent('["orders@earliest"]')}`)
    const list = page.getByRole('log', { name: 'Messages' })
    await list.getByText('k399').waitFor()
    await tabTo(page, /^Messages$/)
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Enter')
    const message = page.getByRole('dialog')
    await message.locator('h2:focus').waitFor()
    await cluster.stop(leader.id)
    await page.getByText(/^now talking to b\d$/).waitFor()
    await message.locator('h2:focus').waitFor()
    await page.keyboard.press('Escape')
    await message.waitFor({ state: 'detached' })
    expect(await focusedName(page)).toBe('Messages')
    await tabTo(page, /^Hide/)
    await page.keyboard.press('Enter')
    await page.locator('h1:focus').waitFor()
    await tabTo(page, /^Unsubscribe from orders/)
    await page.keyboard.press('Enter')
    await page.getByText('Watch a topic').waitFor()
    await page.locator('h1:focus').waitFor()
    await page.close()
    await cluster.restart(leader.id)
  })

  test('a stop of the whole cluster is told from a loss of its leader', async () => {
    const open = await browser.newPage({ viewport: { width: 1440, height: 1000 } })
    open.setDefaultTimeout(patienceMs)
    await open.goto(`${cluster.urls[0]}/console/`)
    await open.getByRole('heading', { level: 1, name: /^Healthy: 3 brokers/ }).waitFor()
    for (const { id } of cluster.brokers) await cluster.stop(id)
    for (const { id } of cluster.brokers) await cluster.restart(id)
    const { url } = await cluster.leader()
    // A page that was open all the time does not call it a failover that took so long.
    await open
      .getByText(/b\d leads, epoch \d+, after a stop of the whole cluster: no broker for .+, a leader .+ after/)
      .waitFor()
    await open.close()
    const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } })
    page.setDefaultTimeout(patienceMs)
    await page.goto(`${url}/console/timeline`)
    const change = page.getByRole('listitem').filter({ hasText: 'cluster stopped' })
    await change.getByText('every broker had been told to stop, so no leader was lost').waitFor()
    await change.getByText('No broker for').waitFor()
    // The newest of a journal is named by its number, and is no count.
    await page.goto(`${url}/console/brokers/1`)
    await page
      .getByText('newest journal line')
      .locator('xpath=following-sibling::*')
      .getByText(/^no\. \d+$/)
      .waitFor()
    await page.close()
  })

  test('what all brokers tell is one line of the log, and says who tells it', async () => {
    const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } })
    page.setDefaultTimeout(patienceMs)
    await page.goto(`${cluster.urls[0]}/console/log?q=${encodeURIComponent('Topic orders was created')}`)
    const log = page.getByRole('log', { name: 'Log' })
    const line = log.getByText('Topic orders was created with 3 partitions.')
    await page.getByText('told in 3 lines').waitFor()
    expect(await line.count()).toBe(1)
    for (const id of ['1', '2', '3']) await log.getByText(`broker ${id}`, { exact: true }).waitFor()
    await line.click()
    const details = page.getByRole('region', { name: 'The line' })
    await details.getByText('Told by 3', { exact: true }).waitFor()
    // Each has its own time and line, and a link to any of them shows the same event.
    await details.getByRole('link', { name: /^Line 3:/ }).click()
    await page.waitForURL(/at=3%3A\d+/)
    await details.locator('[aria-current]', { hasText: /^3:/ }).waitFor()
    // Of one broker alone it is still told who else says so.
    await page.getByLabel('Broker', { exact: true }).selectOption('2')
    await page.getByText('told in 1 line', { exact: false }).waitFor()
    await log.getByText('broker 3', { exact: true }).waitFor()
    await page.close()
  })

  test('a button that cannot be used says why, in words that stand beside it and describe it', async () => {
    const page = await browser.newPage({ viewport: { width: 390, height: 844 } })
    page.setDefaultTimeout(patienceMs)
    await page.goto(`${cluster.urls[0]}/console/consume`)
    // By its words: while topics are offered, what is around them is hidden from who reads the screen.
    const subscribe = page.locator('button', { hasText: /^Subscribe$/ })
    const reason = page.getByText('Choose a topic first.', { exact: true })
    await reason.waitFor()
    expect(await subscribe.getAttribute('aria-disabled')).toBe('true')
    expect(await subscribe.getAttribute('aria-describedby')).toBe(await reason.getAttribute('id'))
    await page.getByRole('combobox', { name: 'Topic' }).fill('orders')
    await reason.waitFor({ state: 'detached' })
    expect(await subscribe.getAttribute('aria-disabled')).toBeNull()
    // Where nothing can be done there is no button.
    await page.goto(`${cluster.urls[0]}/console/log?q=zebra`)
    await page.getByText('Nothing matches').waitFor()
    expect(await page.getByRole('button', { name: 'Download NDJSON' }).count()).toBe(0)
    await page.close()
  })
})

async function goTo(page: Page, key: string, path: string): Promise<void> {
  await page.keyboard.press('g')
  await page.keyboard.press(key)
  await page.waitForURL(`**/console/${path}`)
  await page.locator('h1:focus').waitFor()
}

/** Presses Tab until what has the focus is called so; from the end of the page it goes on at its beginning. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  const passed: string[] = []
  for (let count = 0; count < mostTabs; count++) {
    await page.keyboard.press('Tab')
    const focused = await focusedName(page)
    if (name.test(focused)) return
    passed.push(focused.slice(0, 40))
  }
  throw new Error(`Tab never came to ${name}, only to: ${passed.join(', ')}`)
}

async function focusedName(page: Page): Promise<string> {
  return page.evaluate<string>(`(() => {
    const { activeElement: element } = document
    return (element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent).trim()
  })()`)
}
