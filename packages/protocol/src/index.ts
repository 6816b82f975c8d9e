export { utf8SizeBytes } from '#text'
export { COMPRESSIONS, type Compression } from './compression.ts'
export { crc32c } from './crc32c.ts'
export { ERRORS, type ErrorCode, type ErrorDefinition, errorCodeOf } from './errors.ts'
export {
  decodeFetchRequest,
  decodeFetchResponse,
  encodeFetchRequest,
  encodeFetchResponse,
  type FetchEntry,
  type FetchRequest,
  type FetchResponse,
  type FetchResult,
} from './frames/fetch-frame.ts'
export {
  decodeProduceRequest,
  decodeProduceResponse,
  encodeProduceRequest,
  encodeProduceResponse,
  type ProduceEntry,
  type ProduceRequest,
  type ProduceResponse,
  type ProduceResult,
} from './frames/produce-frame.ts'
export { invalidJson, parseJson, parseJsonExact } from './json-text.ts'
export { LIMITS } from './limits.ts'
export { type OffsetPosition, offsetPositionOf } from './offset-position.ts'
export { murmur2, partitionForKey, StickyPartitioner } from './partitioner.ts'
export { errorOfProblem, PROBLEM_CONTENT_TYPE, type Problem, problemOf } from './problem.ts'
export {
  encodeRecordBatch,
  type HeaderToEncode,
  RecordBatchBuilder,
  type RecordBatchBuilderOptions,
  type RecordBatchOptions,
  type RecordToEncode,
} from './record-batch/builder.ts'
export { checkRecordBatch, type RecordBatchLimits } from './record-batch/check.ts'
export { verifyRecordBatchChecksum } from './record-batch/checksum.ts'
export { RecordCursor, type RecordCursorOptions, type RecordHeader } from './record-batch/cursor.ts'
export {
  type DecodedRecord,
  decodeRecordBatch,
  type PlacedRecordBatch,
  recordBatches,
} from './record-batch/decode.ts'
export {
  RECORD_BATCH_HEADER_BYTES,
  type RecordBatchHeader,
  readRecordBatchHeader,
  readRecordBatchSize,
} from './record-batch/header.ts'
export { type ProducerStamp, stampProducer, stampRecordBatch } from './record-batch/stamp.ts'
export { UnpackAllowance } from './record-batch/unpack-allowance.ts'
export {
  type BytesText,
  bytesText,
  type RecordBytes,
  type RecordText,
  recordText,
  recordTextJson,
} from './record-text.ts'
export { fieldTwice, repeatedField } from './repeated-field.ts'
export { Roster } from './roster.ts'
export { topicNameProblem } from './topic-name.ts'
export { YakError, type YakErrorOptions } from './yak-error.ts'
