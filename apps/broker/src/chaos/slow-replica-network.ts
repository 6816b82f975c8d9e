import type { FetchRequest, Message } from '../replication/core/messages.ts'
import type { DriverNetwork } from '../replication/driver-ports.ts'

/** The way to the other brokers, on which what this one asks of its leader can be late for a while. All else goes as ever. */
export class SlowReplicaNetwork implements DriverNetwork {
  readonly #network: DriverNetwork
  readonly #lateMs: number
  /** In the order in which they were sent. */
  readonly #held = new Map<NodeJS.Timeout, { readonly to: string; readonly message: FetchRequest }>()
  #end: { readonly timer: NodeJS.Timeout; readonly onEnd: () => void } | undefined

  /** `leaseMs`: a follower asks anew after half a lease, so what is later than that brings it nothing. */
  constructor(network: DriverNetwork, leaseMs: number) {
    this.#network = network
    this.#lateMs = Math.ceil(leaseMs * 0.6)
  }

  get isSlow(): boolean {
    return this.#end !== undefined
  }

  /** From now on, for so long; another call takes the place of one that lasts. `onEnd`: it is over, by itself or by `heal`. */
  slow(forMs: number, onEnd: () => void): void {
    clearTimeout(this.#end?.timer)
    this.#end = { timer: setTimeout(() => this.heal(), forMs).unref(), onEnd }
  }

  /** What is held back leaves at once. */
  heal(): void {
    const end = this.#end
    if (end === undefined) return
    this.close()
    end.onEnd()
  }

  send(to: string, message: Message): void {
    if (!this.isSlow || message.type !== 'fetch-request') {
      this.#network.send(to, message)
      return
    }
    const timer = setTimeout(() => {
      this.#held.delete(timer)
      this.#network.send(to, message)
    }, this.#lateMs)
    this.#held.set(timer, { to, message })
  }

  /** Idempotent. */
  close(): void {
    clearTimeout(this.#end?.timer)
    this.#end = undefined
    const held = [...this.#held]
    this.#held.clear()
    for (const [timer, { to, message }] of held) {
      clearTimeout(timer)
      this.#network.send(to, message)
    }
  }
}
