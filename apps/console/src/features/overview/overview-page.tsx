import { getRouteApi } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useConsoleData } from '../../data/console-data.tsx'
import { useCluster, useConnection, usePeers, useStale, useWide } from '../../data/hooks.ts'
import { cx } from '../../ui/cx.ts'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { Loading, Skeleton } from '../../ui/skeleton.tsx'
import { ActivityLink, ActivityLog } from './activity-log.tsx'
import { BrokerCards } from './broker-cards.tsx'
import { GettingStarted } from './getting-started.tsx'
import { PartitionDrawer } from './partition-drawer.tsx'
import { PartitionGrid } from './partition-grid.tsx'
import { RateCharts } from './rate-charts.tsx'
import { VerdictHeading } from './verdict-heading.tsx'

const route = getRouteApi('/')

/** Is the cluster well, who does what in it, how much goes through, and what happened lately. */
export function OverviewPage() {
  const snapshot = useCluster()
  const stale = useStale()
  const wide = useWide(640)
  const { range, partition, level, type } = route.useSearch()
  const navigate = route.useNavigate()
  const isNew = snapshot?.topics.length === 0
  useEffect(() => {
    document.title = 'Overview · YAK'
  }, [])
  return (
    <div className="mx-auto flex w-full max-w-[100rem] flex-col gap-4 p-4 max-sm:p-3">
      <Loading loading={snapshot === null} skeleton={<OverviewSkeleton />}>
        {() =>
          snapshot === null ? null : (
            <>
              <VerdictHeading snapshot={snapshot} online={!stale} />
              <div className={cx('flex flex-col gap-4', stale && 'dimmed')}>
                <BrokerCards snapshot={snapshot} />
                {isNew ? <GettingStarted /> : null}
                <RateCharts
                  snapshot={snapshot}
                  range={range ?? '1m'}
                  onRange={(next) =>
                    void navigate({
                      search: (before) => ({ ...before, range: next === '1m' ? undefined : next }),
                      replace: true,
                    })
                  }
                />
                <div className={cx('grid grid-cols-[minmax(0,1fr)] items-stretch gap-4', !isNew && 'lg:grid-cols-2')}>
                  {isNew ? null : <PartitionGrid snapshot={snapshot} />}
                  {wide ? (
                    <ActivityLog
                      level={level}
                      type={type}
                      onFilter={(filter) =>
                        void navigate({
                          search: (before) => ({ ...before, level: filter.level, type: filter.type }),
                          replace: true,
                        })
                      }
                    />
                  ) : (
                    <ActivityLink />
                  )}
                </div>
              </div>
              <PartitionDrawer
                snapshot={snapshot}
                name={partition}
                onClose={() => void navigate({ search: (before) => ({ ...before, partition: undefined }) })}
              />
            </>
          )
        }
      </Loading>
    </div>
  )
}

/** The final layout without its content; when nobody answers, why. */
function OverviewSkeleton() {
  const { live } = useConsoleData()
  const { machine } = useConnection()
  const { peers } = usePeers()
  const failed = machine.phase === 'waiting' && machine.attempt > 2
  if (failed) {
    return (
      <div className="flex flex-col gap-4">
        <h1 tabIndex={-1} className="font-semibold text-xl tracking-tight">
          The state of the cluster is not known
        </h1>
        <ErrorPanel
          what="The cluster could not be read"
          error={
            new Error(
              `No answer from ${peers.map(({ url }) => url).join(', ')}. The console keeps trying; check that a broker runs and can be reached from here.`,
            )
          }
          onRetry={() => live.retryNow()}
        />
      </div>
    )
  }
  return (
    <div className="flex flex-col gap-4">
      <h1 tabIndex={-1} className="sr-only">
        Overview
      </h1>
      <Skeleton className="h-7 w-96 max-w-full" />
      <div className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,19rem),1fr))] gap-3">
        <Skeleton className="h-36 rounded-lg" />
        <Skeleton className="h-36 rounded-lg" />
        <Skeleton className="h-36 rounded-lg" />
      </div>
      <div className="grid gap-3 lg:grid-cols-3">
        <Skeleton className="h-52 rounded-lg" />
        <Skeleton className="h-52 rounded-lg" />
        <Skeleton className="h-52 rounded-lg" />
      </div>
      <div className="grid gap-4 lg:grid-cols-2">
        <Skeleton className="h-96 rounded-lg" />
        <Skeleton className="h-96 rounded-lg" />
      </div>
    </div>
  )
}
