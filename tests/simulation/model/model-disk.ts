import type { SmallFile } from '../../../apps/broker/src/replication/core/outputs.ts'
import {
  type Boot,
  type ClusterState,
  type EnteredEpoch,
  emptyCluster,
  type IsrRecord,
  metadataKey,
  type PartitionKey,
  type PromiseState,
} from '../../../apps/broker/src/replication/core/state.ts'
import { ModelLog } from './model-log.ts'

/** What survives a broker's process: its small files and its logs. */
export class ModelDisk {
  readonly diskId: string
  readonly logs = new Map<PartitionKey, ModelLog>()
  readonly highWatermarks = new Map<PartitionKey, number>()
  readonly damaged = new Set<PartitionKey>()
  incarnationCount = 0
  #cluster: ClusterState = emptyCluster
  #promise: PromiseState | null = null
  #isr: IsrRecord | null = null
  #entered: ReadonlyMap<PartitionKey, EnteredEpoch> = new Map()

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

  /** One batch that others stand behind is spoilt: what recovery makes of that is an empty log that says so. */
  damage(key: PartitionKey): void {
    this.damaged.add(key)
    this.logs.get(key)!.beginAnew(0)
  }

  boot(minInsyncReplicas: number): Boot {
    const partitions = [...this.logs].map(([key, log]) => ({
      key,
      settings: { minInsyncReplicas, isRelaxed: false },
      log: log.state,
      highWatermark: this.highWatermarks.get(key) ?? 0,
      isDamaged: this.damaged.has(key),
    }))
    this.damaged.clear()
    return {
      cluster: this.#cluster,
      promise: this.#promise,
      isr: this.#isr,
      entered: this.#entered,
      partitions,
      removed: [],
    }
  }
}
