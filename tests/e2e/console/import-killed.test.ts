import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { partitionForKey } from '@yak/protocol'
import type { TopicDescription } from '@yak/protocol/schemas'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { ImportJob } from '../../../apps/console/src/features/csv-import/import-job.ts'
import type { BrokerProcess } from '../../faults/harness/broker-process.ts'
import { FaultCluster, type FaultClusterOptions } from '../../faults/harness/fault-cluster.ts'
import { until } from '../../faults/harness/until.ts'
import { type Reading, readingCount, readingsOf, serverMetricsFile } from '../server-metrics.ts'
import { hasChromium, openBrowser } from './browser.ts'
import { prepareImport, readReport, sendRows } from './csv-import-steps.ts'

if (!hasChromium() && process.env.CI) throw new Error('CI has no Chromium. Install it, or name it in YAK_CHROMIUM.')

const topic = 'server_metrics'
const partitions = 3

/** As the console sends them: a decimal stays a number. */
type StoredReading = Omit<Reading, 'value'> & { readonly value: number }

/** An import from a browser while a broker's process ends without a word: each row once, whichever broker it was. */
describe.skipIf(!hasChromium())('SIGKILL during an import', () => {
  let browser: Browser
  let folder: string
  let file: string
  let readings: StoredReading[]

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'yak-import-killed-'))
    file = await serverMetricsFile(folder)
    readings = readingsOf(await readFile(file, 'utf8')).map((each) => ({ ...each, value: Number(each.value) }))
    expect(readings).toHaveLength(readingCount)
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  })

  async function startCluster(options: FaultClusterOptions): Promise<FaultCluster> {
    const cluster = await FaultCluster.start({ coordinator: 'sqlite', ...options })
    onTestFinished(() => cluster.close())
    await cluster.client().admin().createTopic({ topic, partitions })
    return cluster
  }

  /** The page that a broker serves, at the last step before rows go out. */
  async function openImport(cluster: FaultCluster, home: BrokerProcess): Promise<Page> {
    const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } })
    onTestFinished(() => page.close())
    page.on('dialog', (dialog) => void dialog.accept())
    const brokerUrl = cluster.clientUrls[cluster.brokers.indexOf(home)]!
    await prepareImport(page, { brokerUrl, topic, file })
    return page
  }

  /** Rows that are committed, as a broker knows it; undefined: it does not answer. */
  async function committedRows(broker: BrokerProcess): Promise<number | undefined> {
    try {
      const answer = await fetch(`${broker.url}/topics/${topic}`, { signal: AbortSignal.timeout(2_000) })
      const { partitions } = (await answer.json()) as TopicDescription
      return partitions.reduce((sum, { highWatermark }) => sum + highWatermark, 0)
    } catch {
      return undefined
    }
  }

  /** All of the topic, read partition by partition; and what the page says of it. */
  async function expectAllOnce(cluster: FaultCluster, page: Page): Promise<void> {
    await page.getByText('The same from elsewhere').waitFor({ timeout: 90_000 })
    const report = await readReport(page)
    const places = new Map<string, number>()
    const next = new Array<number>(partitions).fill(0)
    const stored: { readonly partition: number; readonly key: string; readonly value: StoredReading }[] = []
    const consumer = cluster.client().consumer<StoredReading>({ topics: [topic], from: 'earliest', follow: false })
    for await (const { partition, offset, key, value } of consumer) {
      expect(offset, `the next offset of partition ${partition}`).toBe(next[partition]!++)
      stored.push({ partition, key: key!, value })
      places.set(JSON.stringify(value), offset)
    }
    expect(stored).toHaveLength(readings.length)
    const sent = Map.groupBy(readings, ({ host }) => host)
    const byKey = Map.groupBy(stored, ({ key }) => key)
    expect([...byKey.keys()].toSorted()).toEqual([...sent.keys()].toSorted())
    for (const [host, own] of byKey) {
      expect(new Set(own.map(({ partition }) => partition)), host).toEqual(new Set([partitionForKey(host, partitions)]))
      expect(
        own.map(({ value }) => value),
        host,
      ).toEqual(sent.get(host))
    }
    const placeOf = (reading: StoredReading) =>
      `p${partitionForKey(reading.host, partitions)}@${places.get(JSON.stringify(reading))}`
    expect(report).toMatchObject({
      Sent: String(readingCount),
      Failed: '0',
      Skipped: '0',
      'First message': `row 1 at ${placeOf(readings[0]!)}`,
      'Last message': `row ${readingCount} at ${placeOf(readings.at(-1)!)}`,
    })
    await page.getByText('done', { exact: true }).waitFor()
  }

  const cases: readonly {
    readonly what: string
    readonly served: 'leader' | 'follower'
    readonly killed: 'leader' | 'home'
  }[] = [
    { what: 'the leader, while a follower serves the page', served: 'follower', killed: 'leader' },
    { what: 'the leader, which serves the page too', served: 'leader', killed: 'leader' },
    { what: 'the follower that serves the page', served: 'follower', killed: 'home' },
  ]
  test.each(cases)('of $what', async ({ served, killed }) => {
    const cluster = await startCluster({})
    const leader = await cluster.leader()
    const home = served === 'leader' ? leader : cluster.others(leader.id)[0]!
    const victim = killed === 'leader' ? leader : home
    const page = await openImport(cluster, home)
    await sendRows(page)
    const committed = await until('first rows', async () => (await committedRows(leader)) || undefined)
    await victim.kill()
    expect(committed).toBeLessThan(readingCount)
    await expectAllOnce(cluster, page)
    if (victim === home) await page.getByText(/now talking to/).waitFor()
  })

  test('of the leader, when a round is written everywhere and its answer has not arrived', async () => {
    const cluster = await startCluster({ isLinked: true })
    const leader = await cluster.leader()
    const page = await openImport(cluster, cluster.others(leader.id)[0]!)
    await sendRows(page)
    await until('first rows', async () => (await committedRows(leader)) || undefined)
    const link = cluster.links.between('client', leader.id)
    link.hold('toClient')
    const pending = await until('a round that is written, and its answer held back', async () => {
      if (link.heldBytes('toClient') === 0) return undefined
      const { pending: before } = await storedJob(page)
      // What was let through before has arrived when this has: with it the page may go on to its next round.
      await page.evaluate(`fetch('/health')`)
      const { pending: after } = await storedJob(page)
      const isWritten = after?.endRow === (await committedRows(leader))
      return isWritten && isDeepStrictEqual(before, after) ? after : undefined
    })
    await leader.kill()
    link.cut()
    expect((await storedJob(page)).pending, 'it is still unanswered').toEqual(pending)
    link.heal()
    await expectAllOnce(cluster, page)
  })
})

/** The job that the page keeps in its database. */
async function storedJob(page: Page): Promise<Pick<ImportJob, 'next' | 'pending'>> {
  return page.evaluate(`new Promise((resolve, reject) => {
    const opening = indexedDB.open('yak.imports')
    opening.onerror = () => reject(opening.error)
    opening.onsuccess = () => {
      const reading = opening.result.transaction('jobs').objectStore('jobs').getAll()
      reading.onsuccess = () => resolve(reading.result[0])
      reading.onerror = () => reject(reading.error)
      opening.result.close()
    }
  })`)
}
