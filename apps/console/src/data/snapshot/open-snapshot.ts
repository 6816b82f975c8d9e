import { type ConsoleData, createConsoleData } from '../console-data.tsx'
import { Store } from '../store.ts'
import type { SnapshotFile } from './snapshot-file.ts'

/** The snapshot that is looked at in place of the cluster; null: none. */
export const openedSnapshot: Store<ConsoleData | null> = new Store<ConsoleData | null>(null)

export function closeSnapshot(): void {
  openedSnapshot.set(null)
}

/** The stores as the file has them. Nothing is started, so nothing is asked and nothing changes. */
export function snapshotData(file: SnapshotFile, name: string): ConsoleData {
  const { cluster, brokers, topics, saidBy, saidByUrl, asOf, receivedAt, via, journal, rates, configs, logs } = file
  const takenAt = Date.parse(file.takenAt)
  const origin = { name, takenAt, url: file.url, clusterId: cluster.clusterId }
  const data = createConsoleData(saidByUrl, origin, { configs, logs })
  data.peers.store.set({
    peers: cluster.brokers.map(({ id, url }) => ({ id, url })),
    current: saidByUrl,
    // Nobody is talked to, so no broker is "here".
    home: '',
  })
  const lags = new Map(Object.entries(file.lags).map(([id, each]) => [id, new Map(Object.entries(each))]))
  data.cluster.store.set({ cluster, brokers, topics, saidBy, saidByUrl, asOf, receivedAt, via, lags })
  for (const [leader, at] of Object.entries(file.heard)) data.cluster.heard.set(leader, at)
  for (const [row, at] of rates.at.entries()) {
    data.cluster.history.push(at, {
      produced: rates.produced[row] ?? null,
      consumed: rates.consumed[row] ?? null,
      replicated: rates.replicated[row] ?? null,
      errors: rates.errors?.[row] ?? null,
    })
  }
  data.cluster.rateVersion.set(1)
  data.journal.store.set({ entries: journal.entries, missing: journal.missing, loaded: true, dropped: 0 })
  return data
}
