import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { YakClient } from '@yak/client'
import { ClusterProcesses } from '../../../benchmarks/src/broker-process.ts'
import { openBrowser } from './browser.ts'
import buildConsole from './build-console.ts'
import { felt, longest, watchTasks } from './felt.ts'
import { writeLoadFile } from './load-file.ts'
import type { TargetDevtools } from './target-devtools.ts'
import { UnwatchedPage } from './unwatched-page.ts'

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
/** Of a pass over the whole file, and of sending it. */
const passMs = 600_000
const sendButton = /^Send \d/
const sendForMs = values['send-for'] === undefined ? undefined : Number(values['send-for']) * 1_000
const sampleMs = 2_000

interface MemoryWatch {
  /** The most so far at any moment that was looked at: both heaps with what the collector had not taken, and their process as the system counts it. */
  readonly peakMiB: { page: number; worker: number; process: number }
  end(): Promise<void>
}

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
    const page = await UnwatchedPage.open(browser, `${cluster.urls[0]}/console/produce/csv?topic=${topic}`, watchTasks)
    const worker = await page.devtools.worker('csv-worker')
    const [pageBefore, workerBefore] = [await page.devtools.heapMiB(), await worker.heapMiB()]
    const processBefore = await page.processMiB()
    const memory = watchMemory(page, worker)
    await felt(page)
    const before = performance.now()
    await page.setFile(file)
    await page.click(/^Map columns$/)
    await page.waitForButton(/^Check all rows$/, passMs)
    const typesMs = performance.now() - before
    console.log(`types: done ${Math.round(typesMs)} ms after the file was chosen`)
    await page.click(/^Check all rows$/)
    await page.waitForButton(sendButton, passMs)
    const prepareMs = performance.now() - before
    console.log(`check: done ${Math.round(prepareMs)} ms after the file was chosen`)
    const preparing = await felt(page)
    const processChecked = await page.processMiB()
    if (values.profile !== undefined) await worker.startProfile()
    const processor = cluster.brokers.map(({ cpuSeconds }) => cpuSeconds)
    const started = performance.now()
    await page.click(sendButton)
    if (sendForMs !== undefined) {
      await delay(sendForMs)
      await page.click(/^Cancel$/)
    }
    await page.waitForText('The same from elsewhere', passMs)
    const sendingMs = performance.now() - started
    if (values.profile !== undefined) await worker.saveProfile(join(values.profile, `worker-${brokers}.cpuprofile`))
    const brokerSeconds = cluster.brokers.map(({ cpuSeconds }, index) => cpuSeconds - processor[index]!)
    const sending = await felt(page)
    await memory.end()
    const processMiB = [processBefore, processChecked, await page.processMiB()]
    const report = await readReport(page)
    const sent = Number(report.Sent)
    const found = {
      brokers,
      rowsPerSecond: Math.round((sent * 1_000) / sendingMs),
      sendingMs: Math.round(sendingMs),
      /** Choosing the file, looking at every row for the types, and the dry pass. */
      prepareMs: Math.round(prepareMs),
      passRowsPerSecond: {
        types: Math.round((rowCount * 1_000) / typesMs),
        check: Math.round((rowCount * 1_000) / (prepareMs - typesMs)),
      },
      longestTaskMs: { preparing: longest(preparing), sending: longest(sending) },
      tasksOver50Ms: preparing.longTasks.length + sending.longTasks.length,
      longestFrameMs: { preparing: preparing.longestFrameMs, sending: sending.longestFrameMs },
      pageHeapMiB: [pageBefore, await page.devtools.heapMiB()],
      workerHeapMiB: [workerBefore, await worker.heapMiB()],
      peakMiB: memory.peakMiB,
      /** Of page and worker: before a file, when it was checked, and when it was sent. */
      processMiB,
      brokerSeconds: brokerSeconds.map((seconds) => Number(seconds.toFixed(1))),
      brokerPeakMB: cluster.brokers.map(({ memory }) => Math.round(memory.peakMB)),
      report,
      inTheBroker: await countOnce(client, sent),
    }
    await client.close()
    return found
  } finally {
    await browser.close()
    await cluster.stop()
  }
}

/** The figures of a job that is over, by what stands above them. */
async function readReport(page: UnwatchedPage) {
  const figures = (await page.evaluate(`['Sent', 'Failed', 'Skipped'].map((label) => {
    const found = [...document.querySelectorAll('.eyebrow')].find((each) => each.textContent === label)
    return found.nextElementSibling.textContent.replaceAll('\u00a0', '')
  })`)) as readonly [string, string, string]
  return { Sent: figures[0], Failed: figures[1], Skipped: figures[2] }
}

function watchMemory(page: UnwatchedPage, worker: TargetDevtools): MemoryWatch {
  const ended = new AbortController()
  const peakMiB = { page: 0, worker: 0, process: 0 }
  const look = async () => {
    while (!ended.signal.aborted) {
      peakMiB.page = Math.max(peakMiB.page, await page.devtools.heapInUseMiB())
      peakMiB.worker = Math.max(peakMiB.worker, await worker.heapInUseMiB())
      peakMiB.process = Math.max(peakMiB.process, await page.processMiB())
      await delay(sampleMs, undefined, { signal: ended.signal }).catch(() => {})
    }
  }
  const looking = look()
  return {
    peakMiB,
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
