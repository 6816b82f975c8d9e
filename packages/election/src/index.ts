export {
  ElectionMachine,
  type LossReason,
  type MachineInput,
  type MachineOptions,
  type MachineOutput,
} from './election-machine.ts'
export type { ElectionPorts } from './election-ports.ts'
export {
  type Elected,
  Elector,
  type ElectorEvents,
  type ElectorOptions,
  type HeldLease,
  type Lost,
  type Renewed,
} from './elector.ts'
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
export { type OpenLeaseStoreOptions, openLeaseStore } from './open-lease-store.ts'
export type { RedisEndpoint } from './redis/redis-address.ts'
export { RedisLeaseStore } from './redis/redis-lease-store.ts'
export type { RedisLeaseStoreOptions } from './redis/redis-options.ts'
export { SqliteLeaseStore, type SqliteLeaseStoreOptions } from './sqlite/sqlite-lease-store.ts'
export { systemPorts } from './system-ports.ts'
