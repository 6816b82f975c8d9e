import type { Message } from '../../../src/replication/core/messages.ts'
import { HttpReplicaNetwork } from '../../../src/replication/transport/http-replica-network.ts'
import { type ReplicaServer, type ReplicaServerOptions, startReplicaServer } from './replica-server.ts'

/** One side of the transport with a core that only notes what it hears. */
export class ReplicaNode {
  readonly network: HttpReplicaNetwork
  readonly received: Message[] = []
  readonly unreachable: number[] = []
  readonly arriving: number[] = []
  readonly problems: (string | null)[] = []
  /** By peer, as it says. */
  readonly groups = new Map<string, string>()
  onMessage: (message: Message) => void = () => {}
  #server: ReplicaServer | undefined

  constructor(brokerId: string, peers: Readonly<Record<string, string>> = {}, leaseMs = 10_000) {
    this.network = new HttpReplicaNetwork({
      brokerId,
      peers: new Map(Object.entries(peers)),
      leaseMs,
      ownSettings: () => ({ clusterId: '', members: 'all', group: 'yak', leaseMs, coordinator: null }),
      onSettings: (peer, { group }) => this.groups.set(peer, group),
      onProblem: (_peer, problem) => this.problems.push(problem),
    })
  }

  attach(): this {
    this.network.attach({
      receive: (message) => {
        this.received.push(message)
        this.onMessage(message)
      },
      unreachable: (_brokerId, requestId) => this.unreachable.push(requestId),
      arriving: (_brokerId, requestId) => this.arriving.push(requestId),
    })
    return this
  }

  async listen(options: Omit<ReplicaServerOptions, 'replicaInbox'> = {}): Promise<string> {
    this.#server = await startReplicaServer({ replicaInbox: this.network, ...options })
    return this.#server.url
  }

  async stopListening(): Promise<void> {
    await this.#server?.close()
  }

  async close(): Promise<void> {
    this.network.close()
    await this.stopListening()
  }
}
