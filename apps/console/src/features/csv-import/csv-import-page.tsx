import { Page } from '../../ui/page.tsx'

export function CsvImportPage() {
  return (
    <Page title="Import CSV" documentTitle="Import CSV">
      <p className="text-text-3">Not built yet.</p>
    </Page>
  )
}
