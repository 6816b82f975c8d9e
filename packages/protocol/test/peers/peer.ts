/** Another implementation of Kafka's record batch, as the cross-checks use it. */
export interface Peer {
  readonly name: 'kafkajs' | '@platformatic/kafka'
  /** One batch, as its producer would send it. */
  encode(records: readonly PeerRecord[], options: PeerOptions): Promise<Uint8Array>
  decode(batch: Uint8Array): Promise<PeerBatch>
  murmur2(key: Uint8Array): number
}

export interface PeerRecord {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: readonly (readonly [string, Uint8Array | null])[]
  readonly timestamp: number
}

export interface PeerOptions {
  readonly compression: 'none' | 'gzip' | 'zstd'
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
}

interface PeerBatch {
  readonly baseOffset: number
  readonly leaderEpoch: number
  readonly attributes: number
  readonly lastOffsetDelta: number
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly records: readonly (PeerRecord & { readonly offset: number })[]
}
