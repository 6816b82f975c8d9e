export { ManualClock } from './manual-clock.ts'
export { MemoryStorage, type MemoryStorageOptions, type StorageFault, type StorageOperation } from './memory-storage.ts'
export { seededRandom } from './seeded-random.ts'
export { storageConformance, type TestRunner } from './storage-conformance.ts'
