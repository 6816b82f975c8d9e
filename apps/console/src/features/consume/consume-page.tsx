import { Page } from '../../ui/page.tsx'

export function ConsumePage() {
  return (
    <Page title="Consume" documentTitle="Consume">
      <p className="text-text-3">Not built yet.</p>
    </Page>
  )
}
