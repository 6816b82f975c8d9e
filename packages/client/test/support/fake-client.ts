import { onTestFinished } from 'vitest'
import type { ClientEvents } from '../../src/client-events.ts'
import type { YakClientOptions } from '../../src/client-options.ts'
import { FakeCluster, type FakeClusterOptions } from '../../src/testing/index.ts'
import { YakClient } from '../../src/yak-client.ts'

/** A fake cluster and a client of it, closed when the test is over. */
export function fakeClient(
  clusterOptions: FakeClusterOptions = {},
  clientOptions: Partial<YakClientOptions> = {},
): { readonly cluster: FakeCluster; readonly yak: YakClient } {
  const cluster = new FakeCluster(clusterOptions)
  const yak = new YakClient({
    brokers: cluster.urls,
    transport: cluster.transport,
    requestTimeoutMs: 500,
    retryBackoffMs: 5,
    retryBackoffMaxMs: 50,
    ...clientOptions,
  })
  onTestFinished(() => yak.close())
  return { cluster, yak }
}

/** Gathers the events of one name. */
export function eventsOf<Name extends keyof ClientEvents>(yak: YakClient, name: Name): ClientEvents[Name][] {
  const events: ClientEvents[Name][] = []
  yak.on(name, (event) => events.push(event))
  return events
}

export const pathsOf = ({ requests }: FakeCluster): string[] => requests.map(({ path }) => path)

export function sleep(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs))
}

/** Waits until `isSo`; fails after two seconds. */
export async function until(isSo: () => boolean, what = 'the condition'): Promise<void> {
  const deadlineMs = performance.now() + 2_000
  while (!isSo()) {
    if (performance.now() > deadlineMs) throw new Error(`${what} did not come true`)
    await sleep(2)
  }
}
