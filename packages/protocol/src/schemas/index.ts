/** The HTTP JSON of YAK as zod schemas, apart from the main entry so that only those who use them load zod. */
export {
  type BrokerConfigJson,
  type BrokerConfigResponse,
  brokerConfigQuerySchema,
  brokerConfigResponseSchema,
} from './broker-config.ts'
export {
  type BrokerLog,
  type BrokerLogResponse,
  brokerLogQuerySchema,
  brokerLogResponseSchema,
} from './broker-log.ts'
export {
  type ChaosAction,
  type ChaosRequest,
  chaosActionSchema,
  chaosActions,
  chaosRequestSchema,
} from './chaos.ts'
export {
  type ClusterResponse,
  clusterResponseSchema,
  coordinatorStateSchema,
  type HealthResponse,
  healthResponseSchema,
  type LeaderResponse,
  leaderResponseSchema,
  metricsResponseSchema,
} from './cluster.ts'
export { type ConsumeQuery, type ConsumeResponse, consumeQuerySchema, consumeResponseSchema } from './consume.ts'
export {
  type CounterHistoryJson,
  type CounterHistoryResponse,
  counterHistoryQuerySchema,
  counterHistoryResponseSchema,
  counterHistorySchema,
} from './counter-history.ts'
export { type BrokerReference, brokerReferenceSchema, type PartError, partErrorSchema } from './fields.ts'
export { type HistogramResponse, histogramQuerySchema, histogramResponseSchema } from './histogram.ts'
export {
  type JournalEntry,
  type JournalLevel,
  type JournalQuery,
  type JournalResponse,
  type JournalType,
  journalEntrySchema,
  journalLevelSchema,
  journalLevels,
  journalQuerySchema,
  journalResponseSchema,
  journalTypes,
  type MissingBroker,
  missingBrokerSchema,
} from './journal.ts'
export {
  type BrokerState,
  brokerStateSchema,
  type LiveBroker,
  type LiveClientFrame,
  type LiveClientFrameJson,
  type LiveClusterData,
  type LiveError,
  type LiveHello,
  type LiveJournalData,
  type LiveMessagesData,
  type LiveMessagesPart,
  type LiveServerFrame,
  type LiveSubscribed,
  liveClientFrameSchema,
  type SubscribeFrame,
  type SubscribeJournal,
  type SubscribeMessages,
  subscribeFrameSchema,
} from './live.ts'
export { offsetPositionSchema } from './offset-position.ts'
export {
  type MessagesResponse,
  messagesResponseSchema,
  pageTopicsResponseSchema,
  type SendBatchRequest,
  type SendBatchResponse,
  type SubscribeRequest,
  sendBatchRequestSchema,
  sendBatchResponseSchema,
  sendRequestSchema,
  sendRowsRequestSchema,
  sendUploadRequestSchema,
  subscribeRequestSchema,
  subscribeResponseSchema,
  subscriptionParametersSchema,
  subscriptionsResponseSchema,
  unsubscribeResponseSchema,
  uploadResponseSchema,
} from './pages.ts'
export { parseRequest, type RequestIssue } from './parse-request.ts'
export { problemSchema } from './problem.ts'
export {
  type ProduceManyJson,
  type ProduceManyResponseJson,
  type ProduceOneJson,
  type ProduceRecordJson,
  produceManyRequestSchema,
  produceManyResponseSchema,
  produceOneRequestSchema,
  produceRecordSchema,
  produceRequestSchema,
  produceResultSchema,
  type ReceiptJson,
  receiptSchema,
} from './produce.ts'
export {
  type ConsumedRecord,
  consumedRecordSchema,
  type RecordHeaders,
  recordHeadersSchema,
  valueEncodingSchema,
} from './record.ts'
export {
  type CreateTopicRequest,
  createTopicRequestSchema,
  type DeleteRecordsResponse,
  deleteRecordsQuerySchema,
  deleteRecordsResponseSchema,
  deleteTopicResponseSchema,
  type PartitionStateJson,
  partitionStateSchema,
  type TopicConfig,
  type TopicDescription,
  topicConfigSchema,
  topicDescriptionSchema,
  topicParametersSchema,
  topicsResponseSchema,
} from './topics.ts'
export {
  type MetadataQuery,
  type MetadataResponse,
  metadataQuerySchema,
  metadataResponseSchema,
  type OffsetsRequest,
  type OffsetsResponse,
  offsetsRequestSchema,
  offsetsResponseSchema,
  type ProducerIdResponse,
  producerIdResponseSchema,
  type TopicMetadata,
  topicMetadataErrorSchema,
  topicMetadataSchema,
} from './v1.ts'
