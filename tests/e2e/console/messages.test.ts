import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Cluster, startCluster } from '@yak/broker'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { askLeader } from './ask-leader.ts'
import { hasChromium, openBrowser } from './browser.ts'
import { type ConsoleSite, openConsole } from './console-site.ts'

const count = 5_000
/** Drawn as it is, it would read "pay 100 now". */
const turned = 'pay \u202e001\u202c now'

if (!hasChromium() && process.env.CI) throw new Error('CI has no Chromium. Install it, or name it in YAK_CHROMIUM.')

/** Topics and their messages, in a real browser against real brokers: exact, as text, and through to a file. */
describe.skipIf(!hasChromium())('topics and messages in a browser', () => {
  let browser: Browser
  let cluster: Cluster
  let site: ConsoleSite
  let page: Page
  let folder: string
  let complaints: string[]

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'yak-messages-'))
    cluster = await startCluster()
    site = await openConsole(cluster.urls[0]!)
    browser = await openBrowser()
    await post('/topics', { name: 'orders', partitions: 3 })
    await post('/produce', {
      topic: 'orders',
      records: Array.from({ length: count }, (_, n) => ({ key: `k${n % 7}`, value: { n } })),
    })
    await post('/topics', { name: 'odd', partitions: 1 })
    await produceText(
      '{"topic":"odd","key":"<img src=x onerror=alert(1)>","value":{"id":9007199254740993,"v":1.10,"html":"<b>bold</b>"}}',
    )
    await post('/produce', { topic: 'odd', key: turned, value: { pay: turned } })
  })
  afterAll(async () => {
    await browser?.close()
    await site?.[Symbol.asyncDispose]()
    await cluster?.close()
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  })

  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 1440, height: 1000 }, acceptDownloads: true })
    complaints = []
    page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`))
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
  })
  afterEach(async () => {
    await page.close()
  })

  const produceText = (body: string, path = '/produce') => askLeader(cluster, path, body)
  const post = (path: string, body: unknown) => produceText(JSON.stringify(body), path)

  test('lists of messages begin with the columns of the settings, and each can do without', async () => {
    await page.goto(`${site.url}/settings`)
    const field = page.getByRole('textbox', { name: 'Columns that messages begin with' })
    await field.fill('n..m')
    await page.getByText('n..m is no field').waitFor()
    await field.fill('n')
    await page.goto(`${site.url}/topics/orders/messages`)
    const header = page.getByRole('columnheader', { name: 'n', exact: true })
    await header.waitFor()
    // A link says what is seen here, whoever opens it.
    await page.waitForURL(/columns=/)
    await page.getByRole('button', { name: 'Columns 1' }).click()
    await page.getByRole('button', { name: 'Remove n' }).click()
    await header.waitFor({ state: 'detached' })
    await page.reload()
    await page.getByRole('row').nth(2).waitFor()
    expect(await header.count()).toBe(0)
    expect(complaints).toEqual([])
  })

  test('a topic is created, purged and deleted, by its name typed', async () => {
    await page.goto(`${site.url}/topics`)
    await page.getByRole('button', { name: 'Create topic' }).click()
    const name = page.getByRole('textbox', { name: 'Name' })
    await name.fill('made here')
    await name.press('Enter')
    // Once for the eye, at the rule that is broken; the other is for a reader of screens, which is told when it is tried.
    await page.getByText(/^Character 5 is none of/).waitFor()
    expect((await page.getByText('character 5 is " "').boundingBox())!.width).toBeLessThanOrEqual(1)
    await name.fill('made.here')
    await name.press('Enter')
    await page.waitForURL('**/topics/made.here/messages')
    await page.getByText('No message yet').waitFor()
    for (const partition of [0, 1]) await post('/produce', { topic: 'made.here', partition, value: 7 })

    await page.getByRole('link', { name: 'Config' }).click()
    await page.getByRole('button', { name: 'Purge messages' }).click()
    const typed = page.getByRole('dialog').getByRole('textbox')
    await page.getByText('About 2 messages go on every broker').waitFor()
    await page.getByRole('combobox', { name: 'Where' }).selectOption('Partition 1')
    await page.getByText('About 1 message goes on every broker').waitFor()
    await typed.fill('made.here')
    await typed.press('Enter')
    await page.getByText('The messages of partition 1 of made.here are deleted.').waitFor()
    await page.getByRole('link', { name: 'Messages', exact: true }).click()
    await page.getByText('1 message').first().waitFor()

    await page.getByRole('link', { name: 'Config' }).click()
    await page.getByRole('button', { name: 'Delete topic' }).click()
    await typed.fill('made.her')
    await typed.press('Enter')
    await page.getByText('This is not the name of the topic.').waitFor()
    await typed.fill('made.here')
    await typed.press('Enter')
    await page.waitForURL('**/console/topics')
    await expect.poll(() => page.getByRole('row', { name: /made\.here/ }).count()).toBe(0)
    expect(complaints).toEqual([])
  })

  test('what was sent is shown digit for digit, and HTML as text', async () => {
    await page.goto(`${site.url}/topics/odd/messages`)
    await page.getByRole('grid').getByText('<img src=x onerror=alert(1)>').click()
    const panel = page.getByRole('complementary', { name: 'Message' })
    await panel.getByText('9007199254740993', { exact: true }).waitFor()
    await panel.getByText('1.10', { exact: true }).waitFor()
    await panel.getByText('"<b>bold</b>"').waitFor()
    expect(new URL(page.url()).searchParams.get('m')).toBe('0@0')
    expect(complaints).toEqual([])
  })

  test('what would turn letters around has a mark, and a copy has the text as it was sent', async () => {
    await page.goto(`${site.url}/topics/odd/messages?m=0%401&tab=key`)
    const panel = page.getByRole('complementary', { name: 'Message' })
    const key = panel.locator('pre').first()
    await key.locator('[data-name="U+202E"]').waitFor()
    const [selected, lefts] = await page.evaluate<[string, number[]]>(`(() => {
      const text = document.querySelector('aside pre bdi')
      getSelection().selectAllChildren(text)
      const digits = [...text.childNodes].find(({ data }) => data === '001')
      return [
        getSelection().toString(),
        [0, 1, 2].map((at) => {
          const range = document.createRange()
          range.setStart(digits, at)
          range.setEnd(digits, at + 1)
          return range.getBoundingClientRect().left
        }),
      ]
    })()`)
    expect(selected).toBe(turned)
    expect(lefts.toSorted((a, b) => a - b)).toEqual(lefts)
    expect((await key.locator('[data-name="U+202E"]').boundingBox())!.width).toBeGreaterThan(20)
    await panel.getByRole('tab', { name: 'Value' }).click()
    for (const view of ['Tree', 'Raw']) {
      await panel.getByText(view, { exact: true }).click()
      await panel.getByRole('tabpanel').locator('[data-name="U+202C"]').waitFor()
    }
    expect(complaints).toEqual([])
  })

  test('an expression is looked for through the whole topic; a wrong one is told with its place', async () => {
    await page.goto(`${site.url}/topics/orders/messages?seek=oldest`)
    const filter = page.getByLabel('Filter', { exact: true })
    await filter.fill(`value.n >= ${count - 3} && key != "k0"`)
    const expected = [count - 3, count - 2, count - 1].filter((n) => n % 7 !== 0).length
    await page.getByText(new RegExp(`^${expected} of 5.000 match`)).waitFor()
    await filter.fill('key = "k1"')
    await page.getByText('Character 5: Write == to compare.').waitFor()
    expect(complaints).toEqual([])
  })

  test('a whole topic is exported, every message once', async () => {
    await page.goto(`${site.url}/topics/orders/messages`)
    await page.getByRole('button', { name: 'Export' }).click()
    await page.getByLabel(/^Everything from the oldest/).check()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('dialog').getByRole('button', { name: 'Export' }).click(),
    ])
    const file = join(folder, 'orders.ndjson')
    await download.saveAs(file)
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
    const numbers = lines.map((line) => (JSON.parse(line) as { value: { n: number } }).value.n)
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, n) => n))
    expect(complaints).toEqual([])
  })

  test('chosen messages are exported and no others, chosen by keys and by the mouse', async () => {
    await page.goto(`${site.url}/topics/orders/messages?seek=oldest&p=%5B0%5D`)
    const grid = page.getByRole('grid')
    await grid.getByRole('checkbox', { name: 'Choose 0@0' }).waitFor()
    await grid.focus()
    for (const key of ['Space', 'ArrowDown', 'ArrowDown', 'Shift+Space', 'Shift+ArrowDown', 'Shift+ArrowDown', 'Space'])
      await page.keyboard.press(key)
    await page.getByText('3 messages chosen', { exact: true }).waitFor()
    // Far from where they are, and back.
    await page.keyboard.press('End')
    await grid.getByRole('checkbox', { name: 'Choose 0@0' }).waitFor({ state: 'detached' })
    await page.keyboard.press('Home')
    expect(await grid.getByRole('checkbox', { name: 'Choose 0@0' }).isChecked()).toBe(true)
    await grid.getByRole('checkbox', { name: 'Choose 0@6' }).click()
    await grid.getByRole('checkbox', { name: 'Choose 0@8' }).click({ modifiers: ['Shift'] })
    expect(await grid.evaluate('document.activeElement.role')).toBe('grid')
    await page.getByRole('button', { name: 'Export these' }).click()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('dialog').getByRole('button', { name: 'Export' }).click(),
    ])
    const file = join(folder, 'chosen.ndjson')
    await download.saveAs(file)
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { offset: number }).offset)).toEqual([0, 2, 3, 6, 7, 8])
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Clear' }).click()
    expect(await grid.getByRole('checkbox', { checked: true }).count()).toBe(0)
    expect(complaints).toEqual([])
  })

  test('Consume keeps the newest in sight when a bar above takes room from the list', async () => {
    await page.goto(`${site.url}/consume?s=${encodeURIComponent(JSON.stringify(['orders@earliest']))}`)
    const list = page.getByRole('log', { name: 'Messages' })
    const belowTheEdge = () => list.evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight)
    await page
      .getByRole('list', { name: 'Subscriptions' })
      .getByText(/received5\u00a0000/)
      .waitFor()
    await expect.poll(belowTheEdge).toBeLessThan(1)
    await page.setViewportSize({ width: 1440, height: 700 })
    await expect.poll(belowTheEdge).toBeLessThan(1)
  })

  test('the newest messages of a topic are in sight on a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 })
    await page.goto(`${site.url}/topics/orders/messages`)
    const list = page.getByRole('grid', { name: 'Messages of orders' })
    // From the end of its list, and from where the page ends, at the bar below it.
    const belowTheEdge = () =>
      list.evaluate((box) =>
        Math.max(
          box.scrollHeight - box.scrollTop - box.clientHeight,
          box.getBoundingClientRect().bottom - box.closest('main')!.getBoundingClientRect().bottom,
        ),
      )
    await list.getByRole('row').nth(5).waitFor()
    await expect.poll(belowTheEdge).toBeLessThan(1)
    await page.getByRole('slider', { name: 'Time the list begins at' }).waitFor()
    await expect.poll(belowTheEdge).toBeLessThan(1)
  })

  test('on a phone the footer of the newest messages stands above the bar, whatever is in it', async () => {
    await page.setViewportSize({ width: 390, height: 844 })
    for (const filter of ['', '?filter=k']) {
      await page.goto(`${site.url}/topics/orders/messages${filter}`)
      const older = page.getByRole('button', { name: 'Load older' })
      await older.waitFor()
      await page.getByRole('slider', { name: 'Time the list begins at' }).waitFor()
      await expect
        .poll(() =>
          older.evaluate(
            (button) =>
              button.closest('section')!.getBoundingClientRect().bottom -
              button.closest('main')!.getBoundingClientRect().bottom,
          ),
        )
        .toBeLessThanOrEqual(0)
    }
  })

  test('messages of Consume are chosen by keys and the mouse, stay chosen when the list lets them go, and are exported', async () => {
    await page.goto(`${site.url}/settings`)
    const size = page.getByRole('textbox', { name: 'Messages that a live list keeps' })
    await size.fill('100')
    await size.press('Enter')
    await post('/topics', { name: 'streamed', partitions: 1 })
    const send = (from: number, to: number) =>
      post('/produce', {
        topic: 'streamed',
        records: Array.from({ length: to - from }, (_, n) => ({ value: { n: from + n } })),
      })
    await send(0, 10)
    await page.goto(`${site.url}/consume?s=${encodeURIComponent(JSON.stringify(['streamed@earliest']))}`)
    const list = page.getByRole('log', { name: 'Messages' })
    const box = (offset: number) => list.getByRole('checkbox', { name: `Choose streamed/0@${offset}`, exact: true })
    await box(9).waitFor()
    await list.focus()
    for (const key of ['Shift+Space', 'Shift+ArrowUp', 'ArrowUp', 'ArrowUp', 'Shift+Space', 'Shift+Space'])
      await page.keyboard.press(key)
    await page.getByText('2 messages chosen', { exact: true }).waitFor()
    await box(2).click()
    await box(4).click({ modifiers: ['Shift'] })
    await page.getByText('5 messages chosen', { exact: true }).waitFor()
    expect(await list.evaluate('document.activeElement.role')).toBe('log')
    // They stand still while somebody chooses; once followed again, what comes takes their place.
    await send(10, 109)
    await page.getByRole('button', { name: '99 new' }).click()
    await page.getByText('5 messages chosen, 4 of them no longer in the list, kept here for the export').waitFor()
    await page.getByRole('button', { name: 'Export these' }).click()
    const file = join(folder, 'streamed.ndjson')
    const dialog = page.getByRole('dialog')
    const save = async () => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        dialog.getByRole('button', { name: 'Export', exact: true }).click(),
      ])
      await download.saveAs(file)
      const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
      return lines.map((line) => (JSON.parse(line) as { offset: number }).offset)
    }
    expect(await save()).toEqual([2, 3, 4, 8, 9])
    await dialog.getByText('9 older rows were let go').waitFor()
    await dialog.getByLabel('What this page keeps: 100 messages').check()
    expect(await save()).toEqual(Array.from({ length: 100 }, (_, n) => n + 9))
    expect(complaints).toEqual([])
  })

  test('the numbers of Consume are of one moment: what came in all cards is what the list keeps', async () => {
    for (const name of ['first.half', 'other.half']) await post('/topics', { name, partitions: 2 })
    const s = encodeURIComponent(JSON.stringify(['first.half@earliest', 'other.half@earliest']))
    await page.goto(`${site.url}/consume?s=${s}`)
    await expect.poll(() => page.getByText('live', { exact: true }).count()).toBe(2)
    const rounds = 60
    const seen = page.evaluate<[number, number][]>(`new Promise((resolve) => {
      const seen = []
      const count = (pattern, text) => Number(pattern.exec(text)?.[1].replaceAll('\u00a0', '') ?? 0)
      const look = () => {
        const cards = [...document.querySelectorAll('[aria-label=Subscriptions] li')]
        const came = cards.reduce((sum, { textContent }) => sum + count(/received([\\d\u00a0]+)/, textContent), 0)
        const said = [...document.querySelectorAll('footer span')].map(({ textContent }) => textContent)
        const kept = count(/^([\\d\u00a0]+) kept/, said.find((text) => / kept/.test(text) && !/from/.test(text)))
        if (seen.at(-1)?.[0] !== came || seen.at(-1)?.[1] !== kept) seen.push([came, kept])
        if (came === ${rounds * 2}) resolve(seen)
        else requestAnimationFrame(look)
      }
      look()
    })`)
    for (let n = 0; n < rounds; n++) {
      await Promise.all(['first.half', 'other.half'].map((topic) => post('/produce', { topic, value: { n } })))
    }
    const moments = await seen
    expect(moments.length).toBeGreaterThan(3)
    expect(moments.filter(([came, kept]) => came !== kept)).toEqual([])
    expect(complaints).toEqual([])
  })

  test('a message of Consume has the keys that it has in its topic', async () => {
    await page.goto(`${site.url}/consume?s=${encodeURIComponent(JSON.stringify(['odd@earliest']))}`)
    await page.getByRole('log', { name: 'Messages' }).getByText('9007199254740993').waitFor()
    for (const key of ['j', 'Enter']) await page.keyboard.press(key)
    await page.getByRole('heading', { name: 'odd/0@1' }).waitFor()
    await page.keyboard.press('k')
    await page.getByRole('heading', { name: 'odd/0@0' }).waitFor()
    await page.keyboard.press('c')
    await page.getByText('Link copied.').waitFor()
    await page.keyboard.press('r')
    await page.waitForURL(/produce\?topic=odd/)
    expect(complaints).toEqual([])
  })

  test('Consume waits for a topic that is not there yet, and tells one that was created anew from the one it was', async () => {
    await page.goto(`${site.url}/consume?s=${encodeURIComponent(JSON.stringify(['later@earliest']))}`)
    const card = page.getByRole('list', { name: 'Subscriptions' }).getByRole('listitem')
    await card.getByText('UNKNOWN_TOPIC').waitFor()
    const list = page.getByRole('log', { name: 'Messages' })
    for (const life of ['first', 'second']) {
      await post('/topics', { name: 'later', partitions: 1 })
      await post('/produce', { topic: 'later', value: { life } })
      if (life === 'second') {
        await card.getByText('UNKNOWN_TOPIC_ID').waitFor()
        await card.getByRole('button', { name: 'Retry' }).click()
      }
      await list.getByText(`"${life}"`).waitFor()
      await expect.poll(() => card.textContent()).toMatch(/received[12](?!.*UNKNOWN_TOPIC)/)
      const { url } = await cluster.leader()
      if (life === 'first') expect((await fetch(`${url}/topics/later`, { method: 'DELETE' })).status).toBe(200)
    }
  })

  test('live: what comes in is shown; a link beyond the end waits for its message', async () => {
    await page.goto(`${site.url}/topics/odd/messages?seek=live`)
    await page.getByText(/^live · 0 came in/).waitFor()
    await produceText('{"topic":"odd","value":{"big":12345678901234567890}}')
    await page.getByRole('grid').getByText('{"big":12345678901234567890}').waitFor()
    // The bars count what the list has, though they were read before it came.
    expect(await page.getByText(/messages?, a bar is/).textContent()).toMatch(/^3 messages,/)
    expect(await page.getByText('3 messages', { exact: true }).count()).toBe(1)
    await page.goto(`${site.url}/topics/odd/0/9007199254740993`)
    await page.getByText(/^The next message.* gets offset 3, so 9\s007\s199\s254\s740\s991 messages to go\./).waitFor()
    await page.goto(`${site.url}/topics/odd/0/3`)
    await page.getByText('Waiting for offset 3').waitFor()
    await produceText('{"topic":"odd","value":"arrived"}')
    await page.getByText('"arrived"').first().waitFor()
    await page.keyboard.press('k')
    await page.waitForURL('**/topics/odd/0/2')
    await page.getByText('12345678901234567890', { exact: true }).waitFor()
    expect(complaints).toEqual([])
  })

  test('Back and Forward find each list where it was left, to the pixel', async () => {
    const scroller = (selector: string) => page.locator(selector)
    const topOf = (selector: string) => scroller(selector).evaluate((element) => element.scrollTop)
    const leaveAndReturn = async (selector: string, top: number) => {
      // A list that has just come may still be on its way to its end, which it leaves when somebody scrolls by hand.
      await expect
        .poll(async () => {
          await scroller(selector).evaluate((element, to) => element.scrollTo({ top: to, behavior: 'instant' }), top)
          await scroller(selector).dispatchEvent('wheel', { deltaY: -1 })
          await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))')
          return topOf(selector)
        })
        .toBe(top)
      await page.getByRole('link', { name: 'Settings' }).first().click()
      await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor()
      return async () => {
        await page.goBack()
        await expect.poll(() => topOf(selector).catch(() => -1), { timeout: 10_000 }).toBe(top)
      }
    }
    const grid = '[role=grid]'
    const send = (count: number) =>
      post('/produce', { topic: 'left', records: Array.from({ length: count }, (_, n) => ({ value: { n } })) })
    await post('/topics', { name: 'left', partitions: 3 })
    await send(1_500)
    await page.setViewportSize({ width: 1440, height: 600 })
    for (const seek of ['newest', 'oldest']) {
      await page.goto(`${site.url}/topics/left/messages?seek=${seek}`)
      await page.getByRole('row').nth(2).waitFor()
      if (seek === 'oldest') {
        await page.getByRole('button', { name: /more$/ }).click()
        await expect.poll(() => page.getByRole('grid').getAttribute('aria-rowcount')).toBe('1001')
      }
      const comeBack = await leaveAndReturn(grid, seek === 'newest' ? 1_003 : 20_017)
      const told = page.getByRole('grid').getByRole('row').nth(15)
      // What comes meanwhile moves nothing.
      await send(20)
      await comeBack()
      const text = await told.textContent()
      await page.goForward()
      await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor()
      await comeBack()
      expect(await told.textContent()).toBe(text)
    }
    // With its message open, whose row is somewhere else by now.
    await page.getByRole('row').nth(10).click()
    await page.getByRole('complementary', { name: 'Message' }).waitFor()
    await (await leaveAndReturn(grid, 9_001))()

    await Promise.all(Array.from({ length: 25 }, (_, n) => post('/topics', { name: `many.${n}`, partitions: 1 })))
    await page.goto(`${site.url}/topics`)
    await page.getByRole('link', { name: 'many.24' }).waitFor()
    await (await leaveAndReturn('#content', 431))()
    await page.goto(`${site.url}/log`)
    await page.getByRole('log', { name: 'Log' }).getByText('Topic many.24').waitFor()
    await (await leaveAndReturn('[role=log]', 123))()
    expect(complaints).toEqual([])
  })
})
