import { RunningBroker } from './broker.ts'
import type { BrokerDependencies } from './broker-dependencies.ts'
import { type BrokerSettings, resolveConfig, sourcesInCode } from './config.ts'
import { DataFolder } from './data-folder/data-folder.ts'

/** A broker that runs. */
export interface Broker {
  /** By which the cluster's settings name it. */
  readonly id: string
  /** Empty until the broker has formed or joined a cluster. */
  readonly clusterId: string
  /** Where clients reach it. */
  readonly url: string
  /** It leads, and takes records now. */
  readonly isLeading: boolean
  /** Takes no new request, answers what it has accepted, flushes and closes the logs. Idempotent. */
  close(): Promise<void>
  /** `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Starts a broker inside this process and resolves when its logs are open and it takes part; one without a coordinator serves then,
 * another may still wait for a leader (see /health). Throws `ConfigError` for a wrong setting, `DataFolderError` for a
 * folder that is not its own, `CoordinatorError`, the system's error for a port it cannot have, and the reason of `signal` once
 * it is aborted. When it throws, nothing is left running, and the port and the folder are free.
 */
export async function startBroker(
  settings: BrokerSettings = {},
  dependencies: BrokerDependencies = {},
): Promise<Broker> {
  const { signal } = dependencies
  signal?.throwIfAborted()
  const config = resolveConfig(settings)
  const folder = await DataFolder.open(config.dataDir, config.id)
  const broker = new RunningBroker(config, folder, { settingSources: sourcesInCode(settings), ...dependencies })
  try {
    signal?.throwIfAborted()
    await broker.start(signal)
  } catch (error) {
    await broker.close()
    throw error
  }
  return broker
}
