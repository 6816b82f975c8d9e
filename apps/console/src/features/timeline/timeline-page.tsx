import { Page } from '../../ui/page.tsx'

export function TimelinePage() {
  return (
    <Page title="Timeline" documentTitle="Timeline">
      <p className="text-text-3">Not built yet.</p>
    </Page>
  )
}
