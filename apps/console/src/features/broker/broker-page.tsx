import { Page } from '../../ui/page.tsx'

export function BrokerPage() {
  return (
    <Page title="Broker" documentTitle="Broker">
      <p className="text-text-3">Not built yet.</p>
    </Page>
  )
}
