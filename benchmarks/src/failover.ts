import { join } from 'node:path'
import { YakClient } from '@yak/client'
import type { Benchmark } from './benchmark.ts'
import { ClusterProcesses } from './broker-process.ts'
import { clientMemory } from './memory.ts'

const CLIENTS = 3
const BROKERS = 3
/** Sends of each client under way at once. */
const UNDER_WAY = 20

/** Nobody may take over from a leader that was killed before its lease is over. */
const theLease = 'what is left of the lease is waited for'

/** Clients that write as fast as they are answered, and the times of the answers. */
class Load {
  readonly #clients: YakClient[]
  readonly #running: Promise<void>[] = []
  readonly #answers: number[] = []
  acknowledged = 0
  #isOver = false

  constructor(brokers: readonly string[]) {
    this.#clients = Array.from({ length: CLIENTS }, () => new YakClient({ brokers: [...brokers] }))
  }

  start(): void {
    for (const client of this.#clients) {
      const producer = client.producer({ deliveryTimeoutMs: 60_000 })
      for (let one = 0; one < UNDER_WAY; one++) this.#running.push(this.#send(producer))
    }
  }

  async #send(producer: ReturnType<YakClient['producer']>): Promise<void> {
    while (!this.#isOver) {
      await producer.send({ topic: 'bench', value: this.acknowledged })
      this.acknowledged++
      this.#answers.push(performance.now())
    }
  }

  async until(count: number): Promise<void> {
    const goal = this.acknowledged + count
    while (this.acknowledged < goal) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  /** The longest time without an answer since then. */
  longestGapMs(since: number): number {
    let longest = 0
    let last = since
    for (const at of this.#answers) {
      if (at < since) continue
      longest = Math.max(longest, at - last)
      last = at
    }
    return longest
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#running)
    await Promise.all(this.#clients.map((client) => client.close()))
  }
}

export const failover: Benchmark = {
  name: 'failover',
  describes: 'the longest time without an acknowledgement when the leader of three goes, under load of three clients',
  async run({ folder, report }) {
    for (const { name, leaseMs, signal, target, noLimit } of [
      { name: 'SIGKILL, lease 5 s', leaseMs: 5_000, signal: 'SIGKILL', target: 6_000, noLimit: theLease },
      { name: 'SIGKILL, lease 1 s', leaseMs: 1_000, signal: 'SIGKILL', target: 2_000, noLimit: theLease },
      { name: 'SIGTERM', leaseMs: 5_000, signal: 'SIGTERM', target: 300, noLimit: 'nothing bare hands over' },
    ] as const) {
      const dataDir = join(folder, name.replaceAll(/[^a-zA-Z0-9]+/g, '-'))
      const cluster = await ClusterProcesses.start(dataDir, BROKERS, ['--lease-ms', String(leaseMs)])
      const load = new Load(cluster.urls)
      load.start()
      try {
        await load.until(2_000)
        const leader = await cluster.leaderIndex()
        const since = performance.now()
        const stopped = cluster.brokers[leader]!.stop(signal)
        await stopped
        await load.until(2_000)
        const settings = { brokers: BROKERS, clients: CLIENTS, leaseMs, minInsync: 2 }
        const value = load.longestGapMs(since)
        report({ name: `longest gap, ${name}`, value, unit: 'ms', noLimit, target, settings })
      } finally {
        await load.stop()
        await cluster.stop()
      }
    }
    report(clientMemory())
  },
}
