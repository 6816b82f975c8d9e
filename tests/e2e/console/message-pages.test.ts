import { type Cluster, startCluster } from '@yak/broker'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { askLeader } from './ask-leader.ts'
import { axeFindings, axeScript, coloursOnly, everyRule } from './axe.ts'
import { hasChromium, openBrowser } from './browser.ts'
import { type ConsoleSite, openConsole } from './console-site.ts'

if (!hasChromium() && process.env.CI) throw new Error('CI has no Chromium. Install it, or name it in YAK_CHROMIUM.')

/** A message each second, around the moment this test begins, so that the leader changes among them. */
const count = 600
const start = Math.floor(Date.now() / 1_000) * 1_000 - (count / 2) * 1_000
const timeOf = (n: number) => start + n * 1_000

/** Finding one's way among the messages of a topic: through time, along a key, within one of them. By keyboard too. */
describe.skipIf(!hasChromium())('among messages in a browser', () => {
  let browser: Browser
  let cluster: Cluster
  let site: ConsoleSite
  let page: Page
  let axe: string
  let complaints: string[]

  beforeAll(async () => {
    axe = await axeScript()
    ;[cluster, browser] = await Promise.all([startCluster(), openBrowser()])
    await post('/topics', { name: 'parcels', partitions: 2 })
    const records = Array.from({ length: count }, (_, n) => ({
      key: `parcel-${n % 100}`,
      partition: n % 2,
      timestamp: timeOf(n),
      value: { n, status: n < 100 ? 'packed' : 'on its way', hub: { city: n % 3 === 0 ? 'Ulm' : 'Kassel' } },
    }))
    await post('/produce', { topic: 'parcels', records })
    // What the page is served by, and the messages were sent to, is not who leads from here on.
    await cluster.stop((await cluster.leader()).id)
    site = await openConsole((await cluster.leader()).url)
  })
  afterAll(async () => {
    await browser?.close()
    await site?.[Symbol.asyncDispose]()
    await cluster?.close()
  })

  beforeEach(async () => {
    page = await browser.newPage({
      viewport: { width: 1440, height: 1000 },
      reducedMotion: 'reduce',
      timezoneId: 'UTC',
      bypassCSP: true,
    })
    complaints = []
    page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`))
  })
  afterEach(async () => {
    await page.close()
  })

  const post = (path: string, body: unknown) => askLeader(cluster, path, JSON.stringify(body))

  const search = () => new URL(page.url()).searchParams
  const rowText = (index: number) => page.locator(`[role=row][aria-rowindex="${index}"]`).textContent()

  /** As a wide page in both themes, and on a phone. */
  async function expectAccessible(): Promise<void> {
    await page.evaluate(axe)
    const wide = await axeFindings(page, 'light, 1440 px', everyRule, '#content')
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.waitForSelector('html[data-theme=dark]')
    const dark = await axeFindings(page, 'dark, 1440 px', coloursOnly, '#content')
    await page.setViewportSize({ width: 390, height: 844 })
    const phone = await axeFindings(page, 'dark, 390 px', everyRule, '#content')
    const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
    expect([...wide, ...dark, ...phone, ...(overflow > 0 ? [`${overflow} px wider than the phone`] : [])]).toEqual([])
    expect(complaints).toEqual([])
  }

  describe('through time', () => {
    test('the list follows a slider over the bars, by keys and by the mouse; the URL says where', async () => {
      await page.goto(`${site.url}/topics/parcels/messages`)
      const slider = page.getByRole('slider', { name: 'Time the list begins at' })
      await slider.waitFor()
      expect(await slider.getAttribute('aria-valuemin')).toBe(String(timeOf(0)))
      expect(await slider.getAttribute('aria-valuemax')).toBe(String(timeOf(count - 1)))
      expect(await slider.getAttribute('aria-valuenow')).toBe(String(timeOf(count - 1)))
      await page.getByText('600 messages, a bar is 10 s').waitFor()
      // Two leaders: of the start, and after the first one left.
      await expect.poll(() => slider.getByText(/^b\d e\d+$/).count()).toBeGreaterThanOrEqual(2)

      await slider.focus()
      await page.keyboard.press('Home')
      await page.waitForURL((url) => url.searchParams.get('seek') === 'oldest')
      await expect.poll(() => rowText(2)).toContain('{"n":0,')
      await page.keyboard.press('ArrowRight')
      await page.waitForURL((url) => url.searchParams.get('seek') === 'time')
      const edge = Date.parse(search().get('at')!)
      expect(edge % 10_000).toBe(0)
      const first = Math.ceil((edge - timeOf(0)) / 1_000)
      await expect.poll(() => rowText(2)).toContain(`{"n":${first},`)
      expect(await slider.getAttribute('aria-valuetext')).toMatch(/, 10 messages in 10 s$/)

      const box = (await slider.boundingBox())!
      await page.mouse.move(box.x + box.width * 0.25, box.y + 20)
      await page.mouse.down()
      await page.mouse.move(box.x + box.width * 0.4, box.y + 20)
      await page.mouse.move(box.x + box.width * 0.5, box.y + 20)
      await expect.poll(() => Date.parse(search().get('at')!)).toBeGreaterThan(timeOf(290))
      await page.mouse.up()
      const middle = Date.parse(search().get('at')!)
      expect(Math.abs(middle - timeOf(300))).toBeLessThan(10_000)
      await expect.poll(() => rowText(2)).toContain(`{"n":${Math.ceil((middle - timeOf(0)) / 1_000)},`)
      // A drag is one step of the history.
      await page.goBack()
      await expect.poll(() => search().get('at')).toBe(new Date(edge).toISOString())
      await page.reload()
      await expect.poll(() => rowText(2)).toContain(`{"n":${first},`)
      await expectAccessible()
    })

    test('one partition has bars of its own; a topic without messages has none', async () => {
      await page.goto(`${site.url}/topics/parcels/messages?p=%5B1%5D&seek=oldest`)
      await page.getByText('300 messages, a bar is 10 s').waitFor()
      await post('/topics', { name: 'silent', partitions: 1 })
      await page.goto(`${site.url}/topics/silent/messages`)
      await page.getByText('No message yet').waitFor()
      expect(await page.getByRole('slider').count()).toBe(0)
      expect(complaints).toEqual([])
    })
  })
})
