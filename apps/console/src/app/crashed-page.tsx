import type { ErrorComponentProps } from '@tanstack/react-router'
import { ErrorPanel } from '../ui/error-panel.tsx'
import { Page } from '../ui/page.tsx'

/** A page threw while it was drawn: a bug of the console, or a new build whose old chunks are gone. */
export function CrashedPage({ error, reset }: ErrorComponentProps) {
  const oldBuild = /dynamically imported module|module script/i.test(String(error))
  return (
    <Page title="This page failed" documentTitle="Failed">
      <ErrorPanel
        what={
          oldBuild
            ? 'A part of the console could not be loaded; the broker may have been updated. Reload the page.'
            : 'A bug in the console'
        }
        error={error}
        onRetry={oldBuild ? () => location.reload() : reset}
      />
    </Page>
  )
}
