import type { ClusterSnapshot } from '../data/cluster-feed.ts'
import { useNow, useSnapshot } from '../data/hooks.ts'
import { brokerName } from '../lib/brokers.ts'
import { formatAge, formatBefore } from '../lib/format.ts'
import { BrokerMark } from './broker-mark.tsx'
import { cx } from './cx.ts'

/** The footer of a panel: who said this, in which role and epoch, how long ago. Older than three intervals it says "stale". */
export function Freshness({
  brokerId,
  role,
  epoch,
  at,
  intervalMs = 1_000,
}: {
  brokerId: string | null
  role?: string | null | undefined
  epoch?: number | null | undefined
  /** When it arrived, by this browser's clock. */
  at: number
  intervalMs?: number | undefined
}) {
  const now = useNow(1_000)
  const snapshot = useSnapshot()
  const stale = now - at > intervalMs * 3 + 1_000
  return (
    <p className={cx('flex flex-wrap items-center gap-x-1.5 text-2xs', stale ? 'text-warn' : 'text-text-3')}>
      {brokerId === null ? null : <BrokerMark id={brokerId} size="sm" />}
      {[
        brokerId === null ? 'unknown broker' : brokerName(brokerId),
        role,
        epoch === undefined || epoch === null || epoch < 0 ? null : `epoch ${epoch}`,
        snapshot === null
          ? formatAge(now - at)
          : now - at < 1_000
            ? 'when the snapshot was taken'
            : formatBefore(now - at),
      ]
        .filter((part) => part !== null && part !== undefined)
        .join(' · ')}
      {stale ? <strong className="font-semibold">stale</strong> : null}
    </p>
  )
}

/** Of what a broker said of the whole cluster. */
export function ClusterFreshness({ snapshot, intervalMs }: { snapshot: ClusterSnapshot; intervalMs?: number }) {
  const { saidBy, receivedAt, cluster } = snapshot
  const role = saidBy === cluster.leader?.id ? 'leader' : 'follower'
  return <Freshness brokerId={saidBy} role={role} epoch={cluster.epoch} at={receivedAt} intervalMs={intervalMs} />
}
