import { Link } from '@tanstack/react-router'
import { CircleAlert, CircleCheck, DatabaseZap, TriangleAlert, Unplug } from 'lucide-react'
import { useEffect, useMemo } from 'react'
import type { ClusterSnapshot } from '../../data/cluster-feed.ts'
import { useNow, useSnapshot } from '../../data/hooks.ts'
import { brokerName } from '../../lib/brokers.ts'
import { formatDuration } from '../../lib/format.ts'
import { type Verdict, type VerdictTone, verdictOf } from '../../lib/verdict.ts'
import { cx } from '../../ui/cx.ts'
import { Time } from '../../ui/time.tsx'

const looks: Record<VerdictTone, { readonly icon: typeof CircleCheck; readonly className: string }> = {
  ok: { icon: CircleCheck, className: 'text-ok-mark' },
  info: { icon: CircleAlert, className: 'text-info-mark' },
  warn: { icon: TriangleAlert, className: 'text-warn-mark' },
  bad: { icon: CircleAlert, className: 'text-bad-mark' },
  coord: { icon: DatabaseZap, className: 'text-coord-mark' },
}

/** The page's heading is its answer: is the cluster well? The worst reason first, each a link to where it can be seen. */
export function VerdictHeading({ snapshot, online }: { snapshot: ClusterSnapshot; online: boolean }) {
  const verdict = useMemo(() => verdictOf(snapshot), [snapshot])
  const { icon: Icon, className } = looks[verdict.tone]
  const [worst, ...others] = verdict.reasons
  const file = useSnapshot()
  useEffect(() => {
    document.title = `${!online ? 'Not known' : verdict.tone === 'ok' ? 'Overview' : 'Not well'} · YAK`
  }, [verdict.tone, online])
  if (!online) return <Unknown snapshot={snapshot} verdict={verdict} />
  return (
    <header className="flex gap-3">
      <Icon aria-hidden className={cx('mt-0.5 size-6 shrink-0', className)} />
      <div className="min-w-0">
        <h1 tabIndex={-1} className="text-pretty font-semibold text-xl tracking-tight">
          {worst === undefined ? (
            verdict.sentence
          ) : (
            <Link to={worst.to} className="decoration-line-2 underline-offset-4 hover:underline">
              {verdict.sentence}
            </Link>
          )}
        </h1>
        {file === null ? null : (
          <p className="text-text-2">
            So it was when the snapshot was taken, <Time at={file.takenAt} full named ms={false} />.
          </p>
        )}
        {others.length === 0 ? null : (
          <ul className="mt-1 flex flex-wrap gap-x-4 gap-y-0.5 text-text-2">
            {others.map(({ text, to, tone }) => (
              <li key={text} className="flex items-start gap-1.5">
                <span
                  aria-hidden
                  className={cx(
                    'mt-1.75 size-1.5 shrink-0 rounded-full bg-current max-sm:mt-4.75',
                    looks[tone].className,
                  )}
                />
                <Link to={to} className="underline decoration-line-2 underline-offset-2 hover:text-text max-sm:py-3">
                  {text}
                </Link>
              </li>
            ))}
          </ul>
        )}
      </div>
    </header>
  )
}

/** Nobody tells how it is now; what was known last is not said as if it were so. */
function Unknown({ snapshot, verdict }: { snapshot: ClusterSnapshot; verdict: Verdict }) {
  const now = useNow(1_000)
  return (
    <header className="flex gap-3">
      <Unplug aria-hidden className="mt-0.5 size-6 shrink-0 text-warn-mark" />
      <div className="min-w-0">
        <h1 tabIndex={-1} className="text-pretty font-semibold text-xl tracking-tight">
          Not known<span aria-hidden> for {formatDuration(now - snapshot.receivedAt)}</span>.
        </h1>
        <p className="text-text-2">
          Last heard from {brokerName(snapshot.saidBy)}: {verdict.sentence}
        </p>
      </div>
    </header>
  )
}
