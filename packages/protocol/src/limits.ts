/**
 * Every limit of YAK by its name, with unit and reason. The broker lets an operator lower or raise those it names in its
 * configuration; these are the defaults and the hard ends.
 */
export const LIMITS = {
  /** Largest offset, sequence of file positions, and so on: what a JavaScript number holds exactly. */
  maxOffset: Number.MAX_SAFE_INTEGER,

  /** Kafka's rule: a topic's name is a folder's name with a suffix. */
  maxTopicNameLength: 249,
  maxTopics: 10_000,
  maxPartitionsPerTopic: 1_000,
  maxPartitions: 20_000,
  defaultPartitions: 3,

  /** Brokers of one cluster: each owns the epochs that leave its index when divided by this. */
  maxBrokers: 64,

  /** One record, key, value and headers together, uncompressed. */
  maxRecordBytes: 1_048_576,
  /** One record batch as it travels and lies on disk. Kafka's `message.max.bytes` is of the same size. */
  maxBatchBytes: 4_194_304,
  maxRecordsPerBatch: 100_000,
  /** What a compressed batch may unpack to: a bomb stops here. */
  maxDecompressedBatchBytes: 16_777_216,
  /** What the compressed batches of one request may unpack to together; the others are refused, to be sent again. */
  maxDecompressedRequestBytes: 67_108_864,
  maxHeadersPerRecord: 100,

  /** A whole HTTP request body. */
  maxRequestBytes: 16_777_216,
  maxJsonRecordsPerRequest: 10_000,
  /** Arrays and objects within each other. Reading and writing JSON takes a stack frame for each. */
  maxJsonDepth: 1_000,
  /** A CSV upload to `/api/upload`; it is streamed to disk, never held in memory. */
  maxUploadBytes: 2_147_483_648,
  /** Uploads a broker keeps at once, and for how long after they were last used. */
  maxUploads: 16,
  uploadExpiryMs: 1_800_000,
  uploadPreviewRows: 10,
  /** Characters of the rows shown, after the first: what is shown of large rows is few of them. */
  maxUploadPreviewLength: 262_144,
  maxColumns: 2_000,
  /** Subscriptions of consumer pages, and for how long one is kept that nobody asks for messages. */
  maxSubscriptions: 1_000,
  subscriptionExpiryMs: 300_000,
  /** Rows whose failure an answer of `/api/send_batch` describes; the others are counted. */
  maxRowErrors: 1_000,
  maxPartitionsPerRequest: 4_096,
  maxHistogramBuckets: 240,
  /** One fetch answer, and one partition's share of it. */
  maxFetchBytes: 16_777_216,
  defaultFetchBytes: 4_194_304,
  maxFetchWaitMs: 30_000,
  maxConsumeRecords: 10_000,
  defaultConsumeRecords: 500,
  maxAckTimeoutMs: 120_000,

  /** Bytes of requests the broker holds at once, before it answers OVERLOADED. */
  maxInFlightBytes: 67_108_864,
  /** Long-polls that may wait at once. */
  maxWaitingFetches: 10_000,
  /** Batches remembered for each producer and partition, and so the most a producer may have under way. Kafka's five. */
  producerBatchesRemembered: 5,

  /** Entries and bytes of a broker's event journal on disk; the oldest go first. One file holds a share of them. */
  maxJournalEntries: 100_000,
  maxJournalBytes: 33_554_432,
  maxJournalFileBytes: 1_048_576,
  /** Characters of one entry's text, and bytes of its data as JSON. */
  maxJournalTextLength: 2_000,
  maxJournalDataBytes: 8_192,
  /** Entries that wait for a disk that refuses them. */
  maxUnsavedJournalEntries: 1_000,
  maxJournalAnswerEntries: 1_000,
  defaultJournalAnswerEntries: 200,

  /** Newest lines of its log that a broker keeps in memory, their bytes, and characters of one of them; of an answer unless told. */
  maxKeptLogLines: 1_000,
  maxKeptLogBytes: 524_288,
  maxKeptLogLineLength: 16_384,
  defaultLogAnswerLines: 200,

  /** One answer of a peer about its state or journal, and how long it may take. */
  maxPeerAnswerBytes: 8_388_608,
  peerAnswerMs: 2_000,

  /** Sockets of the live channel, and what one of them may ask for. */
  maxLiveConnections: 256,
  maxLiveSubscriptions: 64,
  maxLiveFrameBytes: 65_536,
  maxLiveIdLength: 64,
  /** Bytes that a client has not taken; while there are as many, it is not heard. */
  maxLiveUnsentBytes: 8_388_608,
  /** Frames that break a rule before the connection is closed. */
  maxLiveFaults: 20,
  maxLiveCreditMessages: 1_000_000,
  maxLiveCreditBytes: 1_073_741_824,
  /** One frame of records; frames that are not full come this far apart. */
  maxLiveFrameRecords: 1_000,
  liveFrameReadBytes: 1_048_576,
  liveFrameIntervalMs: 20,
  liveHeartbeatMs: 5_000,
  /** A connection without a subscription is closed after so long. */
  liveIdleMs: 60_000,
  /** How often the state of the cluster is told, and how soon after a change. */
  liveStateMs: 1_000,
  liveStateChangeMs: 50,
  /** Topics in one frame of the cluster's state; more changes come with the next. */
  maxLiveTopicsPerFrame: 500,
  maxLiveJournalEntriesPerFrame: 500,
  /** How often a broker notes its counters for the past of a chart, and how many notes it keeps: one hour. */
  counterNoteMs: 5_000,
  maxCounterNotes: 720,
  /** Partitions that a broker lists in its own state. */
  maxBrokerStatePartitions: 2_000,
} as const
