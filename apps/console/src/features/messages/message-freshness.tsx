import { useCluster } from '../../data/hooks.ts'
import { Freshness } from '../../ui/freshness.tsx'
import type { PageSaid } from './read-page.ts'

/** Who gave an open message, and when. What is committed does not change: it is old, and never stale. */
export function MessageFreshness({
  said,
}: {
  /** Null: it came in live, from the broker that tells of the cluster too. */
  said: PageSaid | null
}) {
  const cluster = useCluster()
  const at = said?.at ?? cluster?.receivedAt
  if (at === undefined) return null
  const brokerId = said === null ? (cluster?.saidBy ?? null) : said.brokerId
  return <Freshness brokerId={brokerId} at={at} intervalMs={86_400_000} />
}
