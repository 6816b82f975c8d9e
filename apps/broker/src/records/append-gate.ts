import { YakError } from '@yak/protocol'
import type { DiskSpace } from '../disk-space.ts'
import type { BrokerMetrics } from '../metrics/broker-metrics.ts'
import type { Topic } from '../topics/topic.ts'

/** What every way of producing asks before it appends, and tells afterwards. */
export class AppendGate {
  readonly #disk: DiskSpace
  readonly #metrics: BrokerMetrics

  constructor(disk: DiskSpace, metrics: BrokerMetrics) {
    this.#disk = disk
    this.#metrics = metrics
  }

  /** Throws DISK_FULL. */
  assertOpen(): void {
    if (!this.#disk.isFull) return
    throw new YakError(
      'DISK_FULL',
      `The broker's disk has ${this.#disk.freeBytes} bytes free, too few to take new records. ` +
        'Free some space or lower the retention; the broker goes on by itself then.',
      { details: { freeBytes: this.#disk.freeBytes } },
    )
  }

  noteAppended(topic: Topic, recordCount: number, sizeBytes: number): void {
    topic.counters.recordsIn += recordCount
    topic.counters.bytesIn += sizeBytes
    this.#metrics.recordsIn.add(recordCount)
    this.#metrics.bytesIn.add(sizeBytes)
    this.#disk.noteAppended(sizeBytes)
  }
}
