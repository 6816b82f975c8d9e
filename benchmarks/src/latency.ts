import { join } from 'node:path'
import { YakClient } from '@yak/client'
import { build, type Histogram } from 'hdr-histogram-js'
import type { Benchmark } from './benchmark.ts'
import { startBroker } from './broker-process.ts'

const MESSAGES_PER_SECOND = 1_000

/**
 * End to end: from the moment a message was due to be sent (not when the sender got round to it: that would leave out the
 * waiting a stall causes, coordinated omission) to the moment the consumer's loop has it. Producer and consumer share a process,
 * and so a clock. The sender turns the event loop without sleeping: a timer would add up to a millisecond of its own.
 */
export async function endToEnd(
  brokers: readonly string[],
  topic: string,
  valueBytes: number,
  seconds: number,
): Promise<{ readonly arrival: Histogram; readonly acknowledged: Histogram }> {
  const client = new YakClient({ brokers: [...brokers] })
  await client.admin().createTopic({ topic, partitions: 3 })
  const producer = client.producer({ codec: 'bytes' })
  const consumer = client.consumer({ topics: [topic], from: 'earliest', codec: 'bytes' })
  const arrival = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 60_000_000,
    numberOfSignificantValueDigits: 3,
  })
  const acknowledged = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 60_000_000,
    numberOfSignificantValueDigits: 3,
  })
  const warmUp = MESSAGES_PER_SECOND * 2
  const total = Math.round(seconds * MESSAGES_PER_SECOND) + warmUp
  const micros = (sinceMs: number): number => Math.max(1, Math.round((performance.now() - sinceMs) * 1_000))
  const begin = performance.now() + 50
  const dueAt = (index: number): number => begin + (index * 1_000) / MESSAGES_PER_SECOND

  const received = (async () => {
    let count = 0
    for await (const message of consumer) {
      const index = Buffer.from(message.value as Uint8Array).readUInt32LE(0)
      if (index >= warmUp) arrival.recordValue(micros(dueAt(index)))
      if (++count === total) break
    }
  })()
  const receipts: Promise<void>[] = []
  for (let index = 0; index < total; ) {
    if (performance.now() >= dueAt(index)) {
      const value = Buffer.alloc(valueBytes)
      value.writeUInt32LE(index)
      const due = dueAt(index)
      const counts = index >= warmUp
      receipts.push(producer.send({ topic, value }).then(() => void (counts && acknowledged.recordValue(micros(due)))))
      index++
    } else {
      await new Promise(setImmediate)
    }
  }
  await Promise.all(receipts)
  await received
  await consumer.close()
  await client.close()
  return { arrival, acknowledged }
}

export const latency: Benchmark = {
  name: 'latency',
  describes: 'end to end at a fixed 1,000 messages/s, measured from when each message was due',
  async run({ scale, folder, report }) {
    const broker = await startBroker(join(folder, 'broker'))
    try {
      for (const valueBytes of [100, 1_024]) {
        const seconds = Math.max(3, 20 * scale)
        const { arrival, acknowledged } = await endToEnd([broker.url], `bench-${valueBytes}`, valueBytes, seconds)
        const settings = { valueBytes, perSecond: MESSAGES_PER_SECOND, seconds }
        for (const [percentile, target] of [
          [50, 0.8],
          [99, 2],
          [99.9, undefined],
        ] as const) {
          report({
            name: `send → receipt p${percentile}, ${valueBytes} B`,
            value: acknowledged.getValueAtPercentile(percentile) / 1_000,
            unit: 'ms',
            settings,
          })
          report({
            name: `send → consumer p${percentile}, ${valueBytes} B`,
            value: arrival.getValueAtPercentile(percentile) / 1_000,
            unit: 'ms',
            ...(target !== undefined && { target }),
            settings,
          })
        }
      }
      report({ name: 'broker memory, peak', value: broker.memory.peakMB, unit: 'MB', target: 200 })
    } finally {
      await broker.stop()
    }
  },
}
