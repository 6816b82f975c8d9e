export type { ElectionPorts } from './election-ports.ts'
export { acquireLease, type LeaseStep, releaseLease, renewLease, updateIsr } from './lease-operations.ts'
export {
  compareIsr,
  EMPTY_LEASE_RECORD,
  EPOCH_OWNERS,
  type IsrMember,
  isSameRecord,
  type LeaseRecord,
  leaseRemainingMs,
  nextEpoch,
} from './lease-record.ts'
export type {
  AcquireAnswer,
  AcquireRequest,
  CallOptions,
  Candidate,
  LeaseObservation,
  LeaseStore,
  LeaseStoreStatus,
  RefusalReason,
  ReleaseAnswer,
  ReleaseRequest,
  RenewAnswer,
  RenewRequest,
  UpdateIsrAnswer,
  UpdateIsrRequest,
} from './lease-store.ts'
export type { RedisEndpoint } from './redis/redis-address.ts'
export { RedisLeaseStore } from './redis/redis-lease-store.ts'
export type { RedisLeaseStoreOptions } from './redis/redis-options.ts'
export { systemPorts } from './system-ports.ts'
