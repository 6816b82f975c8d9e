export {
  type FakeBelief,
  type FakeBroker,
  FakeCluster,
  type FakeClusterOptions,
  type FakeTopic,
} from './fake-cluster.ts'
export type { FakeEntry, FakeEntryFault, FakeFault, FakeRequest } from './fake-fault.ts'
export { FakeLog } from './fake-log.ts'
export { ManualClock } from './manual-clock.ts'
