import { Page } from '../../ui/page.tsx'

export function MessagePage() {
  return (
    <Page title="Message" documentTitle="Message">
      <p className="text-text-3">Not built yet.</p>
    </Page>
  )
}
