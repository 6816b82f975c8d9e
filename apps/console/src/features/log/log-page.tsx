import { Page } from '../../ui/page.tsx'

export function LogPage() {
  return (
    <Page title="Log" documentTitle="Log">
      <p className="text-text-3">Not built yet.</p>
    </Page>
  )
}
