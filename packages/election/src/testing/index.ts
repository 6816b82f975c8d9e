export { freePort } from './free-port.ts'
export {
  type ConformanceCase,
  type LeaseStoreHarness,
  leaseStoreConformance,
} from './lease-store-conformance.ts'
export { ManualPorts } from './manual-ports.ts'
export { MemoryCoordinator, type MemorySnapshot } from './memory-coordinator.ts'
export {
  type MemoryCall,
  type MemoryDelivery,
  MemoryLeaseStore,
  type MemoryLeaseStoreOptions,
} from './memory-lease-store.ts'
export { ObservationLog } from './observation-log.ts'
export {
  isRedisServerInstalled,
  type RedisServerOptions,
  RedisServerProcess,
} from './redis-server-process.ts'
