import { randomUUID } from 'node:crypto'
import { systemPorts } from '@yak/election'
import { freePort, MemoryCoordinator, MemoryLeaseStore } from '@yak/election/testing'
import { LogDisk, systemClock } from '@yak/log'
import { MemoryStorage } from '@yak/log/testing'
import { encodeRecordBatch, readRecordBatchHeader } from '@yak/protocol'
import type { Answer } from '../../../src/replication/core/outputs.ts'
import { metadataKey } from '../../../src/replication/core/state.ts'
import { ReplicationDriver } from '../../../src/replication/driver.ts'
import { HttpReplicaNetwork } from '../../../src/replication/transport/http-replica-network.ts'
import { type ReplicaServer, startReplicaServer } from './replica-server.ts'

export interface RunningReplica {
  readonly driver: ReplicationDriver
  readonly network: HttpReplicaNetwork
  readonly server: ReplicaServer
}

export interface DriverClusterOptions {
  /** Default three: a, b and c. */
  readonly brokerIds?: readonly string[]
  readonly leaseMs?: number
  /** Default an eighth of the lease. */
  readonly fetchWaitMs?: number
  /** Where the others reach a broker, when it is not where it listens. */
  readonly urlOf?: (id: string, port: number) => string
}

/** Real drivers over logs in memory, with real timers and real sockets between them. */
export class DriverCluster {
  readonly brokerIds: readonly string[]
  readonly topicKey: string = `${randomUUID()}-0`
  readonly running: Map<string, RunningReplica> = new Map()
  readonly fatal: unknown[] = []
  readonly problems: [string, string, string | null][] = []
  readonly #options: DriverClusterOptions
  readonly #coordinator = new MemoryCoordinator({ nowMs: () => performance.now() })
  readonly #storages: ReadonlyMap<string, MemoryStorage>
  readonly #ports = new Map<string, number>()

  constructor(options: DriverClusterOptions = {}) {
    this.#options = options
    this.brokerIds = options.brokerIds ?? ['a', 'b', 'c']
    this.#storages = new Map(this.brokerIds.map((id) => [id, new MemoryStorage()]))
  }

  get leaseMs(): number {
    return this.#options.leaseMs ?? 600
  }

  async start(): Promise<this> {
    for (const id of this.brokerIds) this.#ports.set(id, await freePort())
    await Promise.all(this.brokerIds.map((id) => this.startBroker(id)))
    return this
  }

  portOf(id: string): number {
    return this.#ports.get(id)!
  }

  async startBroker(id: string): Promise<void> {
    const { urlOf = (_id, port) => `http://127.0.0.1:${port}` } = this.#options
    const network = new HttpReplicaNetwork({
      brokerId: id,
      peers: new Map(this.brokerIds.map((peer) => [peer, urlOf(peer, this.portOf(peer))])),
      leaseMs: this.leaseMs,
      ownSettings: () => ({ clusterId: '', members: 'all', group: 'yak', leaseMs: this.leaseMs, coordinator: null }),
      onProblem: (peer, problem) => this.problems.push([id, peer, problem]),
    })
    const server = await startReplicaServer({ replicaInbox: network, port: this.portOf(id) })
    const { leaseMs } = this
    const { fetchWaitMs = leaseMs / 8 } = this.#options
    const driver = await ReplicationDriver.open({
      brokerId: id,
      diskId: `${id}1`,
      members: { version: 1, brokerIds: this.brokerIds, minInsyncReplicas: Math.min(2, this.brokerIds.length) },
      newClusterId: `cluster-of-${id}`,
      limits: { leaseMs, replicaLagMaxMs: leaseMs, fetchWaitMs, prefersLeading: id === this.brokerIds[0] },
      clock: systemPorts,
      random: Math.random,
      network,
      coordinator: new MemoryLeaseStore({ coordinator: this.#coordinator, ports: systemPorts, name: id, pollMs: 100 }),
      disk: new LogDisk({ storage: this.#storages.get(id)!, clock: systemClock }),
      events: {
        onFatal: (error) => this.fatal.push(error),
        onTopicsCommitted: () => void driver.openPartition(this.topicKey),
      },
    })
    this.running.set(id, { driver, network, server })
    network.attach(driver)
    driver.start()
  }

  driver(id: string): ReplicationDriver {
    return this.running.get(id)!.driver
  }

  /** As a crash: its sockets break, and it is never touched again. */
  async kill(id: string): Promise<void> {
    const { driver, network, server } = this.running.get(id)!
    this.running.delete(id)
    network.close()
    await server.close()
    await driver.close()
  }

  async close(): Promise<void> {
    for (const id of [...this.running.keys()]) await this.kill(id)
  }

  async leader(): Promise<string> {
    for (let attempt = 0; attempt < 1_000; attempt++) {
      for (const [id, { driver }] of this.running) {
        const { role, isServing } = driver.status()
        if (role === 'leader' && isServing) return id
      }
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    const reasons = [...this.running].map(([id, { driver }]) => `${id}: ${driver.status().reasons.join(' ')}`)
    throw new Error(`no leader. ${reasons.join('\n')}`)
  }

  async followers(): Promise<string[]> {
    const leader = await this.leader()
    return [...this.running.keys()].filter((id) => id !== leader)
  }

  /** Until it is done, as a client without idempotence would: it is written twice where a leader is lost before it can answer. */
  async produce(value: string, key: string = this.topicKey): Promise<Extract<Answer, { outcome: 'done' }>> {
    let last: Answer | undefined
    for (let attempt = 0; attempt < 500; attempt++) {
      const batch = encodeRecordBatch([{ key: null, value, timestamp: 1 }], {})
      const driver = this.driver(await this.leader())
      const answer = await new Promise<Answer>((resolve) => {
        driver.produce(key, batch, readRecordBatchHeader(batch), resolve)
      })
      if (answer.outcome === 'done') return answer
      last = answer
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    throw new Error(`not done: ${JSON.stringify(last)}`)
  }

  /** All that a broker's log of the topic holds. */
  async bytes(id: string): Promise<Buffer> {
    const log = this.driver(id).log(this.topicKey)!
    const reads: Uint8Array[] = []
    for (let offset = 0; offset < log.logEndOffset; ) {
      const read = await log.read({ offset, maxBytes: 10_000_000 })
      reads.push(read.bytes)
      offset = read.nextOffset
    }
    return Buffer.concat(reads)
  }

  /** The topic list has its record, and so the partition of the tests is open. */
  async createTopic(): Promise<void> {
    await this.produce('create', metadataKey)
    await this.produce('first')
  }
}
