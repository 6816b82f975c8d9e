import { Page } from '../../ui/page.tsx'

/** Each component in each state, from fixtures: looked at by people, axe and the screenshots. */
export function StatesPage() {
  return (
    <Page title="States" documentTitle="States">
      <p className="text-text-3">Fixtures of the six global states come here.</p>
    </Page>
  )
}
