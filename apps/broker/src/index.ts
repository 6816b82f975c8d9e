export type { BrokerDependencies } from './broker-dependencies.ts'
export {
  type BrokerConfig,
  type BrokerSettings,
  ConfigError,
  type ConfigOption,
  configFromCommandLine,
  configHelp,
  configOptions,
  type LogLevel,
  resolveConfig,
} from './config.ts'
export { DataFolderError } from './data-folder/data-folder.ts'
export { makeFolder } from './data-folder/make-folder.ts'
export { nearestName } from './nearest-name.ts'
export { CoordinatorError } from './replication/broker-replication.ts'
export { runBroker } from './run-broker.ts'
export { type Broker, startBroker } from './start-broker.ts'
export { type Cluster, type ClusterOptions, startCluster } from './start-cluster.ts'
