import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Broker, startBroker } from '@yak/broker'

/** A broker inside this process, on a folder that is gone when the example is over. */
export interface TemporaryBroker extends AsyncDisposable {
  readonly url: string
  stop(): Promise<void>
  /** On the same folder, at the same address. */
  start(): Promise<void>
}

export async function temporaryBroker(): Promise<TemporaryBroker> {
  const dataDir = await mkdtemp(join(tmpdir(), 'yak-example-'))
  let broker: Broker = await startBroker({ id: 'b1', port: 0, dataDir, logLevel: 'error' })
  const { url } = broker
  return {
    url,
    stop: () => broker.close(),
    async start() {
      broker = await startBroker({ id: 'b1', port: Number(new URL(url).port), dataDir, logLevel: 'error' })
    },
    async [Symbol.asyncDispose]() {
      await broker.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
