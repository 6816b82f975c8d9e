import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { type Cluster, startCluster } from '@yak/broker'
import type { AxeResults } from 'axe-core'
import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasChromium, openBrowser } from './browser.ts'
import { type ConsoleSite, openConsole } from './console-site.ts'

if (!hasChromium()) {
  if (process.env.CI) throw new Error('CI has no Chromium. Install it, or name it in YAK_CHROMIUM.')
  console.warn('SKIPPED: accessibility of the console, since there is no Chromium (YAK_CHROMIUM)')
}

const routes = [
  '/',
  '/topics',
  '/topics/orders/messages',
  '/topics/orders/partitions',
  '/topics/orders/groups',
  '/topics/orders/config',
  '/topics/orders/2/100',
  '/produce',
  '/produce/csv',
  '/consume',
  '/brokers/1',
  '/timeline',
  '/log',
  '/settings',
  '/nowhere',
]
/** `YAK_ROUTES=/,/log` looks at these only. */
const chosen = process.env.YAK_ROUTES?.split(',') ?? routes
const states = ['loading', 'empty', 'error', 'disconnected', 'failover', 'coordinator-lost', 'replica-lost']

/** WCAG 2.2 AA as far as axe can tell: every page in both themes and at both ends of widths; the global states on the overview. */
describe.skipIf(!hasChromium())('axe finds nothing', () => {
  let browser: Browser
  let cluster: Cluster
  let site: ConsoleSite
  let axe: string

  beforeAll(async () => {
    axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
    cluster = await startCluster({ brokers: 1 })
    site = await openConsole(cluster.urls[0]!, { fresh: true })
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await site?.[Symbol.asyncDispose]()
    await cluster?.close()
  })

  async function findings(context: BrowserContext, path: string): Promise<string[]> {
    const page = await context.newPage()
    try {
      await page.goto(site.url + path)
      await page.waitForSelector('h1')
      // A page that waits for what a fixture does not have stays busy, and is looked at as it is.
      await page
        .waitForFunction("document.querySelector('[aria-busy=true]') === null", undefined, { timeout: 1_500 })
        .catch(() => {})
      await page.evaluate(axe)
      const results = await page.evaluate<AxeResults>(
        "axe.run(document, { runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }, rules: { region: { enabled: false } } })",
      )
      return results.violations.flatMap(({ id, nodes }) =>
        nodes
          .slice(0, 5)
          .map(
            ({ target, failureSummary }) =>
              `${path}: ${id} at ${target.join(' ')}: ${failureSummary?.split('\n')[1]?.trim() ?? ''}`,
          ),
      )
    } finally {
      await page.close()
    }
  }

  for (const theme of ['light', 'dark'] as const) {
    for (const width of [1440, 390]) {
      test(`${theme}, ${width} px`, async () => {
        const context = await browser.newContext({
          viewport: { width, height: 900 },
          colorScheme: theme,
          // Fades of what just came would be measured as low contrast.
          reducedMotion: 'reduce',
          // axe is put into the page, which the policy of the console forbids.
          bypassCSP: true,
        })
        const found: string[] = []
        for (const route of chosen) found.push(...(await findings(context, `${route}?__state=healthy`)))
        for (const state of chosen.includes('/') ? states : [])
          found.push(...(await findings(context, `/?__state=${state}`)))
        await context.close()
        expect(found).toEqual([])
      })
    }
  }
})
