import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '@yak/election/testing'
import type { HealthResponse } from '@yak/protocol/schemas'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { YakProcess } from '../../../apps/cli/test/yak-process.ts'
import { type Reading, readingCount, readingsOf, serverMetricsFile } from '../server-metrics.ts'
import { hasChromium, openBrowser } from './browser.ts'

if (!hasChromium() && process.env.CI) throw new Error('CI has no Chromium. Install it, or name it in YAK_CHROMIUM.')

const topic = 'server_metrics'
const patienceMs = 60_000

/** What a person does on the first evening, with the brokers of `yak dev`: processes that are killed as a crash would. */
describe.skipIf(!hasChromium())('from the printed address to a killed leader', () => {
  let browser: Browser
  let page: Page
  let dev: YakProcess
  let folder: string
  let file: string
  let readings: Reading[]
  let address: string
  const complaints: string[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'yak-main-path-'))
    file = await serverMetricsFile(folder)
    readings = readingsOf(await readFile(file, 'utf8'))
    dev = await startDev(folder)
    address = /console +(http:\S+)/.exec(dev.stdout)![1]!
    browser = await openBrowser()
    page = await browser.newPage({ viewport: { width: 1440, height: 1000 } })
    page.setDefaultTimeout(patienceMs)
    page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`))
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
  })
  afterAll(async () => {
    await browser?.close()
    dev?.child.kill('SIGTERM')
    await dev?.finished
    if (folder !== undefined) await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  test('a topic is created and a message sent', async () => {
    await page.goto(address)
    await page.getByRole('heading', { level: 1, name: 'Healthy: 3 brokers, no topic yet.' }).waitFor()
    await page.getByText('Create your first topic').click()
    const name = page.getByRole('textbox', { name: 'Name' })
    await name.fill(topic)
    await name.press('Enter')
    await page.waitForURL(`**/topics/${topic}/messages`)
    await page.getByText('No message yet').waitFor()
    await page.goBack()
    await page.getByRole('heading', { level: 1, name: /^Healthy: 3 brokers/ }).waitFor()
    expect(await page.getByRole('dialog').count()).toBe(0)
    await page.goForward()
    await page.getByText('No message yet').waitFor()

    await page.getByRole('link', { name: 'Produce', exact: true }).click()
    await page.getByRole('combobox', { name: 'Topic' }).fill(topic)
    await page.keyboard.press('Escape')
    await page.getByRole('textbox', { name: 'Key' }).fill('a-host')
    await page.getByRole('textbox', { name: 'Value' }).fill('{"note":"the first","exact":9007199254740993}')
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    await page.getByRole('link', { name: /^p\d@0$/ }).waitFor()
    expect(complaints).toEqual([])
  })

  test('the file is imported with the host as key', async () => {
    await page.getByRole('link', { name: 'Import CSV' }).click()
    await page.locator('input[type=file]').setInputFiles(file)
    await page.getByRole('button', { name: 'Map columns' }).click()
    await page.getByText('Rows 1 to 3 as messages').waitFor()
    await page.getByRole('radio', { name: 'Column', exact: true }).check()
    await page.getByRole('combobox', { name: 'Column', exact: true }).selectOption('host')
    await page.getByRole('button', { name: 'Check all rows' }).click()
    await page.getByRole('button', { name: /^Send 67/ }).click()
    await page.getByText('The same from elsewhere').waitFor()

    const { url } = (await health(new URL(address).origin)).leader!
    const response = await fetch(`${url}/topics/${topic}`)
    const { partitions } = (await response.json()) as { partitions: { highWatermark: number }[] }
    expect(partitions.reduce((sum, { highWatermark }) => sum + highWatermark, 0)).toBe(readingCount + 1)
    expect(complaints).toEqual([])
  })

  test('one reading is found by its time', async () => {
    // Near the middle of the file, so that neither end of the log has it, and alone in its minute, or with as few as there are.
    const minutes = readings.map(({ timestamp }) => timestamp.slice(0, 16))
    const ofMinute = Map.groupBy(minutes, (minute) => minute)
    const fewest = Math.min(...Array.from(ofMinute.values(), ({ length }) => length))
    const at = minutes.findIndex((minute, row) => row > readings.length / 2 && ofMinute.get(minute)!.length === fewest)
    const { timestamp, host } = readings[at]!
    await page.getByRole('link', { name: 'Topics', exact: true }).click()
    await page.getByRole('link', { name: topic, exact: true }).click()
    await page.waitForURL(`**/topics/${topic}/messages`)
    // Its own time, where the time of sending is asked for: the page says so, and looks for it in the messages.
    await page.getByRole('radio', { name: 'Time' }).check()
    const field = page.getByLabel(/^Time, /)
    await field.fill(timestamp)
    await field.press('Enter')
    await page.getByText('a time here is when a message was sent, not one that stands in it').waitFor()
    await page.getByRole('button', { name: `Look for "${minutes[at]}" in the messages` }).press('Enter')
    const filter = page.getByLabel('Filter', { exact: true })
    expect(await filter.inputValue()).toBe(`"${minutes[at]}"`)
    expect(await filter.evaluate('document.activeElement.ariaLabel')).toBe('Filter')
    await page.getByText(new RegExp(`^${fewest} of 67.741 match`)).waitFor()
    await page.getByRole('grid').getByText(host).first().click()
    const panel = page.getByRole('complementary', { name: 'Message' })
    await panel.getByText(`"${timestamp}"`).waitFor()
    // The same in words of the filter.
    await filter.fill(`key == "${host}" && value.timestamp == "${timestamp}"`)
    await page.getByText(/^1 of 67.741 match/).waitFor()
    expect(complaints).toEqual([])
  })

  test('Consume shows all of it and outlives the leader, which served the page; the timeline shows the change', async () => {
    const origin = new URL(address).origin
    const before = await health(origin)
    // The broker that will be gone is both: it leads, and the page came from it.
    expect(before.leader?.url).toBe(origin)
    await page.goto(`${address}consume?s=${encodeURIComponent(JSON.stringify([`${topic}@earliest`]))}`)
    const card = page.getByRole('list', { name: 'Subscriptions' }).getByRole('listitem')
    // Not the lag, which is as much before the first message has come.
    const received = (count: string) => card.getByText(new RegExp(`received${count}`)).waitFor()
    await received('67\u00a0741')

    process.kill(await pidOfBroker(dev, before.brokerId), 'SIGKILL')
    const list = page.getByRole('log', { name: 'Messages' })
    await list.getByText(/^Reconnected to b\d after .*, 0 lost\.$/).waitFor()
    const survivor = urlsOf(dev).find((url) => url !== origin)!
    await expect.poll(async () => (await health(survivor)).epoch, { timeout: patienceMs }).toBeGreaterThan(before.epoch)
    await produce(survivor, { after: 'the kill' })
    await list.getByText('the kill').waitFor()
    await received('67\u00a0742')
    expect(await card.getByText(/fault/).count()).toBe(0)

    await page.getByRole('navigation').getByRole('link', { name: 'Timeline', exact: true }).click()
    const changes = page.getByRole('list', { name: 'Changes of leader' })
    await changes.getByText('without a leader', { exact: true }).waitFor()
    await changes.getByText(`epoch ${before.epoch} →`).waitFor()
    expect(complaints.filter((text) => !/ERR_CONNECTION|WebSocket connection|503/.test(text))).toEqual([])
  })
})

/** Three brokers on ports that follow each other. Somebody else may have taken one of them in between. */
async function startDev(folder: string): Promise<YakProcess> {
  for (let attempt = 1; ; attempt++) {
    const dev = new YakProcess([
      ...['dev', '--no-build', '--lease-ms', '1500', '--port', String(await freePort())],
      ...['--data-dir', join(folder, `data-${attempt}`)],
    ])
    try {
      await dev.until(({ stdout }) => stdout.includes('  stop '))
      return dev
    } catch (error) {
      if (attempt === 5) throw error
    }
  }
}

async function pidOfBroker(dev: YakProcess, id: string): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,args='])
  const line = stdout
    .split('\n')
    .find((each) => each.trim().split(/\s+/)[1] === String(dev.child.pid) && each.includes(` --id ${id} `))
  if (line === undefined) throw new Error(`No process of broker ${id} under yak dev:\n${stdout}`)
  return Number.parseInt(line, 10)
}

async function health(url: string): Promise<HealthResponse> {
  const response = await fetch(`${url}/health`)
  return (await response.json()) as HealthResponse
}

/** Of all brokers, as printed. */
function urlsOf(dev: YakProcess): string[] {
  return [...dev.stdout.matchAll(/^ +broker \d +(http:\S+)/gm)].map(([, url]) => url!)
}

/** Until a leader took it: the new one may just be elected. */
async function produce(url: string, value: unknown): Promise<void> {
  const send = async () => {
    const answer = await fetch(`${url}/produce`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ topic, key: 'a-host', value }),
    })
    return answer.status
  }
  await expect.poll(send, { timeout: patienceMs }).toBe(200)
}
