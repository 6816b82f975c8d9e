import { getRouteApi, Link, Outlet, useNavigate } from '@tanstack/react-router'
import { ListX, Plus, Send } from 'lucide-react'
import { useNoWriteReason, useSnapshot, useStale, useTopic } from '../../data/hooks.ts'
import { formatBytes, plural } from '../../lib/format.ts'
import { visibleText } from '../../lib/visible-text.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { cx } from '../../ui/cx.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { NoAnswer, useNoAnswer } from '../../ui/no-answer.tsx'
import { Page } from '../../ui/page.tsx'
import { activeTabClass, tabClass, tabListClass } from '../../ui/tabs.tsx'
import { VisibleText } from '../../ui/visible-text.tsx'
import { topicRow } from './topic-rows.ts'

const route = getRouteApi('/topics/$topic')

/** A topic's heading and tabs; each tab is a page of its own below. */
export function TopicPage() {
  const { topic: name } = route.useParams()
  const topic = useTopic(name)
  const stale = useStale()
  const noAnswer = useNoAnswer()
  const snapshot = useSnapshot()
  const noWriteReason = useNoWriteReason()
  const navigate = useNavigate()
  const tab = { params: { topic: name }, className: tabClass, activeProps: { className: activeTabClass } }
  const row = topic === null || topic === undefined ? null : topicRow(topic)
  return (
    <Page
      title={
        <span className="break-all font-mono">
          <VisibleText>{name}</VisibleText>
        </span>
      }
      documentTitle={visibleText(name)}
      lead={
        row === null ? undefined : (
          <span className="text-text-3 text-xs max-sm:hidden">
            {plural(row.partitions, 'partition')}
            {row.messages === null
              ? ''
              : ` · ${row.messages === 0 ? 'no messages' : `~${plural(row.messages, 'message')}`}`}
            {row.sizeBytes === null ? '' : ` · ${formatBytes(row.sizeBytes)}`}
          </span>
        )
      }
      aside={
        row === null || snapshot !== null ? undefined : (
          <Link to="/produce" search={{ topic: name }} className={buttonClass()}>
            <Send /> Send<span className="max-sm:hidden -ml-0.5">a message</span>
          </Link>
        )
      }
    >
      {noAnswer ? (
        <NoAnswer what={`The topic ${name} could not be read`} />
      ) : topic === undefined ? (
        <Card>
          <EmptyState
            icon={<ListX />}
            title="There is no such topic"
            action={
              <>
                <Button
                  variant="primary"
                  icon={<Plus />}
                  disabledReason={noWriteReason}
                  onClick={() => void navigate({ to: '/topics', search: { create: true } })}
                >
                  Create topic
                </Button>
                <Link to="/topics" className={buttonClass()}>
                  All topics
                </Link>
              </>
            }
          >
            It may have been deleted, or the address is of another cluster.
          </EmptyState>
        </Card>
      ) : (
        <>
          <nav aria-label="Topic" className={tabListClass}>
            <Link to="/topics/$topic/messages" {...tab}>
              Messages
            </Link>
            <Link to="/topics/$topic/partitions" {...tab}>
              Partitions
            </Link>
            <Link to="/topics/$topic/config" {...tab}>
              Config
            </Link>
          </nav>
          <div className={cx('flex flex-col gap-4 transition-opacity', stale && 'dimmed')}>
            <Outlet />
          </div>
        </>
      )}
    </Page>
  )
}
