import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startCluster } from '@yak/broker'
import { openBrowser } from './browser.ts'
import { openConsole } from './console-site.ts'
import { felt, longest, watchTasks } from './felt.ts'
import { UnwatchedPage } from './unwatched-page.ts'

/**
 *     node --conditions=@yak/source tests/e2e/console/consume-load.ts [--rate 5000] [--seconds 60] [--url URL] [--build]
 *
 * Watches a topic in the console while messages come at a rate, and says what the browser felt: long tasks by the browser's
 * own count, the same tasks in time on the processor (what a machine with nothing else to do would take), and the heap after
 * collection. A measurement, not a check: a shared machine decides too much of it.
 */
const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '5000' },
    seconds: { type: 'string', default: '60' },
    url: { type: 'string' },
    build: { type: 'boolean', default: false },
  },
})
const rate = Number(values.rate)
const seconds = Number(values.seconds)
const topic = 'load'
const partitions = 6

await using cluster = values.url === undefined ? await startCluster({ brokers: 1 }) : undefined
const broker = values.url ?? cluster!.urls[0]!
await post('/topics', { name: topic, partitions })
await using site = await openConsole(broker, { fresh: values.build })
const browser = await openBrowser()
try {
  const page = await UnwatchedPage.open(
    browser,
    `${site.url}/consume?s=${encodeURIComponent(JSON.stringify([topic]))}`,
    watchTasks,
  )
  await page.waitForText('live', 20_000)
  await browser.startTracing(undefined, { categories: ['toplevel'] })
  // The ring fills in the first second or so; growth counts from then on.
  const sent = { count: 0 }
  const heaps: number[] = []
  await felt(page)
  const started = performance.now()
  const producing = produce(sent, started)
  while (performance.now() - started < seconds * 1_000) {
    await delay(10_000)
    heaps.push(Math.round(await page.devtools.heapMiB()))
  }
  await producing
  await delay(2_000)
  const whole = await felt(page)
  const tasks = mainThreadTasks((await browser.stopTracing()).toString())
  const elapsed = (performance.now() - started) / 1_000
  const card = await page.evaluate(
    `[...document.querySelectorAll('li')].find((each) => each.textContent.includes('${topic}'))?.textContent ?? ''`,
  )
  console.log({
    sent: sent.count,
    perSecond: Math.round(sent.count / seconds),
    card: String(card).replaceAll(/\s+/g, ' '),
    longTasks: whole.longTasks.length,
    over100Ms: whole.longTasks.filter((ms) => ms > 100),
    longestMs: longest(whole),
    processor: tasks,
    longestFrameMs: whole.longestFrameMs,
    framesPerSecond: Math.round(whole.frames / elapsed),
    heapMiB: heaps,
  })
} finally {
  await browser.close()
}

interface TraceEvent {
  readonly name: string
  readonly ph: string
  readonly pid: number
  readonly tid: number
  /** Microseconds on the processor. */
  readonly tdur?: number
  readonly args: { readonly name?: string }
}

function mainThreadTasks(trace: string): { longestMs: number; over50Ms: number; busyMs: number } {
  const { traceEvents } = JSON.parse(trace) as { traceEvents: readonly TraceEvent[] }
  const threads = traceEvents.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
  const ms = traceEvents
    .filter(
      ({ name, ph, pid, tid }) =>
        name === 'ThreadControllerImpl::RunTask' &&
        ph === 'X' &&
        threads.some((each) => each.pid === pid && each.tid === tid),
    )
    .map(({ tdur = 0 }) => tdur / 1_000)
  return {
    longestMs: Math.round(ms.reduce((most, each) => Math.max(most, each), 0)),
    over50Ms: ms.filter((each) => each > 50).length,
    busyMs: Math.round(ms.reduce((sum, each) => sum + each, 0)),
  }
}

async function produce(sent: { count: number }, started: number): Promise<void> {
  let id = 0
  while (performance.now() - started < seconds * 1_000) {
    const due = Math.floor(((performance.now() - started) / 1_000) * rate) - sent.count
    if (due > 0) {
      const records = Array.from({ length: Math.min(due, 1_000) }, () => ({
        key: `customer-${id % 97}`,
        value: { id: id++, total: (id % 1_000) / 10, user: { id: 9_007_199_254_740_991 - id, name: 'Grete Hermann' } },
      }))
      await post('/produce', { topic, records })
      sent.count += records.length
    }
    await delay(20)
  }
}

async function post(path: string, body: unknown): Promise<void> {
  const response = await fetch(broker + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) console.log(`${path}: ${response.status} ${await response.text()}`)
}
