import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Broker, startBroker } from '@yak/broker'
import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasChromium, openBrowser } from './browser.ts'
import { buildFor } from './build-console.ts'
import { seedTopics } from './look-topics.ts'
import { type Look, looks } from './looks.ts'

if (!hasChromium()) {
  if (process.env.CI) throw new Error('CI has no Chromium. Install it, or name it in YAK_CHROMIUM.')
  console.warn('SKIPPED: what React complains of in development, since there is no Chromium (YAK_CHROMIUM)')
}

/** Each page once, with a dialog, a list, a form or a table of it open. */
const opened = [
  'overview',
  'topics-create-wrong',
  'partitions-open',
  'topic-delete',
  'messages-filter-values',
  'message-panel-search',
  'export-csv',
  'topics-orders-2-100',
  'journey-whole',
  'produce-wrong',
  'csv-5-report-problems',
  'consume-lanes',
  'brokers-1',
  'timeline-chosen',
  'timeline-table',
  'log',
  'settings-forget',
  'palette-found',
  'connection',
]
const pagesAtOnce = 2
const patienceMs = 60_000

/**
 * The other tests look at what is shipped, in which React and its components keep to themselves what they say to developers: a key that
 * is missing, a state set while rendering, an input that changes who owns it. Here it is the build that says so.
 */
describe.skipIf(!hasChromium())('the console in development', () => {
  let folder: string
  let consoleDir: string
  let broker: Broker
  let browser: Browser
  let context: BrowserContext

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'yak-development-'))
    consoleDir = join(folder, 'console')
    await buildFor('development', consoleDir)
    broker = await startBroker(
      { port: 0, dataDir: join(folder, 'broker'), logLevel: 'silent', minFreeDiskBytes: 0 },
      { consoleDir },
    )
    await seedTopics(broker.url)
    browser = await openBrowser()
    // One context: what a page has loaded, the next one has.
    context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, reducedMotion: 'reduce' })
  })
  afterAll(async () => {
    await browser?.close()
    await broker?.close()
    await rm(folder, { recursive: true, force: true })
  })

  test('is the build that complains', async () => {
    const assets = join(consoleDir, 'assets')
    const scripts = (await readdir(assets)).filter((name) => name.endsWith('.js'))
    const texts = await Promise.all(scripts.map((name) => readFile(join(assets, name), 'utf8')))
    expect(texts.join('\n')).toContain('Each child in a list should have a unique')
  })

  test('no page and nothing that opens in it gives cause to complain', async () => {
    const chosen = looks.filter(({ name }) => opened.includes(name))
    expect(chosen.map(({ name }) => name).toSorted()).toEqual(opened.toSorted())
    const complaints: string[] = []
    const left = chosen.toReversed()
    const work = async () => {
      for (let look = left.pop(); look !== undefined; look = left.pop()) complaints.push(...(await complaintsOf(look)))
    }
    await Promise.all(Array.from({ length: pagesAtOnce }, work))
    expect(complaints).toEqual([])
  })

  async function complaintsOf({ name, route, steps }: Look): Promise<readonly string[]> {
    const complaints: string[] = []
    const page = await context.newPage()
    page.setDefaultTimeout(patienceMs)
    page.on('pageerror', (error) => complaints.push(`${name}: ${error.message}`))
    page.on('console', (message) => {
      // That a broker refused is no complaint of the page's.
      if (!['error', 'warning'].includes(message.type()) || /^Failed to load resource/.test(message.text())) return
      complaints.push(`${name}: ${message.text()}`)
    })
    await page.goto(`${broker.url}/console${route}`)
    await page.waitForSelector('h1')
    await page.waitForSelector('[aria-busy=true]', { state: 'detached' })
    await steps?.(page)
    await page.close()
    return complaints
  }
})
