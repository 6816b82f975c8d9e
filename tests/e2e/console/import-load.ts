import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { YakClient } from '@yak/client'
import type { Browser, Page } from 'playwright-core'
import { ClusterProcesses } from '../../../benchmarks/src/broker-process.ts'
import { until } from '../../faults/harness/until.ts'
import { openBrowser } from './browser.ts'
import buildConsole from './build-console.ts'
import { prepareImport, readReport, sendRows } from './csv-import-steps.ts'
import { writeLoadFile } from './load-file.ts'
import { WorkerDevtools } from './worker-devtools.ts'

/**
 *     pnpm import-load [--rows 1000000] [--brokers 3,1] [--send-for SECONDS] [--no-build] [--profile FOLDER]
 *
 * Imports a file of its own making through the console's page into a cluster of broker processes, and says how many rows a second
 * were acknowledged, what the page felt meanwhile (long tasks by the browser's own count) and what it and its worker hold
 * afterwards. Then it reads the topic: a row that is missing, or there twice, is an error. All else is a measurement, not a check: a
 * shared machine decides too much of it. With `--send-for` the import is cancelled after so long, so that a file of any size can be
 * looked at; what the page says was sent must be in the topic, once. `--profile` leaves a profile of the worker for each run.
 */
const { values } = parseArgs({
  allowNegative: true,
  options: {
    rows: { type: 'string', default: '1000000' },
    brokers: { type: 'string', default: '3,1' },
    'send-for': { type: 'string' },
    build: { type: 'boolean', default: true },
    profile: { type: 'string' },
  },
})
const rowCount = Number(values.rows)
const topic = 'readings'
const partitions = 3
const sendMs = 600_000
const sendForMs = values['send-for'] === undefined ? undefined : Number(values['send-for']) * 1_000
const sampleMs = 2_000

interface Felt {
  readonly longTasks: readonly number[]
  readonly longestFrameMs: number
}

interface HeapWatch {
  end(): Promise<{ readonly page: number; readonly worker: number }>
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
    let before = 0
    let open:
      | { readonly worker: WorkerDevtools; readonly heaps: HeapWatch; readonly before: [number, number] }
      | undefined
    const passedAt = { types: 0, check: 0 }
    await prepareImport(page, {
      ...{ brokerUrl: cluster.urls[0]!, topic, file, stepMs: sendMs },
      onOpen: async () => {
        const worker = await workerOf(page, browser)
        open = { worker, before: [await pageHeap(page), await worker.heapMiB()], heaps: watchHeaps(page, worker) }
        await felt(page)
        before = performance.now()
      },
      onPass: (pass) => {
        passedAt[pass] = performance.now()
        console.log(`${pass}: done ${Math.round(passedAt[pass] - before)} ms after the file was chosen`)
      },
    })
    const prepareMs = performance.now() - before
    const { worker, heaps } = open!
    const [pageBefore, workerBefore] = open!.before
    const preparing = await felt(page)
    if (values.profile !== undefined) await worker.startProfile()
    const processor = cluster.brokers.map(({ cpuSeconds }) => cpuSeconds)
    const started = performance.now()
    await sendRows(page)
    if (sendForMs !== undefined) {
      await delay(sendForMs)
      await page.getByRole('button', { name: 'Cancel' }).click()
    }
    await page.getByText('The same from elsewhere').waitFor({ timeout: sendMs })
    const sendingMs = performance.now() - started
    if (values.profile !== undefined) await worker.saveProfile(join(values.profile, `worker-${brokers}.cpuprofile`))
    const brokerSeconds = cluster.brokers.map(({ cpuSeconds }, index) => cpuSeconds - processor[index]!)
    const sending = await felt(page)
    const report = await readReport(page)
    const sent = Number(report.Sent)
    const found = {
      brokers,
      rowsPerSecond: Math.round((sent * 1_000) / sendingMs),
      sendingMs: Math.round(sendingMs),
      /** Choosing the file, looking at every row for the types, and the dry pass. */
      prepareMs: Math.round(prepareMs),
      passRowsPerSecond: {
        types: Math.round((rowCount * 1_000) / (passedAt.types - before)),
        check: Math.round((rowCount * 1_000) / (passedAt.check - passedAt.types)),
      },
      longestTaskMs: { preparing: longest(preparing), sending: longest(sending) },
      tasksOver50Ms: preparing.longTasks.length + sending.longTasks.length,
      longestFrameMs: { preparing: preparing.longestFrameMs, sending: sending.longestFrameMs },
      pageHeapMiB: [pageBefore, await pageHeap(page)],
      workerHeapMiB: [workerBefore, await worker.heapMiB()],
      /** The most at any moment that was looked at, with what the collector had not taken. */
      peakHeapMiB: await heaps.end(),
      brokerSeconds: brokerSeconds.map((seconds) => Number(seconds.toFixed(1))),
      brokerPeakMB: cluster.brokers.map(({ memory }) => Math.round(memory.peakMB)),
      report: { Sent: report.Sent, Failed: report.Failed, Skipped: report.Skipped },
      inTheBroker: await countOnce(client, sent),
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

/** Started with the page; its script comes a moment later. */
async function workerOf(page: Page, browser: Browser): Promise<WorkerDevtools> {
  await until('the worker', () => page.workers().some((each) => each.url().includes('csv-worker')))
  return WorkerDevtools.attach(browser, 'yak-csv')
}

/** Looks at both heaps every few seconds. */
function watchHeaps(page: Page, worker: WorkerDevtools): HeapWatch {
  const ended = new AbortController()
  const look = async () => {
    const devtools = await page.context().newCDPSession(page)
    const peaks = { page: 0, worker: 0 }
    while (!ended.signal.aborted) {
      const { usedSize } = await devtools.send('Runtime.getHeapUsage')
      peaks.page = Math.max(peaks.page, Math.round(usedSize / 104_857.6) / 10)
      peaks.worker = Math.max(peaks.worker, await worker.heapInUseMiB())
      await delay(sampleMs, undefined, { signal: ended.signal }).catch(() => {})
    }
    return peaks
  }
  const looking = look()
  return {
    end: () => {
      ended.abort()
      return looking
    },
  }
}

/** Reads all of the topic; each row by its number, which it carries. All that were sent are there; after a cancel, perhaps more. */
async function countOnce(client: YakClient, sent: number): Promise<number> {
  const seen = new Uint8Array(rowCount)
  let count = 0
  const consumer = client.consumer<{ readonly row: number }>({ topics: [topic], from: 'earliest', follow: false })
  for await (const { value, partition, offset } of consumer) {
    if (seen[value.row] !== 0) throw new Error(`p${partition}@${offset}: row ${value.row} is there twice, or no row`)
    seen[value.row] = 1
    count++
  }
  const isRight = sendForMs === undefined ? count === rowCount && sent === rowCount : count >= sent
  if (!isRight) throw new Error(`${count} rows are in the topic, of ${rowCount}, and ${sent} were told to be sent`)
  return count
}
