import type { Anomaly } from './anomaly.ts'
import { type Availability, availabilityOf } from './availability.ts'
import { withoutWhatWasCut } from './cut-history.ts'
import type { HistoryEvent } from './history.ts'
import { operationsOf } from './operations.ts'
import { PartitionView } from './partition-view.ts'
import { checkHighWatermark, checkPolls, checkReplicas } from './read-checks.ts'
import { checkContents, checkOrder, checkPresence } from './write-checks.ts'

export interface CheckOptions {
  /**
   * Records may have been deleted by age or size: what lies below a log's start then proves nothing. Off by default, so
   * that a log that starts above 0 for no reason is a loss.
   */
  readonly retention?: boolean
}

export interface CheckReport {
  readonly anomalies: readonly Anomaly[]
  readonly availability: Availability
  readonly partitions: number
  readonly polls: number
  readonly records: number
}

/** Reads a history and says what is wrong with it. Throws only on what is no history. */
export function check(events: readonly HistoryEvent[], options: CheckOptions = {}): CheckReport {
  const retention = { retention: options.retention ?? false }
  const operations = operationsOf(withoutWhatWasCut(events))
  const anomalies: Anomaly[] = []
  let polls = 0
  let records = 0
  for (const partition of operations.partitions) {
    const view = new PartitionView(partition, operations)
    polls += view.polls.length
    records += view.offsetsOf.size
    anomalies.push(
      ...checkPresence(view, retention),
      ...checkContents(view),
      ...checkOrder(view),
      ...checkPolls(view, retention),
      ...checkHighWatermark(view),
      ...checkReplicas(view),
    )
  }
  return {
    anomalies,
    availability: availabilityOf(operations),
    partitions: operations.partitions.length,
    polls,
    records,
  }
}
