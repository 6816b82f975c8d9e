/**
 * The error table: one row for each code, and everything that speaks of errors derives from it: the broker's
 * problem+json, the numbers in the binary protocol, the SDK, the console and docs/errors.md.
 *
 * A `code` is for ever; its text is free to change. A `number` travels in the binary protocol: Kafka's where Kafka has
 * the same error (0 to 999), YAK's own from 1000 on. `retriable` says that the same request may succeed later without
 * being changed. `outcome` says what became of a write that got this answer: `not-written` is a promise that it can
 * never become visible; `unknown` means that it may.
 */
export interface ErrorDefinition {
  /** What stands for the code in the binary protocol: Kafka's own up to 999, YAK's from 1000 on. */
  readonly number: number
  /** HTTP status of the problem+json answer; 0 for errors that only the SDK raises. */
  readonly status: number
  /** The same request may succeed later without being changed. */
  readonly retriable: boolean
  /** What became of a write that got this answer: `not-written` can never become visible, `unknown` may. */
  readonly outcome: 'not-written' | 'unknown'
  /** What it means, in one sentence, for docs/errors.md and the problem's `title`. */
  readonly title: string
}

const notWritten = (number: number, status: number, title: string): ErrorDefinition => ({
  number,
  status,
  retriable: false,
  outcome: 'not-written',
  title,
})
const retriable = (number: number, status: number, title: string): ErrorDefinition => ({
  number,
  status,
  retriable: true,
  outcome: 'not-written',
  title,
})
const unknownOutcome = (number: number, status: number, title: string): ErrorDefinition => ({
  number,
  status,
  retriable: true,
  outcome: 'unknown',
  title,
})

/** The error table by code. Codes are never renamed or taken out; docs/errors.md is made from it. */
export const ERRORS = {
  // Requests
  INVALID_JSON: notWritten(1000, 400, 'The body is not JSON'),
  INVALID_REQUEST: notWritten(42, 400, 'The request has a missing, unknown or wrong field'),
  MALFORMED_FRAME: notWritten(1001, 400, 'The binary request does not follow its grammar'),
  UNSUPPORTED_VERSION: notWritten(35, 400, 'The protocol version is not spoken here'),
  UNSUPPORTED_MEDIA_TYPE: notWritten(1002, 415, 'The content type is not understood on this path'),
  BODY_TOO_LARGE: notWritten(1003, 413, 'The body is larger than the broker accepts'),
  BODY_INCOMPLETE: notWritten(1004, 400, 'The body ended before its announced length'),
  NOT_FOUND: notWritten(1005, 404, 'There is nothing at this path'),
  METHOD_NOT_ALLOWED: notWritten(1006, 405, 'The path exists, the method does not'),
  ORIGIN_NOT_ALLOWED: notWritten(1022, 403, 'The page comes from an origin that is no broker of this cluster'),

  // Topics and partitions
  UNKNOWN_TOPIC: retriable(3, 404, 'The topic does not exist'),
  UNKNOWN_TOPIC_ID: retriable(100, 404, 'No topic has this id: it was deleted, perhaps created again under its name'),
  PARTITION_OUT_OF_RANGE: notWritten(1007, 404, 'The topic has no such partition'),
  INVALID_TOPIC: notWritten(17, 400, 'The topic name breaks the naming rules'),
  TOPIC_ALREADY_EXISTS: notWritten(36, 409, 'A topic of this name exists'),
  INVALID_PARTITIONS: notWritten(37, 400, 'The number of partitions is not allowed'),
  INVALID_CONFIG: notWritten(40, 400, 'A setting has a value that is not allowed'),
  TOPIC_LIMIT_REACHED: notWritten(1008, 409, 'The broker holds as many topics or partitions as it may'),

  // Records
  CORRUPT_BATCH: notWritten(2, 400, 'The record batch does not match its checksum or its own grammar'),
  INVALID_BATCH_LENGTH: notWritten(1024, 400, 'The record batch does not take as many bytes as it says'),
  INVALID_RECORD_COUNT: notWritten(1025, 400, 'The record batch does not hold as many records as it says'),
  INVALID_RECORD: notWritten(87, 400, 'A record breaks the rules of the record format'),
  RECORD_TOO_LARGE: notWritten(10, 413, 'A record is larger than the broker accepts'),
  BATCH_TOO_LARGE: notWritten(18, 413, 'A record batch is larger than the broker accepts'),
  DECOMPRESSED_TOO_LARGE: notWritten(1009, 413, 'A compressed batch unpacks to more than the broker accepts'),
  UNSUPPORTED_COMPRESSION: notWritten(76, 400, 'The compression codec is not supported'),

  // Offsets and epochs
  OFFSET_OUT_OF_RANGE: notWritten(1, 416, 'The offset is below the log start or beyond the log end'),
  FENCED_LEADER_EPOCH: retriable(74, 409, 'The request names an epoch older than the current one'),
  UNKNOWN_LEADER_EPOCH: retriable(75, 409, 'The request names an epoch newer than this broker knows'),

  // Idempotent producers
  OUT_OF_ORDER_SEQUENCE: notWritten(45, 409, 'A batch before this one is missing in the log'),
  DUPLICATE_SEQUENCE: notWritten(46, 409, 'The batch was written before, at an offset no longer remembered'),
  INVALID_PRODUCER_EPOCH: notWritten(47, 409, 'A newer incarnation of this producer has written'),
  UNKNOWN_PRODUCER_ID: notWritten(59, 409, 'The log holds no state of this producer'),

  // Leadership, replication, storage
  LEADER_NOT_AVAILABLE: retriable(5, 503, 'There is no leader at the moment'),
  NOT_LEADER: retriable(6, 307, 'Another broker leads'),
  NOT_ENOUGH_REPLICAS: retriable(19, 503, 'Fewer replicas are in sync than the topic asks for'),
  REQUEST_TIMED_OUT: unknownOutcome(7, 504, 'The write was not committed in time; it may still be'),
  OUTCOME_UNKNOWN: unknownOutcome(
    1010,
    503,
    'The write was under way when its answer became impossible; it may be written',
  ),
  STORAGE_ERROR: unknownOutcome(56, 503, 'The disk failed under this log; it is no longer served'),
  DISK_FULL: retriable(1011, 507, 'The disk is nearly full; the broker takes no new records'),
  LOG_DAMAGED: retriable(1012, 503, 'The log is damaged below its synced end and is not served'),

  // The coordinator: the small store that holds the lease
  COORDINATOR_UNREACHABLE: retriable(1030, 503, 'The coordinator cannot be reached; nothing was asked of it'),
  COORDINATOR_NO_ANSWER: unknownOutcome(1031, 503, 'The coordinator was asked and gave no answer; it may have acted'),
  COORDINATOR_ACCESS_DENIED: notWritten(1032, 503, 'The coordinator refuses the user, the password or the operation'),
  COORDINATOR_READ_ONLY: retriable(1033, 503, 'The coordinator takes no writes: a replica, or a file opened read-only'),
  COORDINATOR_FULL: retriable(1034, 503, 'The coordinator has no memory or disk space left'),
  COORDINATOR_BUSY: retriable(1035, 503, 'The coordinator is loading, locked or busy; nothing was done'),
  COORDINATOR_INVALID: notWritten(1036, 503, 'What is at the address of the coordinator is not one, or is damaged'),
  COORDINATOR_CLOSED: notWritten(1037, 503, 'The lease store is closed'),
  DUPLICATE_CANDIDATE: notWritten(1038, 409, 'Another living process has the same id'),
  LEASE_LOST: unknownOutcome(1039, 503, 'The lease ended while work went on under it; another may hold it'),

  // Load and life cycle
  OVERLOADED: retriable(89, 503, 'The broker has as many bytes in flight as it may'),
  TOO_MANY_REQUESTS: retriable(1013, 429, 'This client has as many requests under way as it may'),
  SHUTTING_DOWN: retriable(1014, 503, 'The broker is stopping'),
  INTERNAL: unknownOutcome(-1, 500, 'A bug in the broker; its log has the stack under the request id'),

  // Producer and consumer pages
  UPLOAD_NOT_FOUND: notWritten(1015, 404, 'No upload has this id; it may have expired'),
  SUBSCRIPTION_NOT_FOUND: notWritten(1016, 404, 'No subscription has this id; it may have expired'),
  SUBSCRIPTION_LIMIT_REACHED: retriable(1017, 429, 'The broker holds as many subscriptions as it may'),
  UPLOAD_LIMIT_REACHED: retriable(1018, 429, 'The broker holds as many uploads as it may'),
  INVALID_CSV: notWritten(1019, 400, 'The CSV does not parse'),
  CSV_ROW_INVALID: notWritten(1020, 400, 'A CSV row does not fit the header'),
  KEY_FIELD_NOT_FOUND: notWritten(1021, 400, 'The key field is not a column or field of the row'),

  // Raised by the SDK only
  BROKERS_UNREACHABLE: retriable(1100, 0, 'No broker of the list answers'),
  DELIVERY_TIMEOUT: unknownOutcome(1101, 0, 'The delivery deadline passed; the record may or may not be written'),
  DELIVERY_ABANDONED: notWritten(1102, 0, 'The record was given up before it was ever sent'),
  SERIALIZATION_FAILED: notWritten(1103, 0, 'The value cannot be encoded with the codec named'),
  DESERIALIZATION_FAILED: notWritten(1104, 0, 'The stored value cannot be decoded with the codec named'),
  CLIENT_CLOSED: notWritten(1105, 0, 'The client, producer or consumer is closed'),
  INVALID_RESPONSE: unknownOutcome(1106, 0, 'The address answers, and not as a YAK broker does'),
} as const satisfies Record<string, ErrorDefinition>

/** The name of a row of the error table, such as `UNKNOWN_TOPIC`. */
export type ErrorCode = keyof typeof ERRORS

const codesByNumber: ReadonlyMap<number, ErrorCode> = new Map(
  Object.entries(ERRORS).map(([code, definition]) => [definition.number, code as ErrorCode]),
)

/** The code of a number of the binary protocol; `INTERNAL` for a number this version does not know. */
export function errorCodeOf(number: number): ErrorCode {
  return codesByNumber.get(number) ?? 'INTERNAL'
}
