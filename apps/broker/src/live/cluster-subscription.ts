import { LIMITS } from '@yak/protocol'
import type { ClusterSnapshot, ClusterWatch } from './cluster-watch.ts'
import type { LiveSubscription, SubscriptionPort } from './live-subscription.ts'

/**
 * The state of the cluster for one watcher. The newest state is all that counts: while a frame is still on its way none is
 * queued, and the next one tells all topics that changed since the last.
 */
export class ClusterSubscription implements LiveSubscription {
  readonly #port: SubscriptionPort
  readonly #stopWatching: () => void
  /** What the watcher knows of each topic. */
  readonly #told = new Map<string, string>()
  #isSending = false

  constructor(port: SubscriptionPort, watch: ClusterWatch) {
    this.#port = port
    port.send(JSON.stringify({ type: 'subscribed', id: port.id, channel: 'cluster' }))
    this.#stopWatching = watch.watch((snapshot) => this.#tell(snapshot))
  }

  close(): void {
    this.#stopWatching()
  }

  #tell(snapshot: ClusterSnapshot): void {
    if (this.#isSending) return
    this.#isSending = true
    const { topics, removed, hasMore } = this.#changes(snapshot.topics)
    const rest = `"topics":[${topics.join(',')}],"removedTopics":${JSON.stringify(removed)},"hasMoreTopics":${hasMore}`
    void this.#port.send(this.#port.dataFrame(`${snapshot.json},${rest}`)).finally(() => {
      this.#isSending = false
    })
  }

  #changes(now: ReadonlyMap<string, string>) {
    const removed = [...this.#told.keys()].filter((name) => !now.has(name))
    for (const name of removed) this.#told.delete(name)
    const topics: string[] = []
    for (const [name, json] of now) {
      if (this.#told.get(name) === json) continue
      if (topics.length === LIMITS.maxLiveTopicsPerFrame) return { topics, removed, hasMore: true }
      this.#told.set(name, json)
      topics.push(json)
    }
    return { topics, removed, hasMore: false }
  }
}
