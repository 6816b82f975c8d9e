import {
  type CreateRecordsBatchOptions,
  createRecordsBatch,
  murmur2,
  Reader,
  readRecordsBatch,
} from '@platformatic/kafka'
import type { Peer, PeerRecord } from './peer.ts'

const TOPIC = 't'

export const platformatic: Peer = {
  name: '@platformatic/kafka',

  async encode(records, options) {
    const writer = createRecordsBatch(records.map(messageOf), {
      compression: options.compression,
      producerId: BigInt(options.producerId),
      producerEpoch: options.producerEpoch,
      sequences: { getWithDefault: () => options.baseSequence } as unknown as CreateRecordsBatchOptions['sequences'],
    })
    return writer.buffer
  },

  async decode(batch) {
    const decoded = readRecordsBatch(Reader.from(Buffer.from(batch)))
    const baseOffset = Number(decoded.firstOffset)
    const baseTimestamp = Number(decoded.firstTimestamp)
    return {
      baseOffset,
      leaderEpoch: decoded.partitionLeaderEpoch,
      attributes: decoded.attributes,
      lastOffsetDelta: decoded.lastOffsetDelta,
      baseTimestamp,
      maxTimestamp: Number(decoded.maxTimestamp),
      producerId: Number(decoded.producerId),
      producerEpoch: decoded.producerEpoch,
      baseSequence: decoded.firstSequence,
      records: decoded.records.map((record) => ({
        offset: baseOffset + record.offsetDelta,
        timestamp: baseTimestamp + Number(record.timestampDelta),
        key: record.key,
        value: record.value,
        headers: record.headers.map(([name, value]) => [name!.toString(), value] as const),
      })),
    }
  },

  murmur2: (key) => murmur2(Buffer.from(key)),
}

function messageOf(record: PeerRecord): Parameters<typeof createRecordsBatch>[0][number] {
  return {
    topic: TOPIC,
    partition: 0,
    ...(record.key === null ? {} : { key: Buffer.from(record.key) }),
    value: (record.value === null ? null : Buffer.from(record.value)) as Buffer,
    headers: new Map(
      record.headers.map(([name, value]) => [
        Buffer.from(name),
        (value === null ? null : Buffer.from(value)) as Buffer,
      ]),
    ),
    timestamp: BigInt(record.timestamp),
  }
}
