import { Page } from '../../ui/page.tsx'

export function ProducePage() {
  return (
    <Page title="Produce" documentTitle="Produce">
      <p className="text-text-3">Not built yet.</p>
    </Page>
  )
}
