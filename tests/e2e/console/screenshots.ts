import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Cluster, startCluster } from '@yak/broker'
import type { Browser, Locator, Page } from 'playwright-core'
import { openBrowser } from './browser.ts'
import buildConsole from './build-console.ts'
import { seedTopics, startTraffic } from './look-topics.ts'
import {
  type Look,
  looks,
  looksAfterFailover,
  looksAfterFailovers,
  looksAfterStop,
  looksInStates,
  nameOf,
} from './looks.ts'

/**
 *     pnpm screenshots [--only WORD…] [--out DIR] [--theme light|dark|both] [--width 1440,390] [--full] [--jobs 4] [--live 2500]
 *                      [--no-build] [--no-states] [--brokers 3] [--empty] [--url URL] [ROUTE…]
 *
 * Builds the console, starts a cluster with topics and somebody who writes and reads, and takes a picture of each page, each
 * dialog and each state (looks.ts), in both themes and at both widths; then it stops the leader, starts it again, and takes
 * those of after that, of after more such changes, and of after a stop of all brokers. `--no-states` leaves out the pages in the states of a cluster that are made up, `--only csv palette`
 * takes those with one of these words in their names, ROUTE… what is at these routes after `--live` ms; with `--url` of a
 * cluster that runs, as `pnpm dev` has one. A line for each error of a page (exceptions, console errors, requests that its
 * policy stopped), for a page that is wider than the screen, and for a picture that could not be taken.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  allowNegative: true,
  options: {
    only: { type: 'string', multiple: true, default: [] },
    out: { type: 'string', default: join(import.meta.dirname, '../../../apps/console/.screenshots') },
    theme: { type: 'string', default: 'both' },
    width: { type: 'string', default: '1440,390' },
    full: { type: 'boolean', default: false },
    live: { type: 'string', default: '2500' },
    jobs: { type: 'string', default: '4' },
    build: { type: 'boolean', default: true },
    states: { type: 'boolean', default: true },
    brokers: { type: 'string', default: '3' },
    empty: { type: 'boolean', default: false },
    url: { type: 'string' },
  },
})
const routes = positionals.filter((each) => each.startsWith('/'))
const words = [...values.only, ...positionals.filter((each) => !each.startsWith('/'))]
const themes = values.theme === 'both' ? (['light', 'dark'] as const) : [values.theme as 'light' | 'dark']
const widths = values.width.split(',').map(Number)
const heights: Readonly<Record<number, number>> = { 1440: 1000, 390: 844 }
/** A dialog that opens, a list that scrolls. */
const settleMs = 500
const patienceMs = 10_000
/** Until a page is there at all, on a machine that does more besides. */
const loadMs = 60_000

const chosen = (all: readonly Look[]): readonly Look[] =>
  routes.length > 0 ? [] : all.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)))

/** Told to end: what is under way is let go, and what runs is closed. Told twice, it ends as it is. */
const ending = new AbortController()
const { signal: ended } = ending
for (const [name, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.once(name, () => {
    process.exitCode = code
    ending.abort()
  })
let taken = 0

await mkdir(values.out, { recursive: true })
if (values.build && values.url === undefined) await buildConsole()
const cluster =
  values.url === undefined
    ? await startCluster({ brokers: Number(values.brokers), settings: { leaseMs: 1_500 } })
    : undefined
const urls = cluster?.urls ?? [values.url!]
try {
  if (!values.empty && cluster !== undefined && !ended.aborted) await seedTopics(urls[0]!)
  const stopTraffic = values.empty || cluster === undefined ? () => {} : startTraffic(urls)
  const browser = await openBrowser([], false)
  ended.addEventListener('abort', () => void browser.close())
  try {
    await takeAll(browser, [
      ...routes.map((route) => ({ name: nameOf(route), route, liveMs: Number(values.live) })),
      ...chosen(values.states ? [...looks, ...looksInStates] : looks),
    ])
    if (cluster !== undefined && urls.length > 1) {
      for (const [times, all] of [
        [1, looksAfterFailover],
        [4, looksAfterFailovers],
      ] as const) {
        const after = chosen(all)
        for (let change = 0; change < times && after.length > 0 && !ended.aborted; change++) await changeLeader(cluster)
        await takeAll(browser, after)
      }
      const stopped = chosen(looksAfterStop)
      if (stopped.length > 0 && !ended.aborted) await stopAndStart(cluster)
      await takeAll(browser, stopped)
    }
  } finally {
    stopTraffic()
    await browser.close()
  }
} finally {
  await cluster?.close()
  if (ended.aborted) console.log(`Ended before its end: ${taken} pictures were taken.`)
}

/** Several pages at once, each in a browser of its own: what one keeps, another does not find. */
async function takeAll(browser: Browser, all: readonly Look[]): Promise<void> {
  const left = all
    .flatMap((look) => widths.flatMap((width) => themes.map((theme) => ({ look, width, theme }))))
    .toReversed()
  const work = async () => {
    for (let next = left.pop(); next !== undefined && !ended.aborted; next = left.pop()) {
      const { look, width, theme } = next
      if (look.only !== undefined && (look.only === 'phone') !== width < 640) continue
      try {
        await take(browser, look, theme, width)
        taken++
      } catch (error) {
        // The browser is gone, and with it the page.
        if (!ended.aborted) throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Number(values.jobs) }, work))
}

async function take(browser: Browser, look: Look, theme: 'light' | 'dark', width: number): Promise<void> {
  const name = `${look.name}.${theme}.${width}`
  const context = await browser.newContext({
    // The page scrolls within itself, so all of it is seen only on a screen that is high enough.
    viewport: { width, height: values.full ? 2_400 : (heights[width] ?? 900) },
    colorScheme: theme,
    hasTouch: width < 640,
    timezoneId: 'Europe/Berlin',
  })
  const page = await context.newPage()
  page.setDefaultTimeout(patienceMs)
  // A made-up state may be that of reading for ever.
  const busyMs = look.route.includes('__state=') ? 1_500 : patienceMs
  page.on('pageerror', (error) => console.log(`${name}: exception: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error') console.log(`${name}: ${message.text()}`)
  })
  try {
    await page.goto(`${urls[0]}/console${look.route}`, { timeout: loadMs })
    await page.waitForSelector('main h1', { timeout: loadMs })
    await settle(page, busyMs)
    if (look.liveMs !== undefined) await page.waitForTimeout(look.liveMs)
    if (look.steps !== undefined) {
      await look.steps(page)
      await settle(page, busyMs)
    }
    if (look.subject !== undefined) await bringIntoView(page, look.subject(page))
  } catch (error) {
    ended.throwIfAborted()
    console.log(`${name}: ${(error as Error).message.split('\n').slice(0, 3).join(' ')}`)
  }
  await page.screenshot({ path: join(values.out, `${name}.png`) })
  const [wider, higher] = await page.evaluate<[number, number]>(
    `(() => {
      // A page that did not come has none.
      const main = document.querySelector('main') ?? document.documentElement
      const wider = Math.max(document.documentElement.scrollWidth - innerWidth, main.scrollWidth - main.clientWidth)
      return [wider, document.documentElement.scrollHeight - innerHeight]
    })()`,
  )
  if (wider > 0) console.log(`${name}: the page is ${wider} px wider than the screen`)
  if (higher > 0) console.log(`${name}: ${higher} px of the page can be scrolled out of its frame`)
  await context.close()
}

/** As a person would scroll to it. Throws where it is not there, or less of it is seen than could be. */
async function bringIntoView(page: Page, subject: Locator): Promise<void> {
  const main = (await page.locator('main').boundingBox())!
  const { height } = (await subject.boundingBox())!
  await subject.evaluate(
    (element, block) => element.scrollIntoView({ block }),
    height > main.height ? 'start' : 'center',
  )
  await page.waitForTimeout(settleMs)
  const { y } = (await subject.boundingBox())!
  const seenPx = Math.min(y + height, main.y + main.height) - Math.max(y, main.y)
  const missingPx = Math.round(Math.min(height, main.height) - seenPx)
  if (missingPx > 1) throw new Error(`its subject is not in view: ${missingPx} px of it are not seen`)
}

/** Until nothing is read any more; what stays busy, as a page that is told nothing does, is shown so. */
async function settle(page: Page, busyMs: number): Promise<void> {
  await page.waitForSelector('[aria-busy=true]', { state: 'detached', timeout: busyMs }).catch(() => {})
  await page.waitForTimeout(settleMs)
}

async function stopAndStart(running: Cluster): Promise<void> {
  for (const { id } of running.brokers) await running.stop(id)
  for (const { id } of running.brokers) await running.restart(id)
  await running.leader()
}

async function changeLeader(running: Cluster): Promise<void> {
  const before = await running.leader()
  await running.stop(before.id)
  await running.leader()
  await running.restart(before.id)
}
