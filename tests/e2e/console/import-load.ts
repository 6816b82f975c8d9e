import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { YakClient } from '@yak/client'
import type { Page } from 'playwright-core'
import { ClusterProcesses } from '../../../benchmarks/src/broker-process.ts'
import { openBrowser } from './browser.ts'
import buildConsole from './build-console.ts'
import { prepareImport, readReport, sendRows } from './csv-import-steps.ts'
import { writeLoadFile } from './load-file.ts'
import { WorkerDevtools } from './worker-devtools.ts'

/**
 *     pnpm import-load [--rows 1000000] [--brokers 3,1] [--no-build] [--profile FOLDER]
 *
 * Imports a file of its own making through the console's page into a cluster of broker processes, and says how many rows a second
 * were acknowledged, what the page felt meanwhile (long tasks by the browser's own count) and what it and its worker hold
 * afterwards. Then it reads the topic: a row that is missing, or there twice, is an error. All else is a measurement, not a check: a
 * shared machine decides too much of it. `--profile` leaves a profile of the worker for each run.
 */
const { values } = parseArgs({
  allowNegative: true,
  options: {
    rows: { type: 'string', default: '1000000' },
    brokers: { type: 'string', default: '3,1' },
    build: { type: 'boolean', default: true },
    profile: { type: 'string' },
  },
})
const rowCount = Number(values.rows)
const topic = 'readings'
const partitions = 3
const sendMs = 600_000

interface Felt {
  readonly longTasks: readonly number[]
  readonly longestFrameMs: number
}

/** Runs in the page before anything else does. */
const watchTasks = `{
  const fresh = () => ({ longTasks: [], longestFrameMs: 0 })
  let watched = fresh()
  globalThis.takeFelt = () => {
    const taken = watched
    watched = fresh()
    return taken
  }
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) watched.longTasks.push(Math.round(duration))
  }).observe({ type: 'longtask' })
  let last = performance.now()
  const frame = (at) => {
    watched.longestFrameMs = Math.max(watched.longestFrameMs, Math.round(at - last))
    last = at
    requestAnimationFrame(frame)
  }
  requestAnimationFrame(frame)
}`

if (values.build) await buildConsole()
const folder = await mkdtemp(join(tmpdir(), 'yak-import-load-'))
try {
  const file = join(folder, 'readings.csv')
  const fileBytes = await writeLoadFile(file, rowCount)
  console.log({ rows: rowCount, fileMiB: Math.round(fileBytes / 1_048_576), partitions })
  for (const brokers of values.brokers.split(',').map(Number)) console.log(await measure(file, brokers))
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function measure(file: string, brokers: number) {
  const cluster = await ClusterProcesses.start(await mkdtemp(join(folder, 'brokers-')), brokers)
  const browser = await openBrowser()
  try {
    const client = new YakClient({ brokers: [...cluster.urls] })
    await client.admin().createTopic({ topic, partitions })
    const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } })
    page.on('pageerror', (error) => console.log(`exception: ${error.message}`))
    await page.addInitScript({ content: watchTasks })
    const before = performance.now()
    await prepareImport(page, { brokerUrl: cluster.urls[0]!, topic, file })
    const prepareMs = performance.now() - before
    const worker = await WorkerDevtools.attach(browser, 'yak-csv')
    const [pageBefore, workerBefore] = [await pageHeap(page), await worker.heapMiB()]
    const preparing = await felt(page)
    if (values.profile !== undefined) await worker.startProfile()
    const processor = cluster.brokers.map(({ cpuSeconds }) => cpuSeconds)
    const started = performance.now()
    await sendRows(page)
    await page.getByText('The same from elsewhere').waitFor({ timeout: sendMs })
    const sendingMs = performance.now() - started
    if (values.profile !== undefined) await worker.saveProfile(join(values.profile, `worker-${brokers}.cpuprofile`))
    const brokerSeconds = cluster.brokers.map(({ cpuSeconds }, index) => cpuSeconds - processor[index]!)
    const sending = await felt(page)
    const report = await readReport(page)
    const found = {
      brokers,
      rowsPerSecond: Math.round((rowCount * 1_000) / sendingMs),
      sendingMs: Math.round(sendingMs),
      /** Choosing the file, looking at every row for the types, and the dry pass. */
      prepareMs: Math.round(prepareMs),
      longestTaskMs: { preparing: longest(preparing), sending: longest(sending) },
      tasksOver50Ms: preparing.longTasks.length + sending.longTasks.length,
      longestFrameMs: { preparing: preparing.longestFrameMs, sending: sending.longestFrameMs },
      pageHeapMiB: [pageBefore, await pageHeap(page)],
      workerHeapMiB: [workerBefore, await worker.heapMiB()],
      brokerSeconds: brokerSeconds.map((seconds) => Number(seconds.toFixed(1))),
      brokerPeakMB: cluster.brokers.map(({ memory }) => Math.round(memory.peakMB)),
      report: { Sent: report.Sent, Failed: report.Failed, Skipped: report.Skipped },
      inTheBroker: await countOnce(client),
    }
    await client.close()
    return found
  } finally {
    await browser.close()
    await cluster.stop()
  }
}

/** Since it was last asked. */
async function felt(page: Page): Promise<Felt> {
  return (await page.evaluate('takeFelt()')) as Felt
}

function longest({ longTasks }: Felt): number {
  return longTasks.reduce((most, each) => Math.max(most, each), 0)
}

/** After collection. */
async function pageHeap(page: Page): Promise<number> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('HeapProfiler.collectGarbage')
  const { usedSize } = await devtools.send('Runtime.getHeapUsage')
  await devtools.detach()
  return Math.round(usedSize / 104_857.6) / 10
}

/** Reads all of the topic; each row by its number, which it carries. */
async function countOnce(client: YakClient): Promise<number> {
  const seen = new Uint8Array(rowCount)
  let count = 0
  const consumer = client.consumer<{ readonly row: number }>({ topics: [topic], from: 'earliest', follow: false })
  for await (const { value, partition, offset } of consumer) {
    if (seen[value.row] !== 0) throw new Error(`p${partition}@${offset}: row ${value.row} is there twice, or no row`)
    seen[value.row] = 1
    count++
  }
  if (count !== rowCount) throw new Error(`${count} rows are in the topic, of ${rowCount}`)
  return count
}
