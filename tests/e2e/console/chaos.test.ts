import { type Cluster, startCluster } from '@yak/broker'
import type { JournalResponse } from '@yak/protocol/schemas'
import type { Browser, Page } from 'playwright-core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { until } from '../../faults/harness/until.ts'
import { askLeader } from './ask-leader.ts'
import { hasChromium, openBrowser } from './browser.ts'

if (!hasChromium()) {
  if (process.env.CI) throw new Error('CI has no Chromium. Install it, or name it in YAK_CHROMIUM.')
  console.warn('SKIPPED: chaos from the console, since there is no Chromium (YAK_CHROMIUM)')
}

describe.skipIf(!hasChromium())('chaos', () => {
  let browser: Browser
  let cluster: Cluster
  let page: Page

  beforeEach(async () => {
    browser = await openBrowser()
    page = await browser.newPage({ viewport: { width: 1440, height: 1000 } })
  })
  afterEach(async () => {
    await browser.close()
    await cluster.close()
  })

  test('a broker that may be hurt is cut from its coordinator, by its button at another broker’s page', async () => {
    // It outlasts the cut: the broker is to lead still when its coordinator is back, however busy the machine is.
    cluster = await startCluster({ settings: { leaseMs: 4_000, chaos: true } })
    const leader = await cluster.leader()
    const other = cluster.brokers.find(({ id }) => id !== leader.id)!
    await page.goto(`${other.url}/console/brokers/${leader.id}`)
    await page.getByText('development only: this cluster runs with --chaos').waitFor()
    expect(await page.getByRole('button', { name: 'Kill' }).count(), 'a broker among others in one process').toBe(0)
    const settings = page.getByRole('table', { name: 'Settings' })
    await settings.getByRole('row', { name: /^--chaos true .*false program/ }).waitFor()
    expect(await settings.getByText('--retention-ms').count()).toBe(0)
    await page.getByRole('radio', { name: /^All \d+$/ }).check()
    await page.waitForURL('**?settings=all')
    await settings.getByRole('row', { name: /^--retention-ms 604800000 7 d/ }).waitFor()
    await page.getByRole('radio', { name: '2 s', exact: true }).check()
    await page.getByRole('button', { name: 'Cut from the coordinator' }).click()
    await page.getByText(`b${leader.id} is cut from the coordinator for 2 s.`).waitFor()
    await page.getByText('SQLite, away').waitFor()
    await page.getByText('SQLite, connected').waitFor()
    await page.getByText('It leads, so there is no copying of its own to slow.').waitFor()
    const [beside] = await Promise.all([
      page.waitForEvent('popup'),
      page.getByRole('link', { name: 'open it beside this page' }).click(),
    ])
    await beside.getByRole('heading', { level: 1, name: 'Timeline' }).waitFor()
    await page.getByRole('status').getByRole('link', { name: 'timeline' }).click()
    const legend = page.getByRole('list', { name: 'Legend' })
    await legend.getByText('coordinator lost').waitFor()
    await legend.getByText('coordinator back').waitFor()
  })

  test('a follower is slowed and healed by its buttons, and the timeline tells what became of it', async () => {
    cluster = await startCluster({ settings: { leaseMs: 1_000, chaos: true } })
    const leader = await cluster.leader()
    const follower = cluster.brokers.find(({ id }) => id !== leader.id)!
    await askLeader(cluster, '/topics', JSON.stringify({ name: 'orders', partitions: 1 }))
    await page.goto(`${leader.url}/console/brokers/${follower.id}`)
    await page.getByText('30 s', { exact: true }).click()
    await page.getByRole('button', { name: 'Slow its copying' }).click()
    await page.getByText(`b${follower.id} copies late for 30 s.`).waitFor()
    // What it had asked before is answered by then.
    await page.getByRole('button', { name: 'End it now' }).waitFor()
    await askLeader(cluster, '/produce', JSON.stringify({ topic: 'orders', value: 1 }))
    await until('the journal has it', async () => {
      const { entries } = (await (await fetch(`${leader.url}/v1/journal?limit=1000`)).json()) as JournalResponse
      const last = entries.findLast(({ type, brokerId }) => type === 'isr-changed' && brokerId === leader.id)
      return last !== undefined && !String(last.data?.isr).includes(follower.id)
    })
    await page.getByRole('button', { name: 'End it now' }).click()
    await page.getByText(`b${follower.id} is left alone again.`).waitFor()
    await page.getByRole('button', { name: 'End it now' }).waitFor({ state: 'detached' })
    await page.getByRole('status').getByRole('link', { name: 'timeline' }).click()
    await page.getByRole('list', { name: 'Legend' }).getByText('in-sync replicas shrank').waitFor()
  })

  test('a broker that may not be hurt has no such card', async () => {
    cluster = await startCluster({ brokers: 1 })
    await page.goto(`${cluster.urls[0]}/console/brokers/1`)
    await page.getByText('Since it started').waitFor()
    expect(await page.getByText('Chaos').count()).toBe(0)
  })
})
