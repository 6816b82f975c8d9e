export { type ErrorCode, YakError } from '@yak/protocol'
export type { ClusterResponse, TopicConfig, TopicDescription } from '@yak/protocol/schemas'
export { Admin, type TopicToCreate } from './admin/admin.ts'
export type { ClientEvents } from './client-events.ts'
export type { YakClientOptions } from './client-options.ts'
export type { Clock } from './clock.ts'
export type { CallOptions } from './cluster/leader-call.ts'
export type { Codec } from './codec.ts'
export { Consumer, type ConsumerPosition, type TopicPartition } from './consumer/consumer.ts'
export type { ConsumerOptions, PartitionToConsume, StartPosition } from './consumer/consumer-options.ts'
export { Message } from './consumer/message.ts'
export { MessageBatch } from './consumer/message-batch.ts'
export { Producer } from './producer/producer.ts'
export type { ProducerOptions } from './producer/producer-options.ts'
export type {
  ProducerMessage,
  ProducerMessages,
  ProducerRecord,
  Receipt,
  SendOptions,
} from './producer/producer-record.ts'
export {
  type Connection,
  type ConnectionOptions,
  type Transport,
  TransportError,
  type TransportFailure,
  type TransportRequest,
  type TransportResponse,
} from './transport/transport.ts'
export { YakClient } from './yak-client.ts'
