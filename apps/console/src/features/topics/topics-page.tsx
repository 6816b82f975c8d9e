import { Page } from '../../ui/page.tsx'

export function TopicsPage() {
  return (
    <Page title="Topics" documentTitle="Topics">
      <p className="text-text-3">Not built yet.</p>
    </Page>
  )
}
