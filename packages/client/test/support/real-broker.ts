import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Broker, type BrokerSettings, startBroker } from '@yak/broker'
import { freePort } from '@yak/election/testing'
import { onTestFinished } from 'vitest'
import type { YakClientOptions } from '../../src/client-options.ts'
import { YakClient } from '../../src/yak-client.ts'
import { TcpProxy } from './tcp-proxy.ts'

export interface RealBroker {
  readonly proxy: TcpProxy
  /** Clients of it, closed when the test is over. */
  client(options?: Partial<YakClientOptions>): YakClient
  stop(): Promise<void>
  /** Where partition 0 of a topic ends, as the broker itself says, whatever its proxy does. */
  endOffset(topic: string): Promise<number>
  /** On the same data folder, behind the same address. */
  start(): Promise<void>
}

/** A real broker in this process, behind a proxy that it advertises as its own address. */
export async function realBroker(settings: BrokerSettings = {}): Promise<RealBroker> {
  const dataDir = await mkdtemp(join(tmpdir(), 'yak-client-test-'))
  const proxy = await TcpProxy.listen()
  const clients: YakClient[] = []
  let broker: Broker | undefined
  const port = await freePort()
  const start = async (): Promise<void> => {
    broker = await startBroker({ id: 'b1', port, dataDir, advertise: proxy.url, logLevel: 'silent', ...settings })
    proxy.target = `http://127.0.0.1:${port}`
  }
  const stop = async (): Promise<void> => {
    const stopped = broker
    broker = undefined
    // Where nobody listens.
    proxy.target = 'http://127.0.0.1:1'
    proxy.cut()
    await stopped?.close()
  }
  onTestFinished(async () => {
    await Promise.all(clients.map((client) => client.close()))
    await stop()
    proxy.close()
    await rm(dataDir, { recursive: true, force: true })
  })
  await start()
  return {
    proxy,
    start,
    stop,
    async endOffset(topic) {
      const answer = await fetch(`http://127.0.0.1:${port}/topics/${topic}`)
      return ((await answer.json()) as { partitions: { highWatermark: number }[] }).partitions[0]!.highWatermark
    },
    client(options = {}) {
      const client = new YakClient({ brokers: [proxy.url], ...options })
      clients.push(client)
      return client
    },
  }
}
