import { Admin } from './admin/admin.ts'
import { ClientEmitter, type ClientEvents } from './client-events.ts'
import { resolveClientOptions, type YakClientOptions } from './client-options.ts'
import { Cluster, clientClosed } from './cluster/cluster.ts'
import { Consumer } from './consumer/consumer.ts'
import type { ConsumerOptions } from './consumer/consumer-options.ts'
import { durationMs } from './option-checks.ts'
import { Producer } from './producer/producer.ts'
import type { ProducerOptions } from './producer/producer-options.ts'

/**
 * A client of one YAK cluster.
 *
 *     await using yak = new YakClient({ brokers: ['http://127.0.0.1:5001', 'http://127.0.0.1:5002'] })
 *     const receipt = await yak.producer().send({ topic: 'server_metrics', key: 'web-1', value: { cpu: 0.7 } })
 *     for await (const message of yak.consumer({ topics: ['server_metrics'], from: 'earliest' })) …
 *
 * The constructor connects to nothing. The client finds the leader by itself, from any address that answers, and finds it
 * again when it changes.
 */
export class YakClient {
  readonly #events = new ClientEmitter()
  readonly #cluster: Cluster
  readonly #open = new Set<{ close(options?: { readonly timeoutMs?: number }): Promise<void> }>()
  #isClosed = false

  /** @throws TypeError for an option that is missing, unknown or out of range. */
  constructor(options: YakClientOptions) {
    this.#cluster = new Cluster(resolveClientOptions(options), this.#events)
  }

  /** A new producer. One is enough for a whole program. */
  producer(options: ProducerOptions = {}): Producer {
    this.#assertOpen()
    const producer = new Producer(this.#cluster, options, (closed) => this.#open.delete(closed))
    this.#open.add(producer)
    return producer
  }

  /** A new consumer. It fetches while it is iterated over, and not otherwise. */
  consumer<Value = unknown>(options: ConsumerOptions): Consumer<Value> {
    this.#assertOpen()
    return new Consumer<Value>(this.#cluster, options, {
      onActive: (consumer) => this.#open.add(consumer),
      onIdle: (consumer) => this.#open.delete(consumer),
    })
  }

  /** For creating, describing and deleting topics. */
  admin(): Admin {
    this.#assertOpen()
    return new Admin(this.#cluster)
  }

  /**
   * Calls `listener` on each event of this name; the function returned takes it off. What a listener throws disturbs nothing.
   */
  on<Name extends keyof ClientEvents>(name: Name, listener: (event: ClientEvents[Name]) => void): () => void {
    return this.#events.on(name, listener)
  }

  /**
   * Closes all producers and consumers, and every connection. What producers have under way gets up to `timeoutMs` (default 75)
   * to be settled; see `Producer.close`.
   */
  async close(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    // Before anything is closed.
    durationMs('timeoutMs', options.timeoutMs, 0)
    this.#isClosed = true
    await Promise.all([...this.#open].map((each) => each.close(options)))
    this.#cluster.close()
  }

  /** `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #assertOpen(): void {
    if (this.#isClosed) throw clientClosed()
  }
}
