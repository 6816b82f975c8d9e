import { MemoryStorage } from '@yak/log/testing'
import { readRecordBatchHeader } from '@yak/protocol'
import type { HostedDisk } from '../broker-life.ts'
import type { Random } from '../random.ts'

const decoder = new TextDecoder()

interface PlacedBatch {
  readonly path: string
  readonly position: number
  readonly sizeBytes: number
}

/** A data folder in memory, with the page cache that a crash keeps and a power cut loses. */
export class DrivenDisk implements HostedDisk {
  readonly diskId: string
  readonly storage = new MemoryStorage()

  constructor(diskId: string) {
    this.diskId = diskId
  }

  get promisedEpoch(): number {
    const { paths } = this.storage
    const content = <Content>(path: string): Content | undefined =>
      paths.includes(path) ? JSON.parse(decoder.decode(this.storage.bytesOf(path))).content : undefined
    const entered = content<Record<string, { readonly epoch: number }>>('entered-epochs.json') ?? {}
    const promised = content<{ readonly epoch: number }>('promise.json')?.epoch ?? 0
    return Math.max(promised, ...Object.values(entered).map(({ epoch }) => epoch))
  }

  kill(): void {
    this.storage.kill()
  }

  cutPower(random: Random): void {
    this.storage.cutPower(() => random.unit())
  }

  /** Behind it stands another good batch, or the damage could not be told from a torn write. */
  flipBit(random: Random): boolean {
    const batches: PlacedBatch[] = []
    for (const folder of new Set(this.#segments().map((path) => path.slice(0, path.lastIndexOf('/'))))) {
      // Of the newest segment, which is the one that an unclean start reads whole.
      const newest = this.#segments().findLast((path) => path.startsWith(`${folder}/`))!
      batches.push(...this.#batchesOf(newest).slice(0, -1))
    }
    if (batches.length === 0) return false
    const { path, position, sizeBytes } = random.pick(batches)
    this.storage.flipBit(path, position + random.integer(21, sizeBytes - 1), random.integer(0, 7))
    return true
  }

  #segments(): string[] {
    return this.storage.paths.filter((path) => path.startsWith('logs/') && path.endsWith('.log'))
  }

  #batchesOf(path: string): PlacedBatch[] {
    const bytes = this.storage.bytesOf(path)
    const batches: PlacedBatch[] = []
    try {
      for (let position = 0; position < bytes.length; ) {
        const { sizeBytes } = readRecordBatchHeader(bytes, position)
        batches.push({ path, position, sizeBytes })
        position += sizeBytes
      }
    } catch {
      // The zeros written ahead, or a torn tail: the batches end here.
    }
    return batches
  }
}
