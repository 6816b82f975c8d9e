import { getRouteApi } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useCluster, useStale, useWide } from '../../data/hooks.ts'
import { Card } from '../../ui/card.tsx'
import { CardSkeleton, LinesSkeleton, StatsSkeleton, TableSkeleton } from '../../ui/card-skeleton.tsx'
import { cx } from '../../ui/cx.ts'
import { NoAnswer, useNoAnswer } from '../../ui/no-answer.tsx'
import { Loading, Skeleton } from '../../ui/skeleton.tsx'
import { ActivityLink, ActivityLog } from './activity-log.tsx'
import { BrokerCards } from './broker-cards.tsx'
import { GettingStarted } from './getting-started.tsx'
import { PartitionDrawer } from './partition-drawer.tsx'
import { PartitionGrid } from './partition-grid.tsx'
import { RateCharts, rateGridClass } from './rate-charts.tsx'
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
  if (useNoAnswer()) {
    return (
      <div className="flex flex-col gap-4">
        <h1 tabIndex={-1} className="font-semibold text-xl tracking-tight">
          Overview
        </h1>
        <NoAnswer what="The cluster could not be read" />
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
        {[0, 1, 2].map((broker) => (
          <Card key={broker}>
            <div className="mb-3 flex items-center gap-2.5 border-b pb-3">
              <Skeleton className="size-7" />
              <Skeleton className="h-4 w-28" />
            </div>
            <StatsSkeleton count={8} className="grid-cols-4 max-sm:[&>:nth-child(n+5)]:hidden" />
          </Card>
        ))}
      </div>
      <section className="flex flex-col gap-2">
        <h2 className="font-semibold text-sm max-sm:py-2.5">Messages per second</h2>
        <div className={rateGridClass}>
          {[0, 1, 2, 3].map((chart) => (
            <Card key={chart} className={cx(chart > 0 && 'max-[46rem]:hidden')}>
              <Skeleton className="mb-2 h-3 w-20" />
              <Skeleton className="mb-3 h-6 w-16" />
              <Skeleton className="h-32 w-full rounded-md" />
            </Card>
          ))}
        </div>
      </section>
      <div className="grid gap-4 lg:grid-cols-2">
        <CardSkeleton title="Partitions" flush>
          <TableSkeleton rows={7} columns={[2, 5, 1]} />
        </CardSkeleton>
        <CardSkeleton title="Activity" className="max-sm:hidden">
          <LinesSkeleton lines={10} className="gap-4" />
        </CardSkeleton>
      </div>
    </div>
  )
}
