import './styles/base.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app/app.tsx'
import { keepPages } from './app/router.tsx'
import { createConsoleData, startConsoleData } from './data/console-data.tsx'
import { applyPreferences } from './data/preferences.ts'

applyPreferences()
const data = createConsoleData(location.origin)
// A fixture in place of a cluster: /console/__states lists them.
const state = new URLSearchParams(location.search).get('__state')
if (state === null) {
  startConsoleData(data)
  show()
} else {
  // Nothing is shown before: what a page asks for at its start would go to the cluster that serves it.
  void import('./app/state-fixtures.ts').then(({ playState, states }) => {
    playState(data, states.find((each) => each === state) ?? 'healthy')
    show()
  })
}

function show(): void {
  const element = document.getElementById('root')
  if (element === null) throw new Error('index.html has no element with the id root')
  createRoot(element).render(
    <StrictMode>
      <App data={data} />
    </StrictMode>,
  )
  keepPages()
}
