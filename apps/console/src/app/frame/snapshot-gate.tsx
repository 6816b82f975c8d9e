import { Link, useRouterState } from '@tanstack/react-router'
import { FileJson } from 'lucide-react'
import type { ReactNode } from 'react'
import { useSnapshot } from '../../data/hooks.ts'
import { closeSnapshot } from '../../data/snapshot/open-snapshot.ts'
import { formatTimestamp } from '../../lib/format.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { useZone } from '../../ui/environment.tsx'
import { Page } from '../../ui/page.tsx'
import { isInSnapshot } from '../snapshot-scope.ts'
import { StateBar } from './state-bars.tsx'

/** Says all the time that this is no cluster, of which one it is, and from when. */
export function SnapshotBar() {
  const snapshot = useSnapshot()
  const zone = useZone()
  if (snapshot === null) return null
  const { name, takenAt, url, clusterId } = snapshot
  return (
    <StateBar
      tone="info"
      icon={<FileJson aria-hidden />}
      actions={
        <Button size="sm" onClick={closeSnapshot}>
          Close snapshot
        </Button>
      }
    >
      <strong>Snapshot</strong> of cluster <span className="font-mono">{clusterId.slice(0, 8) || 'without id'}</span>,
      taken{' '}
      <time dateTime={new Date(takenAt).toISOString()}>
        {formatTimestamp(takenAt, zone).slice(0, 19)} {zone === 'utc' ? 'UTC' : 'local'}
      </time>{' '}
      at <span className="inline-block max-w-full break-all font-mono text-xs">{originOf(url)}</span>. Nothing here is
      live.
      <span className="sr-only">File {name}.</span>
    </StateBar>
  )
}

/** In a snapshot, a page that would have to ask a broker says so instead. */
export function SnapshotGate({ children }: { children: ReactNode }) {
  const snapshot = useSnapshot()
  const path = useRouterState({ select: ({ location }) => location.pathname.replace(/^\/console(?=\/|$)/, '') || '/' })
  if (snapshot === null || isInSnapshot(path)) return children
  return (
    <Page title="Not in a snapshot" documentTitle="Not in a snapshot">
      <Card>
        <EmptyState
          icon={<FileJson />}
          title="A snapshot holds no messages"
          action={
            <>
              <Link to="/" className={buttonClass('primary')}>
                Overview of the snapshot
              </Link>
              <Button onClick={closeSnapshot}>Close snapshot</Button>
            </>
          }
        >
          It has the state of the cluster, its timeline and its log. This page needs a cluster to ask.
        </EmptyState>
      </Card>
    </Page>
  )
}

function originOf(url: string): string {
  try {
    return new URL(url).origin
  } catch {
    return url
  }
}
