import { createRequire } from 'node:module'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { Peer, PeerRecord } from './peer.ts'

/** kafkajs has no public codec, and its classes no types; these are the parts of its inside that are called. */
interface Encoder {
  readonly buffer: Buffer
}

interface DecodedBatch {
  readonly firstOffset: string
  readonly partitionLeaderEpoch: number
  readonly inTransaction: boolean
  readonly lastOffsetDelta: number
  readonly firstTimestamp: string
  readonly maxTimestamp: string
  readonly producerId: string
  readonly producerEpoch: number
  readonly firstSequence: number
  readonly records: readonly {
    readonly key: Buffer | null
    readonly value: Buffer | null
    readonly headers: Readonly<Record<string, Buffer | Buffer[]>>
    readonly timestamp: string
    readonly offset: string
  }[]
}

const require = createRequire(import.meta.url)
const produceRequest = require('kafkajs/src/protocol/requests/produce/v3/request') as (request: object) => {
  encode(): Promise<Encoder>
}
const Decoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => object
const decodeBatch = require('kafkajs/src/protocol/recordBatch/v0/decoder') as (decoder: object) => Promise<DecodedBatch>
const hash = require('kafkajs/src/producer/partitioners/default/murmur2') as (key: Buffer) => number
const compression = require('kafkajs/src/protocol/message/compression') as {
  readonly Types: { readonly None: number; readonly GZIP: number; readonly ZSTD: number }
  readonly Codecs: Record<number, () => object>
}

/** kafkajs takes zstd as a plug-in. */
compression.Codecs[compression.Types.ZSTD] = () => ({
  compress: async (encoder: Encoder) => zstdCompressSync(encoder.buffer),
  decompress: async (bytes: Buffer) => zstdDecompressSync(bytes),
})

const { None, GZIP, ZSTD } = compression.Types
const TYPES = { none: None, gzip: GZIP, zstd: ZSTD }
const TOPIC = 't'
/** Transactional id, acks, timeout, topic count, topic, partition count, partition, batch length. */
const BYTES_BEFORE_BATCH = 2 + 2 + 4 + 4 + (2 + TOPIC.length) + 4 + 4 + 4

export const kafkajs: Peer = {
  name: 'kafkajs',

  async encode(records, options) {
    const request = produceRequest({
      acks: -1,
      timeout: 30_000,
      transactionalId: null,
      producerId: options.producerId,
      producerEpoch: options.producerEpoch,
      compression: TYPES[options.compression],
      topicData: [
        {
          topic: TOPIC,
          partitions: [{ partition: 0, firstSequence: options.baseSequence, messages: records.map(messageOf) }],
        },
      ],
    })
    return (await request.encode()).buffer.subarray(BYTES_BEFORE_BATCH)
  },

  async decode(batch) {
    const decoded = await decodeBatch(new Decoder(Buffer.from(batch)))
    return {
      baseOffset: Number(decoded.firstOffset),
      leaderEpoch: decoded.partitionLeaderEpoch,
      attributes: batch[22]!,
      lastOffsetDelta: decoded.lastOffsetDelta,
      baseTimestamp: Number(decoded.firstTimestamp),
      maxTimestamp: Number(decoded.maxTimestamp),
      producerId: Number(decoded.producerId),
      producerEpoch: decoded.producerEpoch,
      baseSequence: decoded.firstSequence,
      records: decoded.records.map((record) => ({
        offset: Number(record.offset),
        timestamp: Number(record.timestamp),
        key: record.key,
        value: record.value,
        headers: Object.entries(record.headers).flatMap(([name, values]) =>
          [values].flat().map((value): readonly [string, Uint8Array | null] => [name, value]),
        ),
      })),
    }
  },

  murmur2: (key) => hash(Buffer.from(key)),
}

/** A name that occurs more than once is a list here, so other headers can not stand between. */
function messageOf(record: PeerRecord): object {
  const headers: Record<string, (Buffer | null)[]> = {}
  for (const [name, value] of record.headers) {
    ;(headers[name] ??= []).push(value === null ? null : Buffer.from(value))
  }
  return {
    key: record.key === null ? null : Buffer.from(record.key),
    value: record.value === null ? null : Buffer.from(record.value),
    headers,
    timestamp: record.timestamp,
  }
}
