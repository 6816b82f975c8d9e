import type { HistoryCut, PartitionKey } from './state.ts'

/** All of both, one for each partition and epoch; the very same list when there is nothing new. */
export function mergedCuts(known: readonly HistoryCut[], told: readonly HistoryCut[]): readonly HistoryCut[] {
  const isKnown = ({ key, epoch }: HistoryCut): boolean => known.some((one) => one.key === key && one.epoch === epoch)
  const unknown = told.filter((cut) => !isKnown(cut))
  return unknown.length === 0 ? known : [...known, ...unknown]
}

/**
 * Where the history of a log that entered `enteredEpoch` last ends, because an operator had it cut under a later epoch.
 * Infinity: nowhere.
 */
export function cutOffsetOf(cuts: readonly HistoryCut[], key: PartitionKey, enteredEpoch: number): number {
  let offset = Number.POSITIVE_INFINITY
  for (const cut of cuts) {
    if (cut.key === key && cut.epoch > enteredEpoch && cut.offset < offset) offset = cut.offset
  }
  return offset
}
