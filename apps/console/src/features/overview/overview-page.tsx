import { Page } from '../../ui/page.tsx'

export function OverviewPage() {
  return (
    <Page title="Overview" documentTitle="Overview">
      <p className="text-text-3">Not built yet.</p>
    </Page>
  )
}
