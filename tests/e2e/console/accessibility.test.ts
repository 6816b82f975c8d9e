import { type Cluster, startCluster } from '@yak/broker'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFindings, axeScript, coloursOnly, everyRule } from './axe.ts'
import { hasChromium, openBrowser } from './browser.ts'
import { routes, states } from './routes.ts'
import { smallTargets } from './target-sizes.ts'

if (!hasChromium()) {
  if (process.env.CI) throw new Error('CI has no Chromium. Install it, or name it in YAK_CHROMIUM.')
  console.warn('SKIPPED: accessibility of the console, since there is no Chromium (YAK_CHROMIUM)')
}

/** `YAK_ROUTES=/,/log` looks at these only. */
const chosen = process.env.YAK_ROUTES?.split(',') ?? [...routes, '/nowhere']
const pages = [
  ...chosen.map((route) => `${route}?__state=healthy`),
  ...(chosen.includes('/') ? states.map((state) => `/?__state=${state}`) : []),
]

/** A page that hangs fails by its name, long before the test's own end. */
const patienceMs = 30_000

/**
 * WCAG 2.2 AA as far as axe can tell: every page and, on the overview, every global state. Each is loaded once, and looked at
 * as a wide page, in the other theme, and on a phone, where all that is pressed is large enough for a finger. From fixtures: what is on a page does not depend on the moment.
 */
describe.skipIf(!hasChromium())('axe finds nothing', () => {
  let browser: Browser
  let cluster: Cluster
  let page: Page
  let axe: string

  beforeAll(async () => {
    axe = await axeScript()
    cluster = await startCluster({ brokers: 1 })
    browser = await openBrowser()
    page = await browser.newPage({
      // Fades of what just came would be measured as low contrast.
      reducedMotion: 'reduce',
      // axe is put into the page, which the policy of the console forbids.
      bypassCSP: true,
    })
    page.setDefaultTimeout(patienceMs)
  })
  afterAll(async () => {
    await browser?.close()
    await cluster?.close()
  })

  async function settled(): Promise<void> {
    await page.waitForSelector('h1')
    // A page that waits for what a fixture does not have stays busy, and is looked at as it is.
    await page
      .waitForFunction("document.querySelector('[aria-busy=true]') === null", undefined, { timeout: 1_500 })
      .catch(() => {})
  }

  test.for(pages)('%s', async (path) => {
    await page.setViewportSize({ width: 1440, height: 900 })
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
    await page.goto(`${cluster.urls[0]}/console${path}`)
    await settled()
    await page.evaluate(axe)
    const wide = await axeFindings(page, 'light, 1440 px', everyRule)
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
    await page.waitForSelector('html[data-theme=dark]')
    const dark = await axeFindings(page, 'dark, 1440 px', coloursOnly)
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
    await page.waitForSelector('html[data-theme=light]')
    await page.setViewportSize({ width: 390, height: 844 })
    await settled()
    const phone = await axeFindings(page, 'light, 390 px', everyRule)
    // Only what is inside the frame scrolls: else its bars go out of sight.
    const loosePx = await page.evaluate('document.documentElement.scrollHeight - innerHeight')
    expect(loosePx, 'pixels by which the page scrolls as a whole').toBe(0)
    const widerPx = await page.evaluate(
      "(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector('main'))",
    )
    expect(widerPx, 'pixels by which the page is wider than a phone').toBe(0)
    expect([...wide, ...dark, ...phone]).toEqual([])
    expect(await smallTargets(page), 'what a finger misses').toEqual([])
  })
})
