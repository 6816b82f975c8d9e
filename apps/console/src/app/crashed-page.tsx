import type { ErrorComponentProps } from '@tanstack/react-router'
import { ErrorPanel } from '../ui/error-panel.tsx'
import { Page } from '../ui/page.tsx'

/** A page threw while it was drawn: a bug of the console. */
export function CrashedPage({ error, reset }: ErrorComponentProps) {
  return (
    <Page title="This page failed" documentTitle="Failed">
      <ErrorPanel what="A bug in the console" error={error} onRetry={reset} />
    </Page>
  )
}
