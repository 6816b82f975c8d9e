import type { ClusterSnapshot } from '../../data/cluster-feed.ts'
import type { WholeJournal } from '../../data/journal-history.ts'
import type { Incident, Term } from './leadership.ts'

/** Lines of the journal in the file; each broker still has the rest. */
const mostLines = 5_000

/** Everything the console knows about the cluster now, in one JSON: for a bug report, or to look at elsewhere. */
export function snapshotFile(
  snapshot: ClusterSnapshot,
  journal: Pick<WholeJournal, 'entries' | 'missing' | 'atStart'>,
  story: { readonly terms: readonly Term[]; readonly incidents: readonly Incident[] },
  taken: { readonly at: number; readonly url: string; readonly agent: string },
): string {
  const { cluster, brokers, topics, saidBy, saidByUrl, asOf, receivedAt, via, lags } = snapshot
  const entries = journal.entries.slice(-mostLines)
  const file = {
    kind: 'yak-console-snapshot',
    version: 1,
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
    terms: story.terms,
    incidents: story.incidents,
    journal: {
      entries,
      missing: journal.missing,
      isWhole: journal.atStart && entries.length === journal.entries.length,
    },
  }
  return `${JSON.stringify(file, null, 2)}\n`
}
