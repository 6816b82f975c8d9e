import { useCluster, useConnection } from '../../data/hooks.ts'
import type { StreamView } from '../../data/message-stream.ts'
import { brokerName } from '../../lib/brokers.ts'
import { formatBytes, formatCount } from '../../lib/format.ts'
import { BrokerMark } from '../../ui/broker-mark.tsx'
import { Freshness } from '../../ui/freshness.tsx'

/** From whom it comes, or came last, what the rings hold and what they let go. */
export function Kept({ views }: { views: readonly StreamView[] }) {
  const lost = useCluster()
  const sum = (pick: (view: StreamView) => number) => views.reduce((total, view) => total + pick(view), 0)
  const dropped = sum((view) => view.dropped)
  const { hello } = useConnection()
  return (
    <span className="flex flex-wrap items-center gap-x-3">
      {hello !== null ? (
        <span className="inline-flex items-center gap-1.5">
          <BrokerMark id={hello.brokerId} size="sm" /> from {brokerName(hello.brokerId)}
        </span>
      ) : lost === null ? null : (
        <Freshness brokerId={lost.saidBy} at={lost.receivedAt} />
      )}
      <span>
        {formatCount(sum((view) => view.rows.length))} kept ({formatBytes(sum((view) => view.sizeBytes))})
        {dropped === 0 ? '' : `, ${formatCount(dropped)} older let go`}
      </span>
    </span>
  )
}
