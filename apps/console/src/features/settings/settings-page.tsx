import { Page } from '../../ui/page.tsx'

export function SettingsPage() {
  return (
    <Page title="Settings" documentTitle="Settings">
      <p className="text-text-3">Not built yet.</p>
    </Page>
  )
}
