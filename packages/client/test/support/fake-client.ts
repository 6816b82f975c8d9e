import { decodeRecordBatch } from '@yak/protocol'
import { onTestFinished } from 'vitest'
import type { ClientEvents } from '../../src/client-events.ts'
import type { YakClientOptions } from '../../src/client-options.ts'
import { FakeCluster, type FakeClusterOptions, ManualClock } from '../../src/testing/index.ts'
import { YakClient } from '../../src/yak-client.ts'
import { seededRandom } from './random.ts'

export interface FakeClient {
  readonly cluster: FakeCluster
  readonly yak: YakClient
  /** Of both; it goes by itself, so that `clock.sleep` and every deadline take no real time, and no stall can miss one. */
  readonly clock: ManualClock
}

/** A fake cluster and a client of it, closed when the test is over. */
export function fakeClient(
  clusterOptions: FakeClusterOptions = {},
  clientOptions: Partial<YakClientOptions> = {},
): FakeClient {
  const clock = new ManualClock()
  const cluster = new FakeCluster({ clock, ...clusterOptions })
  clock.start()
  // What is registered first runs last: closing a client takes time on this clock.
  onTestFinished(() => clock.stop())
  const yak = clientOf(cluster, clock, clientOptions)
  return { cluster, yak, clock }
}

/** One more client of a cluster, closed when the test is over. */
export function clientOf(cluster: FakeCluster, clock: ManualClock, options: Partial<YakClientOptions> = {}): YakClient {
  const yak = new YakClient({
    brokers: cluster.urls,
    transport: cluster.transport,
    requestTimeoutMs: 500,
    retryBackoffMs: 5,
    retryBackoffMaxMs: 50,
    random: seededRandom(1),
    clock,
    ...options,
  })
  onTestFinished(() => yak.close({ timeoutMs: 0 }))
  return yak
}

/** Gathers the events of one name. */
export function eventsOf<Name extends keyof ClientEvents>(yak: YakClient, name: Name): ClientEvents[Name][] {
  const events: ClientEvents[Name][] = []
  yak.on(name, (event) => events.push(event))
  return events
}

export const pathsOf = ({ requests }: FakeCluster): string[] => requests.map(({ path }) => path)

/** The values in a partition, as text. */
export function valuesIn(cluster: FakeCluster, topic: string, partition = 0): string[] {
  return cluster
    .topic(topic)
    .partitions[partition]!.read(0, Number.MAX_SAFE_INTEGER)
    .flatMap((bytes) => decodeRecordBatch(bytes))
    .map(({ value }) => Buffer.from(value!).toString())
}

/** Waits until `isSo`; fails after a minute of this clock. */
export async function until(clock: ManualClock, isSo: () => boolean, what = 'the condition'): Promise<void> {
  const deadlineMs = clock.nowMs() + 60_000
  while (!isSo()) {
    if (clock.nowMs() > deadlineMs) throw new Error(`${what} did not come true`)
    await clock.sleep(2)
  }
}
