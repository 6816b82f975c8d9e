/** What both sides of the transport between brokers agree on, and every limit of it by its name. */
export const replicaPaths = {
  promise: '/v1/replica/promise',
  fetch: '/v1/replica/fetch',
  message: '/v1/replica/message',
  /** GET: who is there, and what it has of the settings that must be alike. */
  broker: '/v1/replica/broker',
} as const

/** Of `core/replica-frames.ts`. */
export const replicaFrameType = 'application/vnd.yak.replica.v1'
export const replicaJsonType = 'application/json'

/** In every answer: who gave it. An answer without it is not of a YAK broker. */
export const answeredByHeader = 'yak-broker-id'
/** In every request: whom it is for. Whoever is not meant refuses it, so a swapped URL is found before it does harm. */
export const addresseeHeader = 'yak-to-broker-id'

/** In an answer to "who is there": which process it is. Two may have been given one id. */
export const processHeader = 'yak-process'

export const replicaLimits = {
  /** A JSON message: some 200 bytes for each of 20,000 partitions, and room. */
  maxJsonBytes: 16_777_216,
  /** A fetch request: 36 bytes for each partition, and room. */
  maxFetchRequestBytes: 2_097_152,
  /** Bodies of all peers that are here, whole or in part: some messages of the largest size, and many of the usual. */
  maxBodyBytesAtOnce: 134_217_728,
  /**
   * A fetch answer on top of what was asked for: at least one batch is sent, and an operator may allow 64 MiB for one; and
   * some 70 bytes for each partition.
   */
  maxFetchExcessBytes: 71_303_168,
  /** One-way messages for one peer that wait or are under way. The oldest that waits gives way. */
  maxQueuedMessages: 64,
  /** One-way messages, promise requests and fetches written to one connection whose answers are not here yet. */
  maxPipelined: 8,
  /** Requests of all peers that wait here for the core's answer. The oldest gives way. */
  maxWaitingRequests: 256,
  /** Promise requests of one peer that wait here. The oldest gives way; of fetches there is one. */
  maxWaitingPromises: 4,
} as const
