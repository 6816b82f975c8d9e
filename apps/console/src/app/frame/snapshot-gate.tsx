import { Link, useRouterState } from '@tanstack/react-router'
import { FileJson } from 'lucide-react'
import type { ReactNode } from 'react'
import { useSnapshot, useWide } from '../../data/hooks.ts'
import { closeSnapshot } from '../../data/snapshot/open-snapshot.ts'
import { formatTimestamp, zoneName } from '../../lib/format.ts'
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
  const wide = useWide(640)
  if (snapshot === null) return null
  const { name, takenAt, url, clusterId } = snapshot
  const id = <span className="font-mono">{clusterId.slice(0, 8) || 'without id'}</span>
  return (
    <StateBar
      tone="info"
      icon={<FileJson aria-hidden />}
      actions={
        <Button size="sm" onClick={closeSnapshot}>
          Close<span className="max-sm:sr-only"> snapshot</span>
        </Button>
      }
    >
      {/* On a phone in two lines, whatever the address is. */}
      <span className="max-sm:block max-sm:truncate">
        <strong>Snapshot</strong> <span className="max-sm:hidden">of cluster {id}, taken </span>
        <time dateTime={new Date(takenAt).toISOString()}>
          {formatTimestamp(takenAt, zone).slice(0, wide ? 19 : 16)} {zoneName(zone)}
        </time>
      </span>{' '}
      <span className="max-sm:block max-sm:truncate">
        <span className="sm:hidden">of {id} </span>at{' '}
        <span className="font-mono text-xs sm:inline-block sm:max-w-full sm:break-all">{originOf(url)}</span>
        <span className="max-sm:sr-only">. Nothing here is live.</span>
      </span>
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
