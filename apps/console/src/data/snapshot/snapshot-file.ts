import type { BrokersTold } from '../brokers-told.ts'
import type { ClusterFeed, ClusterSnapshot, RateName } from '../cluster-feed.ts'
import type { BrokerView, JournalEntry } from '../live/frames.ts'

export const snapshotKind = 'yak-console-snapshot'
export const snapshotVersion = 1

/** Lines of the journal in a file; each broker still has the rest. */
export const maxSnapshotLines = 5_000
/** Rows of the charts in a file: fifteen minutes. */
const maxRateRows = 900

type RateColumn = readonly (number | null)[]

/** What a snapshot holds: what the console knew of a cluster at one moment, and what brokers then told of themselves. */
export interface SnapshotFile {
  readonly kind: typeof snapshotKind
  readonly version: typeof snapshotVersion
  readonly takenAt: string
  /** Of the page it was taken on. */
  readonly url: string
  readonly browser: string
  readonly saidBy: string
  readonly saidByUrl: string
  readonly asOf: number
  readonly receivedAt: number
  readonly via: ClusterSnapshot['via']
  readonly cluster: ClusterSnapshot['cluster']
  readonly brokers: readonly BrokerView[]
  readonly topics: ClusterSnapshot['topics']
  readonly lags: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** When each leader was heard last, by `id epoch`. */
  readonly heard: Readonly<Record<string, number>>
  /** The rates of the last minutes: times, and a value or a gap of each. */
  readonly rates: { readonly at: readonly number[] } & Readonly<Record<Exclude<RateName, 'errors'>, RateColumn>> & {
      /** Not there in a file of an earlier console. */
      readonly errors?: RateColumn
    }
  readonly journal: {
    readonly entries: readonly JournalEntry[]
    readonly missing: readonly { readonly brokerId: string; readonly detail: string }[]
    /** It begins where the brokers' journals begin. */
    readonly isWhole: boolean
  }
  /** Not in a file of an earlier console. */
  readonly configs?: BrokersTold['configs']
  readonly logs?: BrokersTold['logs']
}

/** Everything the console knows about the cluster now, in one JSON: for a bug report, or to look at elsewhere. */
export function snapshotText(
  snapshot: ClusterSnapshot,
  feed: Pick<ClusterFeed, 'heard' | 'history'>,
  journal: {
    readonly entries: readonly JournalEntry[]
    readonly missing: SnapshotFile['journal']['missing']
    readonly atStart: boolean
  },
  told: BrokersTold,
  taken: { readonly at: number; readonly url: string; readonly agent: string },
): string {
  const { cluster, brokers, topics, saidBy, saidByUrl, asOf, receivedAt, via, lags } = snapshot
  const { seconds, columns } = feed.history.since(0)
  const newest = <Value>(values: readonly Value[]): readonly Value[] => values.slice(-maxRateRows)
  const entries = journal.entries.slice(-maxSnapshotLines)
  const file: SnapshotFile = {
    kind: snapshotKind,
    version: snapshotVersion,
    takenAt: new Date(taken.at).toISOString(),
    url: taken.url,
    browser: taken.agent,
    saidBy,
    saidByUrl,
    asOf,
    receivedAt,
    via,
    cluster,
    brokers,
    topics,
    lags: Object.fromEntries([...lags].map(([id, each]) => [id, Object.fromEntries(each)])),
    heard: Object.fromEntries(feed.heard),
    rates: {
      at: newest(seconds).map((second) => Math.round(second * 1_000)),
      produced: newest(columns.produced),
      consumed: newest(columns.consumed),
      replicated: newest(columns.replicated),
      errors: newest(columns.errors),
    },
    journal: {
      entries,
      missing: journal.missing,
      isWhole: journal.atStart && entries.length === journal.entries.length,
    },
    ...told,
  }
  return `${JSON.stringify(file, null, 2)}\n`
}
