import { onTestFinished } from 'vitest'
import { type Broker, type BrokerDependencies, type BrokerSettings, startBroker } from '../src/index.ts'
import { temporaryFolder } from './temporary-folder.ts'

const settings: BrokerSettings = { port: 0, logLevel: 'silent', minFreeDiskBytes: 0 }

/** A broker that is closed with the test, in a folder of its own unless one is given. */
export async function runningBroker(
  given: BrokerSettings = {},
  dependencies: BrokerDependencies = {},
): Promise<Broker> {
  const dataDir = given.dataDir ?? (await temporaryFolder())
  const broker = await startBroker({ ...settings, ...given, dataDir }, dependencies)
  onTestFinished(() => broker.close())
  return broker
}

export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of it is what it checks
  readonly body: any
}

/** One request; with a body it is a POST of JSON unless the method says otherwise. */
export async function call(
  broker: { readonly url: string },
  path: string,
  body?: unknown,
  method?: string,
): Promise<Answer> {
  const response = await fetch(`${broker.url}${path}`, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  return { status: response.status, body: await response.json() }
}

/** Values of a partition, from its start. */
export async function valuesOf(broker: { readonly url: string }, topic: string, partition = 0): Promise<unknown[]> {
  const values: unknown[] = []
  for (let offset = 0; ; ) {
    const { status, body } = await call(broker, `/consume?topic=${topic}&partition=${partition}&offset=${offset}`)
    if (status !== 200) throw new Error(body.detail)
    values.push(...body.records.map((record: { value: unknown }) => record.value))
    if (body.nextOffset === offset) return values
    offset = body.nextOffset
  }
}
