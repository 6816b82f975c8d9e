import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Cluster, startCluster } from '@yak/broker'
import type { YakClient } from '@yak/client'
import type { Page } from 'playwright-core'
import { build } from 'vite'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { FaultCluster } from '../../faults/harness/fault-cluster.ts'
import { until } from '../../faults/harness/until.ts'
import { hasChromium, openBrowser } from '../console/browser.ts'

if (!hasChromium()) {
  if (process.env.CI) throw new Error('CI has no Chromium. Install it, or name it in YAK_CHROMIUM.')
  console.warn('SKIPPED: the SDK is not run in a browser, since there is no Chromium (YAK_CHROMIUM)')
}

/** What the bundle leaves on the page. */
declare const yakSdk: { readonly YakClient: typeof YakClient }

/** `@yak/client` as a bundler takes it for a browser: one script that leaves `yakSdk`. */
async function bundled(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'yak-sdk-'))
  try {
    const entry = join(import.meta.dirname, '../../../packages/client/src/index.ts')
    const built = await build({
      root: folder,
      configFile: false,
      logLevel: 'error',
      resolve: { conditions: ['@yak/source', 'browser', 'module', 'import', 'default'] },
      build: { write: false, lib: { entry, name: 'yakSdk', formats: ['iife'] } },
    })
    const [{ output }] = built as unknown as [{ readonly output: readonly [{ readonly code: string }] }]
    return output[0].code
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A page that a follower served, for brokers answer to pages of their cluster, with the SDK in it. */
async function pageOf(cluster: Cluster, sdk: string): Promise<{ readonly page: Page; readonly complaints: string[] }> {
  const leader = await cluster.leader()
  return pageOfBroker(cluster.urls.find((url) => url !== leader.url)!, sdk)
}

async function pageOfBroker(url: string, sdk: string): Promise<{ readonly page: Page; readonly complaints: string[] }> {
  const browser = await openBrowser()
  onTestFinished(() => browser.close())
  const page = await browser.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(`${url}/health`)
  // As the page's own script, whatever content security policy the answer came with.
  await page.evaluate(`${sdk}; globalThis.yakSdk = yakSdk`)
  return { page, complaints }
}

describe.skipIf(!hasChromium())('the SDK in a browser', () => {
  let sdk: string
  beforeAll(async () => {
    sdk = await bundled()
  })

  test('nothing of Node is in the bundle', () => {
    expect(sdk).not.toMatch(/undici|require\(|from ?['"]node:/)
    expect(sdk.length).toBeLessThan(200_000)
  })

  test('produces and consumes, through another broker than the one that served the page', async () => {
    await using cluster = await startCluster({ settings: { leaseMs: 1_000 } })
    const { page, complaints } = await pageOf(cluster, sdk)
    const seen = await page.evaluate(async (brokers) => {
      const yak = new yakSdk.YakClient({ brokers })
      await yak.admin().createTopic({ topic: 'clicks', partitions: 3 })
      const producer = yak.producer()
      const receipts = await Promise.all(
        Array.from({ length: 500 }, (_, n) =>
          producer.send({ topic: 'clicks', key: `k${n % 7}`, value: { n, text: 'ä' } }),
        ),
      )
      const values: number[] = []
      const places: string[] = []
      for await (const message of yak.consumer<{ n: number }>({ topics: ['clicks'], follow: false })) {
        values.push(message.value.n)
        places.push(`${message.partition}:${message.offset}`)
      }
      const { brokers: members } = await yak.admin().cluster()
      await yak.close()
      return {
        values,
        places,
        receipts: receipts.map(({ partition, offset }) => `${partition}:${offset}`),
        members: members.length,
      }
    }, cluster.urls)
    expect(seen.values.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, n) => n))
    expect(seen.receipts.toSorted()).toEqual(seen.places.toSorted())
    for (const [index, n] of seen.values.entries()) expect(seen.places[index]).toBe(seen.receipts[n])
    expect(seen.members).toBe(3)
    expect(complaints).toEqual([])
  })

  test('goes on when the leader is stopped, again and again', async () => {
    await using cluster = await startCluster({ settings: { leaseMs: 1_000 } })
    const { page, complaints } = await pageOf(cluster, sdk)
    const receipts: string[] = []
    await page.exposeFunction('tell', (place: string) => void receipts.push(place))
    const counted = page.evaluate(async (brokers) => {
      const yak = new yakSdk.YakClient({ brokers })
      const producer = yak.producer()
      const { tell } = globalThis as unknown as { tell(place: string): Promise<void> }
      for (let n = 0; n < 120; n++) {
        const { partition, offset } = await producer.send({ topic: 'clicks', partition: 0, value: n })
        await tell(`${partition}:${offset}`)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      const values: number[] = []
      for await (const { value } of yak.consumer<number>({ topics: ['clicks'], follow: false })) values.push(value)
      await yak.close()
      return values
    }, cluster.urls)
    // So that a page that fails is told as that, and not as a test that takes too long.
    let failure: unknown
    counted.catch((error: unknown) => {
      failure = error
    })
    const untilReceipts = async (count: number): Promise<void> => {
      while (receipts.length < count) {
        if (failure !== undefined) throw failure
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    }
    await untilReceipts(30)
    const first = await cluster.leader()
    await cluster.stop(first.id)
    await cluster.leader()
    await cluster.restart(first.id)
    await untilReceipts(70)
    const second = await cluster.leader()
    await cluster.stop(second.id)
    expect(await counted).toEqual(Array.from({ length: 120 }, (_, n) => n))
    expect(receipts).toEqual(Array.from({ length: 120 }, (_, n) => `0:${n}`))
    expect(complaints).toEqual([])
  })

  test('goes on when the leader has become a follower', async () => {
    await using cluster = await startCluster({ settings: { leaseMs: 1_000 } })
    const { page, complaints } = await pageOf(cluster, sdk)
    const send = (value: number) =>
      page.evaluate(
        async ({ brokers, value }) => {
          const kept = globalThis as unknown as { producer?: ReturnType<YakClient['producer']> }
          kept.producer ??= new yakSdk.YakClient({ brokers }).producer()
          return (await kept.producer.send({ topic: 'clicks', partition: 0, value })).offset
        },
        { brokers: cluster.urls, value },
      )
    expect(await send(0)).toBe(0)
    const { id } = await cluster.leader()
    await cluster.stop(id)
    await cluster.leader()
    await cluster.restart(id)
    expect(await send(1)).toBe(1)
    // By a redirect of the follower, or before that by what it heard of the election: both are right.
    expect(complaints).toEqual([])
  })

  test('produces and consumes when the broker it takes for the leader sends it to another', async () => {
    const cluster = await FaultCluster.start()
    onTestFinished(() => cluster.close())
    const first = await cluster.leader()
    const others = cluster.others(first.id)
    const { page, complaints } = await pageOfBroker(others[0]!.url, sdk)
    const redirects: string[] = []
    page.on('response', (response) => {
      if (response.status() === 307) redirects.push(new URL(response.url()).origin)
    })
    await page.evaluate(async (brokers) => {
      const [writer, reader] = [new yakSdk.YakClient({ brokers }), new yakSdk.YakClient({ brokers })]
      await writer.admin().createTopic({ topic: 'clicks', partitions: 1 })
      const producer = writer.producer()
      await producer.send({ topic: 'clicks', value: 0 })
      // It knows the leader too, and is then idle.
      for await (const _ of reader.consumer({ topics: ['clicks'], follow: false }));
      Object.assign(globalThis, { producer, reader })
    }, cluster.clientUrls)
    // It stands still, with its connections open, until another leads; and then follows.
    first.pause()
    const second = await cluster.leader({ notId: first.id })
    first.resume()
    await until('the first leader follows', async () => (await first.health())?.leader?.id === second.id)
    const seen = await page.evaluate(async () => {
      const { producer, reader } = globalThis as unknown as {
        readonly producer: ReturnType<YakClient['producer']>
        readonly reader: YakClient
      }
      const values: unknown[] = []
      const { offset } = await producer.send({ topic: 'clicks', value: 1 })
      for await (const { value } of reader.consumer({ topics: ['clicks'], follow: false })) values.push(value)
      return { offset, values }
    })
    expect(seen).toEqual({ offset: 1, values: [0, 1] })
    expect(redirects, 'the writer and the reader were both sent on').toEqual([first.url, first.url])
    expect(complaints).toEqual([])
  })
})
