import { Camera } from 'lucide-react'
import { useState } from 'react'
import { askBrokers } from '../../data/brokers-told.ts'
import type { ClusterSnapshot } from '../../data/cluster-feed.ts'
import { useConsoleData } from '../../data/console-data.tsx'
import type { WholeJournal } from '../../data/journal-history.ts'
import { snapshotText } from '../../data/snapshot/snapshot-file.ts'
import { Button } from '../../ui/button.tsx'
import { downloadText, fileTime } from '../../ui/download.ts'

/** All that is known here, as it is now, and what each broker that answers tells of itself, as one file. */
export function SaveSnapshot({ cluster, journal }: { cluster: ClusterSnapshot; journal: WholeJournal }) {
  const { api, cluster: feed } = useConsoleData()
  const [busy, setBusy] = useState(false)
  const save = async () => {
    setBusy(true)
    const at = Date.now()
    const taken = { at, url: location.href, agent: navigator.userAgent }
    // Never in vain: a file without what could not be had says whose it is, and why.
    const told = await askBrokers(
      api,
      cluster.cluster.brokers.map(({ id }) => id),
    )
    downloadText(
      `yak-snapshot-${fileTime(at)}.json`,
      snapshotText(cluster, feed, journal, told, taken),
      'application/json',
    )
    setBusy(false)
  }
  return (
    <Button icon={<Camera />} busy={busy} onClick={() => void save()}>
      <span>
        Save<span className="max-sm:sr-only"> a snapshot</span>
      </span>
    </Button>
  )
}
