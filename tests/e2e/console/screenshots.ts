import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startCluster } from '@yak/broker'
import type { Page } from 'playwright-core'
import { openBrowser } from './browser.ts'
import { openConsole } from './console-site.ts'
import { type Look, messageLooks, routes, states } from './routes.ts'

/**
 *     pnpm screenshots [--build] [--brokers 3] [--empty] [--messages] [--traffic] [--press Control+k] [--click 'button text'] [--wait 2500] [--theme light|dark|both] [--width 1440,390] [--out DIR] [--url URL] [ROUTE…]
 *
 * Starts a cluster with some topics, opens each route of the built console (unless told which: all, the looks of the pages of
 * messages, which are what `--messages` asks for alone, the overview in each global state, and the timeline with every kind of
 * mark, of a cluster and of a snapshot) in both themes and at both widths, and writes PNGs. A line for each error of the page:
 * exceptions, console errors, requests that the content security policy stopped.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    build: { type: 'boolean', default: false },
    brokers: { type: 'string', default: '3' },
    empty: { type: 'boolean', default: false },
    messages: { type: 'boolean', default: false },
    traffic: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    press: { type: 'string', multiple: true, default: [] },
    click: { type: 'string', multiple: true, default: [] },
    wait: { type: 'string', default: '2500' },
    theme: { type: 'string', default: 'both' },
    width: { type: 'string', default: '1440,390' },
    out: { type: 'string', default: join(import.meta.dirname, '../../../apps/console/.screenshots') },
    url: { type: 'string' },
  },
})
const asked = positionals.map((route): Look => ({ route }))
const every = [
  ...routes.map((route): Look => ({ route })),
  ...messageLooks,
  ...states.map((state): Look => ({ route: `/?__state=${state}` })),
  ...['healthy', 'snapshot'].map((state): Look => ({ route: `/timeline?__state=${state}` })),
  // A broker that may be hurt.
  { route: '/brokers/1?__state=healthy' },
]
const chosen = values.messages ? messageLooks : asked.length > 0 ? asked : every
const themes = values.theme === 'both' ? ['light', 'dark'] : [values.theme]
const widths = values.width.split(',').map(Number)
const heights: Readonly<Record<number, number>> = { 1440: 1000, 390: 844 }

await mkdir(values.out, { recursive: true })
const cluster = values.url === undefined ? await startCluster({ brokers: Number(values.brokers) }) : undefined
const brokerUrl = values.url ?? cluster!.urls[0]!
try {
  if (!values.empty) await seed(brokerUrl)
  await using site = await openConsole(brokerUrl, { fresh: values.build })
  const stop = values.traffic ? startTraffic(brokerUrl) : () => {}
  const browser = await openBrowser()
  try {
    for (const theme of themes) {
      for (const width of widths) {
        const context = await browser.newContext({
          // The page scrolls within itself, so all of it is seen only on a screen that is high enough.
          viewport: { width, height: values.full ? 2_400 : (heights[width] ?? 900) },
          colorScheme: theme === 'dark' ? 'dark' : 'light',
          hasTouch: width < 640,
          timezoneId: 'Europe/Berlin',
        })
        for (const look of chosen) await shoot(await context.newPage(), site.url, look, theme, width)
        await context.close()
      }
    }
  } finally {
    stop()
    await browser.close()
  }
} finally {
  await cluster?.close()
}

async function shoot(page: Page, site: string, { route, fill }: Look, theme: string, width: number): Promise<void> {
  const name = `${
    [route, ...(fill ?? [])]
      .join(' ')
      .replace(/[^a-zA-Z0-9]+/g, '-')
      .replace(/^-/, '') || 'overview'
  }.${theme}.${width}`
  page.on('pageerror', (error) => console.log(`${name}: exception: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error') console.log(`${name}: ${message.text()}`)
  })
  await page.goto(site + route)
  await page.waitForSelector('h1')
  // Long enough for charts to have points. A picture is no check, so a wait that is too short fails nothing.
  await page.waitForTimeout(Number(values.wait))
  if (fill !== undefined) {
    await page.getByLabel(fill[0], { exact: true }).pressSequentially(fill[1])
    await page.waitForTimeout(600)
  }
  for (const name of values.click) await page.getByRole('button', { name }).first().click()
  for (const key of values.press) await page.keyboard.press(key)
  if (values.click.length + values.press.length > 0) await page.waitForTimeout(600)
  await page.screenshot({ path: join(values.out, `${name}.png`) })
  const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
  if (overflow > 0) console.log(`${name}: the page is ${overflow} px wider than the screen`)
  await page.close()
}

async function post(url: string, body: unknown): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) console.log(`${url}: ${response.status} ${await response.text()}`)
}

/** Topics of several sizes, keys, numbers that a double would round, text and nothing. */
async function seed(url: string): Promise<void> {
  const topics = { orders: 6, payments: 3, server_metrics: 3, 'audit.log': 1, clickstream: 12 }
  for (const [name, partitions] of Object.entries(topics)) await post(`${url}/topics`, { name, partitions })
  for (const topic of Object.keys(topics)) {
    const records = Array.from({ length: 120 }, (_, index) => ({
      key: `customer-${index % 17}`,
      value: {
        id: index,
        total: Math.round(index * 1234.5) / 100,
        user: { id: 9_007_199_254_740_991 - index, name: 'Grete Hermann' },
        tags: ['new', topic],
        paid: index % 3 === 0,
        note: null,
      },
      headers: { 'trace-id': `4bf92f35${index}` },
    }))
    await post(`${url}/produce`, { topic, records })
  }
  await post(`${url}/topics`, { name: 'shipments', partitions: 3 })
  await post(`${url}/produce`, { topic: 'shipments', records: shipments(Date.now()) })
  await post(`${url}/produce`, { topic: 'audit.log', records: [{ value: 'plain text' }, { value: null, key: 'gone' }] })
}

/** A day of messages, more of them by day than by night, in which each key has a story. */
function shipments(now: number): readonly object[] {
  const stages = ['packed', 'picked up', 'sorted', 'in transit', 'out for delivery', 'delivered']
  return Array.from({ length: 4_000 }, (_, index) => {
    const share = index / 4_000
    const key = index % 160
    const step = Math.floor(index / 160)
    return {
      key: `parcel-${key}`,
      timestamp: Math.round(now - 86_400_000 * (1 - (share + 0.06 * Math.sin(share * 4 * Math.PI)))),
      value: {
        parcel: 9_007_199_254_740_991 - key,
        status: stages[Math.min(step % 9, stages.length - 1)],
        hub: { city: ['Bremen', 'Kassel', 'Ulm'][(key + Math.floor(step / 2)) % 3], dock: (key * 7 + step) % 12 },
        weightKg: 1.5,
        ...(step % 9 === 3 ? { delayed: true, note: 'Snow on the road between Kassel and Ulm.' } : {}),
        tags: step % 2 === 0 ? ['parcel'] : ['parcel', 'scanned'],
      },
      headers: { 'scanner-id': `s-${index % 23}` },
    }
  })
}

/** Somebody who produces and somebody who reads, so that charts have lines. */
function startTraffic(url: string): () => void {
  let count = 0
  const timer = setInterval(() => {
    const size = 4 + Math.round(3 * Math.sin(count++ / 7) + Math.random() * 3)
    const records = Array.from({ length: size }, () => ({
      key: `customer-${count % 17}`,
      value: { count, at: new Date().toISOString() },
    }))
    post(`${url}/produce`, { topic: ['orders', 'payments', 'clickstream'][count % 3], records }).catch(() => {})
    fetch(`${url}/consume?topic=orders&partition=${count % 6}&offset=earliest&limit=${5 + (count % 9)}`)
      .then((response) => response.text())
      .catch(() => {})
  }, 120)
  return () => clearInterval(timer)
}
