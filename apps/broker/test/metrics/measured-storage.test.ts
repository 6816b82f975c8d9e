import { MemoryStorage, storageConformance } from '@yak/log/testing'
import { describe, expect, it } from 'vitest'
import { MeasuredStorage } from '../../src/metrics/measured-storage.ts'
import { Histogram } from '../../src/metrics/metric.ts'

const syncSeconds = () => new Histogram('sync_seconds', 'Time of syncs.', [1])

describe('MeasuredStorage', () => {
  storageConformance({ describe, it }, async () => new MeasuredStorage(new MemoryStorage(), syncSeconds()))

  it('observes each sync', async () => {
    const histogram = syncSeconds()
    const file = await new MeasuredStorage(new MemoryStorage(), histogram).openFile('a', { create: true })
    await file.write([new Uint8Array(1)], 0)
    await file.sync()
    await file.writeThrough([new Uint8Array(1)], 1)
    expect(histogram.count).toBe(2)
    await file.close()
  })
})
