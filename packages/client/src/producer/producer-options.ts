import { COMPRESSIONS, type Compression, LIMITS } from '@yak/protocol'
import { CODECS, type Codec } from '../codec.ts'
import { assertKnownFields, boundedNumber, oneOf, trueOrFalse } from '../option-checks.ts'

/** How a producer batches, retries and bounds what it holds. */
export interface ProducerOptions {
  /** How values become bytes, unless a send names another way. Default json. */
  readonly codec?: Codec
  /** Of whole batches. Default none. gzip and zstd need Node. */
  readonly compression?: Compression
  /**
   * How long a batch that is not full waits for more, in milliseconds. Default 0: it leaves at once, unless a batch before
   * it in the partition is still under way. Less than `deliveryTimeoutMs`.
   */
  readonly lingerMs?: number
  /** A batch is full at this many bytes, before compression. A record larger than this travels alone. Default 262,144. */
  readonly maxBatchBytes?: number
  /** Produce requests under way at once, 1 to 5. Default 5; 1 without idempotence, or order could be lost. */
  readonly maxInFlight?: number
  /** Bytes of records not yet settled. When it is reached, further sends wait their turn, unencoded. Default 33,554,432. */
  readonly maxBufferBytes?: number
  /** From `send` to the receipt, over all attempts, in milliseconds. Default 120,000. */
  readonly deliveryTimeoutMs?: number
  /** Every record exactly once, in order, however often it is retried. Default true; false: at least once. */
  readonly idempotent?: boolean
  /** Create topics on first use, where the broker allows it. Default true. */
  readonly createTopics?: boolean
}

export interface ResolvedProducerOptions extends Required<ProducerOptions> {}

/** What a request's frame takes besides its batches is small change beside this. */
export const MAX_REQUEST_BYTES: number = LIMITS.maxRequestBytes / 2

export function resolveProducerOptions(options: ProducerOptions): ResolvedProducerOptions {
  assertKnownFields('producer()', options, [
    'codec',
    'compression',
    'lingerMs',
    'maxBatchBytes',
    'maxInFlight',
    'maxBufferBytes',
    'deliveryTimeoutMs',
    'idempotent',
    'createTopics',
  ])
  const idempotent = trueOrFalse('idempotent', options.idempotent, true)
  const maxMaxInFlight = idempotent ? LIMITS.producerBatchesRemembered : 1
  if (!idempotent && (options.maxInFlight ?? 1) > 1) {
    throw new TypeError(`\`maxInFlight\` is 1 without idempotence, not ${options.maxInFlight}: order could be lost.`)
  }
  const lingerMs = boundedNumber('lingerMs', options.lingerMs, 0, 0, 60_000)
  const deliveryTimeoutMs = boundedNumber('deliveryTimeoutMs', options.deliveryTimeoutMs, 120_000, 10, 2 ** 31 - 1)
  if (lingerMs >= deliveryTimeoutMs) {
    throw new TypeError(
      `\`lingerMs\` is less than \`deliveryTimeoutMs\`, ${deliveryTimeoutMs}, not ${lingerMs}: a batch would be given up before it is sent.`,
    )
  }
  return {
    codec: oneOf('codec', options.codec, 'json', CODECS),
    compression: oneOf('compression', options.compression, 'none', COMPRESSIONS),
    lingerMs,
    maxBatchBytes: boundedNumber('maxBatchBytes', options.maxBatchBytes, 262_144, 256, LIMITS.maxBatchBytes),
    maxInFlight: boundedNumber('maxInFlight', options.maxInFlight, maxMaxInFlight, 1, maxMaxInFlight),
    maxBufferBytes: boundedNumber('maxBufferBytes', options.maxBufferBytes, 33_554_432, 1_024, 2 ** 40),
    deliveryTimeoutMs,
    idempotent,
    createTopics: trueOrFalse('createTopics', options.createTopics, true),
  }
}
