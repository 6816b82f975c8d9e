import type { SmallFile } from '../../../apps/broker/src/replication/core/outputs.ts'
import {
  type Boot,
  type ClusterState,
  type EnteredEpoch,
  emptyCluster,
  type IsrRecord,
  metadataKey,
  type PartitionKey,
  type SavedPromise,
} from '../../../apps/broker/src/replication/core/state.ts'
import type { HostedDisk } from '../broker-life.ts'
import type { Random } from '../random.ts'
import { TopicList } from '../topic-list.ts'
import { ModelLog, valuesOf } from './model-log.ts'

/** What survives a broker's process: its small files and its logs. */
export class ModelDisk implements HostedDisk {
  readonly diskId: string
  readonly logs = new Map<PartitionKey, ModelLog>()
  readonly highWatermarks = new Map<PartitionKey, number>()
  readonly damaged = new Set<PartitionKey>()
  incarnationCount = 0
  lastIncarnation: string | undefined
  #cluster: ClusterState = emptyCluster
  #promise: SavedPromise | null = null
  #isr: IsrRecord | null = null
  #entered: ReadonlyMap<PartitionKey, EnteredEpoch> = new Map()

  get promisedEpoch(): number {
    return this.#promise?.epoch ?? 0
  }

  constructor(diskId: string) {
    this.diskId = diskId
    this.logs.set(metadataKey, new ModelLog())
  }

  save(content: SmallFile): void {
    switch (content.file) {
      case 'cluster':
        this.#cluster = content.value
        break
      case 'promise':
        this.#promise = content.value
        break
      case 'isr':
        this.#isr = content.value
        break
      case 'entered-epochs':
        this.#entered = new Map(content.value)
    }
  }

  /** There is no page cache here: what a kill leaves is as little as what a power cut does. */
  kill(random: Random): void {
    for (const log of this.logs.values()) log.crash(() => random.unit())
  }

  cutPower(random: Random): void {
    for (const log of this.logs.values()) log.losePower(() => random.unit())
  }

  /** What recovery makes of a damaged batch that others stand behind is an empty log that says so. */
  flipBit(random: Random): boolean {
    const keys = [...this.logs].filter(([, log]) => log.batches.length > 1).map(([key]) => key)
    if (keys.length === 0) return false
    const key = random.pick(keys)
    this.damaged.add(key)
    this.logs.get(key)!.beginAnew(0)
    return true
  }

  /** What the core starts from, and the topic list as far as it was committed. */
  boot(
    minInsyncReplicas: number,
    isRelaxed: (key: PartitionKey) => boolean,
  ): { readonly boot: Boot; readonly topics: TopicList } {
    for (const [key, log] of this.logs) {
      log.reopen()
      // What it says must not be true of other records once the log has grown again.
      if (isRelaxed(key)) this.highWatermarks.set(key, Math.min(this.highWatermarks.get(key) ?? 0, log.endOffset))
    }
    const topics = this.#committedTopics()
    const present = [...this.logs].filter(([key]) => !topics.deleted.has(key))
    const partitions = present.map(([key, log]) => ({
      key,
      settings: { minInsyncReplicas, isRelaxed: isRelaxed(key) },
      log: log.state,
      highWatermark: this.highWatermarks.get(key) ?? 0,
      isDamaged: this.damaged.has(key),
    }))
    this.damaged.clear()
    const boot = {
      cluster: this.#cluster,
      promise: this.#promise,
      isr: this.#isr,
      entered: this.#entered,
      partitions,
      removed: [...topics.deleted],
    }
    return { boot, topics }
  }

  #committedTopics(): TopicList {
    const topics = new TopicList()
    const committed = this.highWatermarks.get(metadataKey) ?? 0
    for (const { bytes, header } of this.logs.get(metadataKey)!.batches) {
      if (header.lastOffset >= committed) break
      for (const value of valuesOf(bytes)) topics.apply(value)
    }
    return topics
  }
}
