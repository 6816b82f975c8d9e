import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@yak/election/testing'
import { expect } from 'vitest'
import { BrokerProcess, type BrokerProcessOptions } from './harness/broker-process.ts'
import { rawCall } from './harness/raw-call.ts'
import { until } from './harness/until.ts'

const leaseMs = 500

/** Brokers that a test makes with settings of its own, and takes down with their folders. */
export class Brokers {
  readonly #folder: string
  readonly #made: BrokerProcess[] = []

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async make(): Promise<Brokers> {
    return new Brokers(await mkdtemp(join(tmpdir(), 'yak-bad-input-')))
  }

  folder(name: string): string {
    return join(this.#folder, name)
  }

  /** Alone, over a folder and a port of its own. */
  async start(id: string, ...flags: readonly string[]): Promise<BrokerProcess> {
    const port = await freePort()
    const common = ['--lease-ms', String(leaseMs), '--min-free-disk-bytes', '1000000']
    return this.startWith({ id, port, dataDir: this.folder(`broker-${port}`), flags: [...common, ...flags] })
  }

  startWith(options: BrokerProcessOptions): BrokerProcess {
    const broker = new BrokerProcess(options)
    this.#made.push(broker)
    broker.start()
    return broker
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#made.map((broker) => broker.kill()))
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** What somebody who reads the log, or standard error, was told at the level `error` that matches. */
function said(broker: BrokerProcess, pattern: RegExp): { readonly logged: string[]; readonly stderr: string[] } {
  const logged: string[] = []
  const stderr: string[] = []
  const prefix = `yak broker ${broker.id}: `
  for (const line of broker.lines) {
    if (line.startsWith(prefix)) stderr.push(line.slice(prefix.length))
    else if (line.startsWith('{')) {
      const { level, msg } = JSON.parse(line) as { readonly level: number; readonly msg: string }
      if (level >= 50) logged.push(msg)
    }
  }
  return { logged: logged.filter((text) => pattern.test(text)), stderr: stderr.filter((text) => pattern.test(text)) }
}

/** Resolves when `/health` names it, and the log and standard error too, each in the same words and once. */
export async function untilTold(broker: BrokerProcess, pattern: RegExp): Promise<void> {
  await until(
    `broker ${broker.id} tells ${pattern}`,
    async () => {
      const reasons = (await broker.health())?.reasons ?? []
      return reasons.some((reason) => pattern.test(reason)) && said(broker, pattern).stderr.length > 0
    },
    { state: () => broker.tail() },
  )
  assertToldOnce(broker, pattern)
}

/** However often it was met. */
export function assertToldOnce(broker: BrokerProcess, pattern: RegExp): void {
  expect(broker.isRunning, broker.tail()).toBe(true)
  const { logged, stderr } = said(broker, pattern)
  expect(new Set(logged).size, `told twice:\n${broker.tail(60)}`).toBe(logged.length)
  expect(stderr).toEqual(logged)
}

/** The log and standard error say it, in the same words and once, whatever `/health` has. */
export function assertLogged(broker: BrokerProcess, pattern: RegExp): void {
  const { logged, stderr } = said(broker, pattern)
  expect(logged, broker.tail()).toHaveLength(1)
  expect(stderr).toEqual(logged)
}

/** Time for several attempts, none of which may be told again. */
export async function severalAttempts(): Promise<void> {
  const fromMs = performance.now()
  await until('several attempts', () => performance.now() > fromMs + 2.5 * leaseMs)
}

/** Resolves when it serves, and has nothing to complain of. */
export async function untilWell(broker: BrokerProcess): Promise<void> {
  await until(
    `broker ${broker.id} serves without a reason not to`,
    async () => {
      const health = await broker.health()
      return health?.status === 'ok' && health.reasons.length === 0
    },
    { state: () => broker.tail() },
  )
}

/** The status of the answer: 200 when the record is acknowledged. */
export async function produce(broker: BrokerProcess, value: number): Promise<number> {
  return (await rawCall(`${broker.url}/produce`, { body: { topic: 'kept', partition: 0, value } })).status
}

export async function valuesOn(broker: BrokerProcess): Promise<unknown[]> {
  const { body } = await rawCall(`${broker.url}/consume?topic=kept&partition=0&offset=earliest`)
  return (body.records as readonly { readonly value: unknown }[]).map(({ value }) => value)
}
