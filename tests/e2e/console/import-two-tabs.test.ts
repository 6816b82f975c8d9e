import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Cluster, startCluster } from '@yak/broker'
import { YakClient } from '@yak/client'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hasChromium, openBrowser } from './browser.ts'
import { prepareImport, sendRows } from './csv-import-steps.ts'
import { writeLoadFile } from './load-file.ts'

if (!hasChromium() && process.env.CI) throw new Error('CI has no Chromium. Install it, or name it in YAK_CHROMIUM.')

const topic = 'readings'
/** More than goes into one round. */
const rowCount = 30_000

/** One import, two tabs that go on with it: each row once, whichever of them sends. */
describe.skipIf(!hasChromium())('an import in two tabs', () => {
  let cluster: Cluster
  let client: YakClient
  let browser: Browser
  let context: BrowserContext
  let folder: string
  let file: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'yak-two-tabs-'))
    file = join(folder, 'readings.csv')
    await writeLoadFile(file, rowCount)
    cluster = await startCluster({ brokers: 1 })
    client = new YakClient({ brokers: [...cluster.urls] })
    await client.admin().createTopic({ topic, partitions: 1 })
  })
  afterEach(async () => {
    await browser?.close()
    await client?.close()
    await cluster?.close()
    await rm(folder, { recursive: true, force: true })
  })

  /** As a person opens it: by an address, or by a name without TLS, where a browser has no locks. */
  async function open(by: 'address' | 'name'): Promise<string> {
    browser = await openBrowser(['--host-resolver-rules=MAP broker.test 127.0.0.1'])
    context = await browser.newContext({ viewport: { width: 1440, height: 1000 } })
    const [url] = cluster.urls
    return by === 'address' ? url! : url!.replace('127.0.0.1', 'broker.test')
  }

  /** At the last step before rows go out. */
  async function newImport(brokerUrl: string): Promise<Page> {
    const page = await context.newPage()
    page.on('dialog', (dialog) => void dialog.accept())
    await prepareImport(page, { brokerUrl, topic, file })
    return page
  }

  const chooseFile = (page: Page) => page.getByLabel('Choose the same file').setInputFiles(file)
  const isDone = (page: Page) => page.getByText('done', { exact: true }).waitFor()

  async function expectEachOnce(): Promise<void> {
    const rows: number[] = []
    const consumer = client.consumer<{ readonly row: number }>({ topics: [topic], from: 'earliest', follow: false })
    for await (const { value } of consumer) rows.push(value.row)
    expect(rows).toHaveLength(rowCount)
    expect(rows.every((row, index) => row === index)).toBe(true)
  }

  test('a tab that has it as it was before the other sent it all sends nothing more', async () => {
    const url = await open('address')
    const first = await newImport(url)
    await context.route('**/v1/producer-ids', (route) => route.abort())
    await sendRows(first)
    await first.waitForURL('**/produce/csv/*-*')
    await first.getByText(/^Waiting/).waitFor()
    await first.reload()
    await first.getByText(/to go on at row 1 of/).waitFor()
    const second = await context.newPage()
    await second.goto(first.url())
    await second.getByText(/to go on at row 1 of/).waitFor()
    await context.unroute('**/v1/producer-ids')
    await chooseFile(first)
    await isDone(first)
    await chooseFile(second)
    await isDone(second)
    await expectEachOnce()
  })

  test('a tab that takes it over from one that is sending ends the other’s sending', async () => {
    const url = await open('name')
    const first = await newImport(url)
    let release = () => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    await first.route('**/v1/produce', async (route) => {
      await released
      await route.continue()
    })
    const asked = first.waitForRequest('**/v1/produce')
    await sendRows(first)
    await asked
    expect(await first.evaluate('navigator.locks'), 'as over plain HTTP').toBeUndefined()
    const second = await context.newPage()
    await second.goto(first.url())
    await chooseFile(second)
    await isDone(second)
    release()
    await first.getByText('This import goes on in another tab. This one sends no more of it.').waitFor()
    await expectEachOnce()
  })

  test('a tab is refused while another sends, where the browser has locks', async () => {
    const url = await open('address')
    const first = await newImport(url)
    await context.route('**/v1/producer-ids', (route) => route.abort())
    await sendRows(first)
    await first.getByText(/^Waiting/).waitFor()
    const second = await context.newPage()
    await second.goto(first.url())
    await chooseFile(second)
    await second.getByText('Another tab of this browser runs this import. It goes on there.').waitFor()
    await context.unroute('**/v1/producer-ids')
    await isDone(first)
    await expectEachOnce()
  })
})
